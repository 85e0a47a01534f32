"""Whether a sentence breaks off: its last words ask for more ("I want to", "because", "my order number is")."""

from __future__ import annotations

from asterisk_agent.turn.lexicon import lexicon

FILLERS = lexicon("um umm uh uhh er erm ehm hmm hm mmm ah eh")

WARM_UPS = FILLERS | lexicon("so well okay ok like yeah yes and but oh alright right hi hello hey now i mean")
"""Words that only begin a sentence."""

DETERMINERS = lexicon("a an the my your his its our their some every each another her these those")
CONJUNCTIONS = lexicon(
    "and or but because cause cuz 'cause since if whether unless until till while when whenever where",
    "which who whose than although as so plus that's",
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
    "just also want wanted wanna need needed trying gonna gotta supposed able wondering basically",
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


def is_filler_only(words: list[str]) -> bool:
    """Whether nothing but hesitation was said ("mm-hmm" is a yes)."""
    return all(word in FILLERS for word in words) and words[-2:] not in (["mm", "hmm"], ["mm", "hm"], ["hm", "hm"])


def is_dangling(words: list[str], asked: str, question: bool = False) -> bool:
    """Whether more must follow ``words``. ``question``: the recogniser put a question mark."""
    core = _without_warm_up(words)
    if words[-2:] in (["mm", "hmm"], ["mm", "hm"], ["hm", "hm"]):
        return False
    if not core:
        return not _answers_alone(words, asked)
    last = core[-1]
    if last in FILLERS or _is_thinking(core):
        return True
    rules = (
        _ends_in_determiner,
        _ends_in_conjunction,
        _ends_in_preposition,
        _ends_in_auxiliary,
        _ends_in_opener,
        _announces_answer,
    )
    return any(rule(core, words, asked, question) for rule in rules)


def _without_warm_up(words: list[str]) -> list[str]:
    start = 0
    while start < len(words) and words[start] in WARM_UPS:
        start += 1
        if words[start - 1] == "i" and words[start : start + 1] != ["mean"]:
            return words[start - 1 :]
    return words[start:]


def _answers_alone(words: list[str], asked: str) -> bool:
    """Whether "okay", "yes" or "hello" alone can be all that the caller wants to say."""
    if words[-1] in FILLERS or words[-1] in {"so", "like", "and", "but", "well", "i", "mean", "now"}:
        return words[-2:] in (["oh", "well"], ["i", "so"])
    return asked in {"open", "yes_no"}


def _is_thinking(core: list[str]) -> bool:
    for phrase in THINKING:
        if tuple(core[-len(phrase) :]) == phrase:
            before = core[: -len(phrase)]
            return not (before and before[-1] in {"do", "did", "as", "if", "that's", "what"}) and not (
                phrase == ("i", "mean") and QUESTION & set(before)
            )
    return False


def _ends_in_determiner(core: list[str], words: list[str], asked: str, question: bool) -> bool:
    last = core[-1]
    if last in {"these", "those", "some", "her"}:
        return len(core) > 1 and core[-2] in {"ordered", "bought", "and", "about", "of", "with", "is", "are"}
    if last == "that":
        return len(core) > 1 and core[-2] in SPEECH_VERBS and not question
    return last in DETERMINERS


def _ends_in_conjunction(core: list[str], words: list[str], asked: str, question: bool) -> bool:
    last = core[-1]
    if last not in CONJUNCTIONS:
        return False
    before = core[-2] if len(core) > 1 else ""
    if last == "so":
        return before not in SO_VERBS
    if last in {"when", "where", "who", "which"}:
        return (
            bool(before) and not question and before not in {"know", "remember", "exactly", "say", "sure", "tell", "me"}
        )
    if last in {"since", "as"}:
        return before not in {"ever", "such"}
    if last == "if":
        return before != "what" or not question
    return True


def _ends_in_preposition(core: list[str], words: list[str], asked: str, question: bool) -> bool:
    last = core[-1]
    if last not in PREPOSITIONS or last in PARTICLES:
        return last in {"after", "before", "through", "under"} and len(core) > 1 and core[-2] in AUXILIARIES | {"and"}
    before = core[-2] if len(core) > 1 else ""
    if last == "to" and before in {"want", "have", "need", "like", "going"}:
        declined = bool(NEGATED & set(core)) and (words[0] in ANSWERS or asked == "yes_no")
        return not declined and not _stranded(core, question)
    if last in {"in", "on"} and before in STRANDING | {"it"} and before != "is":
        return before == "it" and core[0] not in {"check", "can", "could", "put", "turn"}
    return not _stranded(core, question)


def _stranded(core: list[str], question: bool) -> bool:
    """Whether a preposition at the end belongs to a question word ("who is it shipped with")."""
    last, before = core[-1], core[-2] if len(core) > 1 else ""
    if last == "of" or before in DETERMINERS | QUESTION - {"how", "what", "who", "where"}:
        return False
    if before in AUXILIARIES - {"was", "were", "it's"} and before not in {"it's", "is"}:
        return False
    if len(core) == 2 and before in {"what", "who", "where", "how"}:
        return last in {"about", "for", "from", "with"}
    if before in QUESTION:
        return False
    if (
        core[0] in {"it's", "that's", "same"}
        and {"the", "same"} & set(core[:3])
        and (PRONOUNS | {"i'm", "you're"}) & set(core)
    ):
        return True
    if question or bool({"what", "who", "which", "what's", "who's", "whatever", "where"} & set(core[:-2])):
        return True
    return core[0] in {"is", "are", "did", "has"} and last == "in"


def _ends_in_auxiliary(core: list[str], words: list[str], asked: str, question: bool) -> bool:
    last = core[-1]
    before = core[-2] if len(core) > 1 else ""
    if last in NEGATED or last == "not":
        if last == "not" and (before in NOT_BEFORE or len(core) == 1):
            return False
        return not (words[0] in ANSWERS or (len(core) <= 2 and before in PRONOUNS) or asked == "yes_no" or question)
    if last not in AUXILIARIES:
        return False
    if "'" in last:
        return True
    if before in PRONOUNS and (words[0] in ANSWERS or (asked == "yes_no" and len(core) == 2)):
        return False
    if before in {"not", "i", "we", "you", "they", "it"} and _is_polite_if(core):
        return False
    earlier = set(core[:-2])
    if earlier & {"what", "where", "who", "how", "why", "whatever", "wherever", "which"}:
        return before in QUESTION
    if last in {"do", "have", "had", "did"} and "what's" in earlier | {"all"} & earlier:
        return False
    return not (last in {"can", "could"} and "as" in earlier)


def _is_polite_if(core: list[str]) -> bool:
    """Whether "if you can" closes a request, not "I was wondering if I could"."""
    if core[-1] not in {"can", "could", "would", "may"} or "if" not in core[-3:]:
        return False
    at = len(core) - 1 - core[::-1].index("if")
    before = set(core[max(0, at - 3) : at])
    return at > 0 and not before & {
        "wondering",
        "wonder",
        "know",
        "see",
        "ask",
        "asking",
        "check",
        "sure",
        "out",
        "tell",
        "me",
    }


def _ends_in_opener(core: list[str], words: list[str], asked: str, question: bool) -> bool:
    last = core[-1]
    if last not in OPENERS or question:
        return False
    before = core[-2] if len(core) > 1 else ""
    earlier = set(core[:-1])
    if last == "please":
        return core[0] in {"can", "could", "would", "will"} and len(core) <= 3
    if last in {"i", "we", "they", "he", "she"}:
        return True
    if last in {"actually", "even"}:
        return len(core) > 1 and before in PRONOUNS | AUXILIARIES
    if last == "me":
        return before in {"tell", "told"} and not earlier & CLAUSE_WORDS
    if earlier & CLAUSE_WORDS or core[-3:-2] == ["that"]:
        return last in {"just", "also", "trying", "supposed", "wondering", "gonna"}
    if last in {"ordered", "received", "called", "placed", "named", "bought", "got"}:
        return before in {"i", "we", "i've", "just", "is", "have", "also"}
    return True


def _announces_answer(core: list[str], words: list[str], asked: str, question: bool) -> bool:
    """Whether only the name of an answer was said: "my order number", "the last four"."""
    if question or len(core) > 5:
        return False
    if core[0] not in {"my", "the", "order", "it's", "tracking", "zip", "area", "phone", "email", "number", "that's"}:
        return asked in {"phone", "last4"} and core[-2:] in (["last", "four"], ["area", "code"])
    return core[-1] in NAMES_OF_ANSWERS and not QUESTION & set(core)
