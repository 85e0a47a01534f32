"""English words for digits, numbers and letters, with what recognisers often write instead of them."""

from __future__ import annotations

UNITS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "niner": 9,
    "fife": 5,
}
ZEROS = frozenset({"zero", "oh", "o", "nought", "naught", "aught", "ought", "nil"})
TEENS = {
    "ten": 10,
    "eleven": 11,
    "twelve": 12,
    "thirteen": 13,
    "fourteen": 14,
    "fifteen": 15,
    "sixteen": 16,
    "seventeen": 17,
    "eighteen": 18,
    "nineteen": 19,
}
TENS = {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fourty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
TIMES = {"double": 2, "dubble": 2, "triple": 3, "treble": 3, "tripple": 3, "quadruple": 4}
PLURALS = {
    "zeros": "0",
    "zeroes": "0",
    "ohs": "0",
    "oh's": "0",
    "o's": "0",
    "os": "0",
    "noughts": "0",
    "ones": "1",
    "twos": "2",
    "threes": "3",
    "fours": "4",
    "fives": "5",
    "sixes": "6",
    "sevens": "7",
    "eights": "8",
    "nines": "9",
}

DIGIT_HOMOPHONES = {
    "to": "2",
    "too": "2",
    "tu": "2",
    "for": "4",
    "fore": "4",
    "won": "1",
    "ate": "8",
    "tree": "3",
    "free": "3",
    "sicks": "6",
    "sex": "6",
    "nein": "9",
    "owe": "0",
    "ow": "0",
    "hero": "0",
    "fort": "4",
    "wan": "1",
    "tue": "2",
    "fi": "5",
    "sics": "6",
}
"""Words that a recogniser writes for a digit; each is also a word of its own, so using one costs a little."""

LETTER_NAMES = {
    "ay": "A",
    "eh": "A",
    "bee": "B",
    "be": "B",
    "see": "C",
    "sea": "C",
    "cee": "C",
    "dee": "D",
    "ee": "E",
    "he": "E",
    "ef": "F",
    "eff": "F",
    "gee": "G",
    "jee": "G",
    "aitch": "H",
    "haitch": "H",
    "eye": "I",
    "aye": "I",
    "jay": "J",
    "kay": "K",
    "cay": "K",
    "el": "L",
    "ell": "L",
    "em": "M",
    "en": "N",
    "and": "N",
    "oh": "O",
    "owe": "O",
    "pee": "P",
    "pea": "P",
    "cue": "Q",
    "queue": "Q",
    "kew": "Q",
    "are": "R",
    "ar": "R",
    "our": "R",
    "ess": "S",
    "es": "S",
    "tee": "T",
    "tea": "T",
    "you": "U",
    "yew": "U",
    "vee": "V",
    "we": "V",
    "ex": "X",
    "eks": "X",
    "why": "Y",
    "wye": "Y",
    "zee": "Z",
    "zed": "Z",
}
WEAK_LETTER_NAMES = frozenset({"be", "see", "he", "and", "are", "our", "you", "we", "why", "eh", "sea", "tea", "en", "es"})
"""Letter names that are usually ordinary words."""

NATO = {
    "alpha": "A",
    "alfa": "A",
    "bravo": "B",
    "charlie": "C",
    "delta": "D",
    "echo": "E",
    "foxtrot": "F",
    "golf": "G",
    "hotel": "H",
    "india": "I",
    "juliet": "J",
    "juliett": "J",
    "kilo": "K",
    "lima": "L",
    "mike": "M",
    "november": "N",
    "oscar": "O",
    "papa": "P",
    "quebec": "Q",
    "romeo": "R",
    "sierra": "S",
    "tango": "T",
    "uniform": "U",
    "victor": "V",
    "whiskey": "W",
    "whisky": "W",
    "xray": "X",
    "yankee": "Y",
    "zulu": "Z",
}
POLICE = frozenset(
    "adam boy charles david edward frank george henry ida john king lincoln mary nora nancy ocean paul queen "
    "robert sam tom union william young zebra apple banana cat dog elephant fox girl house ice jack kite lion "
    "mother monkey orange peter quiet rabbit sugar tiger umbrella violin water yellow".split()
)
"""Other spelling words; each stands for its first letter."""

FILLERS = frozenset(
    "um uh uhm erm er ah hmm mm mhm like so okay ok well then yeah yes yep please is it it's its that's this the "
    "a an and my number order i think let me see look looking got have here hold on just a second right now know "
    "you one's was says with by followed next comma space capital letter letters digit digits".split()
)
SEPARATORS = frozenset(
    "dash hyphen minus hash pound sign hashtag slash dot period underscore stroke . , ; : # ? !".split()
)
