"""The words by which a caller's sentence shows that it goes on. English of American telephone callers."""

from __future__ import annotations

from asterisk_agent.turn.lexicon import lexicon

FILLERS = lexicon("um umm uh uhh er erm ehm hmm hm mmm ah eh")

WARM_UPS = FILLERS | lexicon("so well okay ok like yeah yes and but oh alright right hi hello hey now i mean")
"""Words that only begin a sentence."""

DETERMINERS = lexicon("a an the my your his its our their some every each another her these those whichever")
ATTRIBUTES = lexicon("wrong right same first last next new other only whole")
"""Adjectives that need their noun after a determiner ("to the wrong …")."""
CONJUNCTIONS = lexicon(
    "and or but because cause cuz 'cause since if whether unless until till while when whenever where",
    "which who whose whoever than although as so plus except besides including",
)
PREPOSITIONS = lexicon(
    "to of for with from at by into onto about against between during without within toward towards via",
    "regarding concerning in on off under over through after before around up out near",
)
PARTICLES = lexicon("up out off over around through before after down back near under")
"""Prepositions that end a sentence as easily ("pick it up")."""

AUXILIARIES = lexicon(
    "is are was were am be been being will would can could should shall may might must do does did has",
    "have had i'm it's i'd i'll i've there's that's he's she's he'll we're we've we'd they're they've",
    "they'd you're you've what's where's who's when's how's number's name's email's code's address's",
    "zip's",
)
NEGATED = lexicon(
    "don't doesn't didn't can't couldn't won't wouldn't isn't aren't wasn't weren't hasn't haven't hadn't", "shouldn't"
)
OPENERS = lexicon(
    "just also want wanted wanna need needed trying gonna gotta supposed able wondering hoping basically",
    "actually even only says said tell told give gave send me ordered bought received got placed named",
    "called i we they he she please",
)
"""Words that want something after them, unless they end a question or a short answer."""

PRONOUNS = lexicon("i you he she it we they that this there")
QUESTION = lexicon("what who whom which where how why whatever wherever")
CLAUSE_WORDS = QUESTION | {"all", "as", "never", "haven't"}
"""Words after which a verb needs no object ("that's all I need", "what they said")."""

ANSWERS = lexicon("yes yeah yep yup no nope nah sure course")
NAMES_OF_ANSWERS = lexicon("number code email address zip name phone tracking")
"""Nouns that announce an answer ("my order number …")."""

THINKING = (
    ("let", "me", "see"),
    ("let's", "see"),
    ("let", "me", "think"),
    ("you", "know"),
    ("i", "mean"),
    ("lets", "see"),
)
"""Phrases that hold the floor while the caller thinks or searches."""

SO_VERBS = lexicon("think guess hope believe suppose say said")
NOT_BEFORE = lexicon("rather hope probably maybe why of certainly definitely absolutely guess course better think")
STRANDING = lexicon("going went came come comes check turn log logged sign signed hold hang put moved work keep")
SPEECH_VERBS = lexicon("says said say told know knew think thought hope mean means sure see saying shows")


TRANSITIVE = lexicon(
    "get have be make send give put buy find use ask let bring change update receive tell know see add"
)
"""Verbs that need an object after "to" ("I was supposed to get …")."""

THINGS = lexicon(
    "order orders package packages item items email box one thing number address text message delivery company notice",
    "letter card something product couch sofa table chair lamp shirt shoes dress phone part website someone guy lady",
)
"""Nouns of these calls: after them "that" begins a clause ("I have an order that …")."""

DETAILS = lexicon("one number email address card account phone name code")
ADVERBS = lexicon("really even just actually only still also always ever")
SPEAKERS = lexicon("i you we they i'm you're we're they're i've you've we've")
