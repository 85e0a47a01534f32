"""First and last names that sound alike and are written differently, as US callers bear them."""

from __future__ import annotations

_GROUPS = """
catherine katherine kathryn catharine cathryn katharine | cathy kathy cathie kathie | carl karl | carla karla
caren karen | caitlin kaitlin katelyn caitlyn kaitlyn | christina kristina cristina | christine kristine
kristen kirsten christen kristin | christopher kristopher | chris kris cris | craig kraig | eric erik erick erich
marc mark | nicholas nicolas nickolas nikolas | nicole nichole | rebecca rebekah | sara sarah | hanna hannah
john jon | jonathan johnathan jonathon johnathon | stephen steven | stefan | stephanie stefanie stephany
geoffrey jeffrey jeffery | geoff jeff | jean gene | gerry jerry | gillian jillian | brian bryan brion | bryce brice
lynn lynne lyn | linda lynda | lindsay lindsey lyndsey | ann anne an | anna ana | anita annita | clark clarke
brown browne | green greene | cook cooke | smith smyth smithe smythe | reid reed read | gray grey | white whyte
philip phillip philipp filip | phil fil | matthew mathew | mathews matthews | thomson thompson
allen alan allan alen | alana allana | elliott eliot elliot eliott | scott scot | brett bret | barrett barret
garrett garret | bennett bennet | elizabeth elisabeth elizebeth | eliza elisa | lisa liza | susan suzan
suzanne susanne susan | zoe zoey zoie | isabel isabelle isobel isabell | michelle michele | danielle daniele
gabrielle gabriele | rachel rachael racheal | michael micheal mikhail | sean shawn shaun | shauna shawna
terry teri terri terrie | cindy cindi cindie | kelly kelley kelli kellie | mandy mandi | sandy sandi sandie
randy randi | vicky vicki | vickie | nicky nikki nicki | jamie jaime jamey | leslie lesley
stacy stacey staci stacie | tracy tracey traci tracie | tony toni | bobby bobbie bobbi | jacky jackie jacqui
jenny jennie jenni | katie katy kati | carrie kerry carry kari | marcy marci marcie | debra deborah
debbie debby debi | theresa teresa | anthony antony | martha marta | judith judit | esther ester | heather hether
neil neal niel | lee leigh li | ashley ashleigh | hayley haley hailey hayleigh | carly karly carlie
emily emilie emmily | louis lewis luis | louise luise | lawrence laurence | laura lora | lauren loren lauryn
lori laurie lorie | aaron aron erin arron | darren darin daren | derek derrick derick derreck | eddie eddy
teddy teddie | freddy freddie | frederick fredrick frederic fredric | gail gayle gale | dale dayle | jane jayne
wayne wain | elaine elayne elane | diane dianne dian | diana dyana dianna | joan joanne | joann | jo joe
joanna johanna | marion marian maryanne | maryann maryanne | marie mari | maria mariah | mary marie | sofia sophia
sophie sofie | vivian vivien vivienne | adrian adrien | adrienne adriane | julian julien | dominic dominick dominik
vincent vinsent | victor viktor | victoria viktoria | oscar oskar | jacob jakob | lucas lukas | luke luc
rick ric rik | richard ricard | robin robyn | simon symon | tim tym | jasmine jasmin yasmin jazmin
jackson jaxon jaxson | mason mayson | tyler tylor | taylor tailor tayler | cameron kameron camron
connor conner conor | carter karter | casey kasey kaycee | cody kody | cory corey kory korey cori | curtis kurtis
kurt curt | madison maddison madyson | megan meghan meagan | anderson andersen | petersen peterson pederson
larson larsen larsson | hansen hanson hansson | jensen jenson | nelson nelsen | olson olsen olsson
johnson johnsen jonson johnston | carlson carlsen karlsson | christensen christenson | sorensen sorenson
erickson ericson eriksen erikson ericsson | meyer myer meier mayer maier | snyder snider | schneider snider
schmidt schmitt schmit | schultz schulz shultz | fischer fisher | becker beker | miller millar
pierce pearce peirce | lowe low | moore more moor | hart heart | knight night | wright right | wood woods
stewart stuart steward | macdonald mcdonald | mackenzie mckenzie | mccarthy mccarty | o'neill o'neil o'neal
phillips philips | roberts robarts | rogers rodgers | daly daley dailey | hughes hughs | hayes hays | harris harriss
hoffman hofmann hoffmann hofman | bauer bower | cole kohl | coleman colman | kaufman kauffman kaufmann
cohen cohn kohn coen | levy levi | stein stien | weiss wise | lopez lopes | gomez gomes | gonzalez gonzales
hernandez hernandes | perez peres | sanchez sanches | rodriguez rodrigues | vasquez vazquez | martinez martines
alvarez alvares | ramirez ramires | garcia garsia | chavez chaves | cortez cortes | nguyen nguyan | tran trann
lin lynn | wu woo | chan chen | zhang jang | kim kym | leung long | bailey bayley baily | barnett barnet
burke berk | byrd bird | carr kar | doyle doil | elliot eliot | finley finlay | forster foster | griffith griffiths
jenkins jenkens | kerr cur | lloyd loyd | marshall marshal | mathis matthis | maddox madox | morrison morison
norris noris | osborne osborn osbourne | parrish parish | quinn quin | randall randal | russell russel
sheppard shepherd shepard | sullivan sulivan | tomlinson thomlinson | turner terner | vaughn vaughan | walsh welsh
whittaker whitaker | willis wyllis
"""


def _by_name() -> dict[str, frozenset[str]]:
    found: dict[str, frozenset[str]] = {}
    for group in _GROUPS.replace("\n", "|").split("|"):
        names = frozenset(group.split())
        for name in names:
            found[name] = found.get(name, frozenset()) | names
    return found


SOUND_ALIKE: dict[str, frozenset[str]] = _by_name()
"""For each name all spellings of its sound, itself among them."""
