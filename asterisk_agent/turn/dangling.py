"""Whether a sentence breaks off: its last words ask for more ("I want to", "because", "my order number is")."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from asterisk_agent.turn.clauses import waits_for_main_clause
from asterisk_agent.turn.lexicon import lexicon
from asterisk_agent.turn.phrases import (
    ADVERBS,
    ANSWERS,
    ATTRIBUTES,
    AUXILIARIES,
    CLAUSE_WORDS,
    CONJUNCTIONS,
    DETAILS,
    DETERMINERS,
    FILLERS,
    NAMES_OF_ANSWERS,
    NEGATED,
    NOT_BEFORE,
    OPENERS,
    PARTICLES,
    PREPOSITIONS,
    PRONOUNS,
    QUESTION,
    SO_VERBS,
    SPEAKERS,
    SPEECH_VERBS,
    STRANDING,
    THINGS,
    THINKING,
    TRANSITIVE,
    WARM_UPS,
)

HUMS = (["mm", "hmm"], ["mm", "hm"], ["hm", "hm"])
"""How "mm-hmm" is written: a yes, no hesitation."""


def is_filler_only(words: list[str]) -> bool:
    """Whether nothing but hesitation was said."""
    return all(word in FILLERS for word in words) and words[-2:] not in HUMS


def is_dangling(words: list[str], asked: str, question: bool = False) -> bool:
    """Whether more must follow ``words``. ``question``: the recogniser put a question mark."""
    core = _without_warm_up(words)
    if words[-2:] in HUMS:
        return False
    if not core:
        return not _answers_alone(words, asked)
    if core[-1] in FILLERS or _is_thinking(core):
        return True
    sentence = _Sentence(core, asked, question, answers=words[0] in ANSWERS)
    return any(rule(sentence) for rule in _RULES)


@dataclass(frozen=True)
class _Sentence:
    """What was said without its opening "okay, so". ``answers``: it began with a yes or no."""

    core: list[str]
    asked: str
    question: bool
    answers: bool

    @property
    def last(self) -> str:
        return self.core[-1]

    @property
    def before(self) -> str:
        return self.core[-2] if len(self.core) > 1 else ""

    @property
    def earlier(self) -> set[str]:
        return set(self.core[:-2])


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
        return words[-2:] == ["oh", "well"]
    return asked in {"open", "yes_no"}


def _is_thinking(core: list[str]) -> bool:
    if core[-1] in {"here", "now"}:
        core = core[:-1]
    for phrase in THINKING:
        if core and tuple(core[-len(phrase) :]) == phrase:
            before = core[: -len(phrase)]
            asks = bool(before) and before[-1] in {"do", "did", "as", "if", "that's", "what"}
            return not asks and not (phrase == ("i", "mean") and QUESTION & set(before))
    return False


def _ends_in_determiner(said: _Sentence) -> bool:
    if said.last in ATTRIBUTES:
        return said.before in {"the", "a", "my", "your"} and not said.question and len(said.core) > 2
    if said.last in {"these", "those", "some", "her"}:
        return said.before in {"ordered", "bought", "and", "about", "of", "with", "is", "are"}
    if said.last == "that":
        explains = said.before in {"is", "was"} and said.core[0] == "the"
        begins_clause = explains or said.before in SPEECH_VERBS | THINGS
        return begins_clause and not said.question and not QUESTION & said.earlier
    return said.last in DETERMINERS


def _ends_in_conjunction(said: _Sentence) -> bool:
    if said.last == "then":
        return said.before in {"and", "but", "so"}
    if said.last not in CONJUNCTIONS:
        return False
    if said.last == "so":
        return said.before not in SO_VERBS
    if said.last in {"when", "where", "who", "which"}:
        asks = said.question or said.before in {"know", "remember", "exactly", "say", "sure", "tell", "me"}
        return bool(said.before) and not asks
    if said.last in {"since", "as"}:
        return said.before not in {"ever", "such"} or len(said.core) == 2
    return not (said.question and said.before == "what")


def _ends_in_preposition(said: _Sentence) -> bool:
    last, before = said.last, said.before
    if said.core[-3:] in (["to", "find", "out"], ["to", "figure", "out"]):
        return not CLAUSE_WORDS & said.earlier
    if last in {"after", "before"} and before in {"one", "day", "week", "month", "year", "weekend", "order", "ever"}:
        return said.asked == "date" and before not in {"one", "ever"}
    if last in PARTICLES:
        return last in {"after", "before", "through", "under"} and before in AUXILIARIES | {"and"}
    if last not in PREPOSITIONS:
        return False
    if last == "to" and before in {"want", "have", "need", "like", "going"}:
        declined = bool(NEGATED & set(said.core)) and (said.answers or said.asked == "yes_no")
        return not declined and not _is_stranded(said)
    if last in {"in", "on"} and before in STRANDING:
        return False
    if last in {"in", "on"} and before == "it":
        return not _WITH_PARTICLE & said.earlier
    return not _is_stranded(said)


def _is_stranded(said: _Sentence) -> bool:
    """Whether a preposition at the end belongs to words before it ("who is it shipped with", "the one I paid with")."""
    last, before, core = said.last, said.before, said.core
    if _relates_back(core):
        return True
    if last == "of" or before in DETERMINERS or before in AUXILIARIES - {"was", "were", "it's", "is"}:
        return False
    if len(core) == 2 and before in {"what", "who", "where", "how"}:
        return last in {"about", "for", "from", "with"}
    if before in QUESTION:
        return False
    if any(noun in DETAILS and speaker in SPEAKERS for noun, speaker in pairwise(core)):
        return True
    if said.question or said.earlier & {"what", "who", "which", "what's", "who's", "whatever", "where"}:
        return True
    return core[0] in {"is", "are", "did", "has"} and last == "in"


def _relates_back(core: list[str]) -> bool:
    """Whether the end closes a clause about a thing named before: "the chair I'm worried about", "that it was on"."""
    for place, word in enumerate(core[:-2]):
        if word in _SUBJECTS and place > 0:
            named = core[place - 1] in _RELATIVES or (place > 1 and core[place - 2] in _NAMED_BY)
            if named and core[place + 1] not in PREPOSITIONS:
                return True
    return False


_WITH_PARTICLE = lexicon("check put turn try keep leave bring hand have switch send take get set tried turned brought")
"""Verbs of "turn it on", "bring it in"."""
_SUBJECTS = lexicon("i i'm i've we we're you they they're it it's he she")
_RELATIVES = lexicon("that which who whose what whatever one nobody anybody anyone somebody someone whom")
_NAMED_BY = lexicon("the which whose what only")


def _ends_openly(said: _Sentence) -> bool:
    """Whether the last words can only begin something: "let me", "as in", "told me that"."""
    if said.question or said.core[0] in QUESTION or (NEGATED | {"never", "no", "not"}) & set(said.core):
        return False
    return any(tuple(said.core[-len(phrase) :]) == phrase for phrase in _OPEN_ENDS)


_OPEN_ENDS = (
    *(("let", "me"), ("as", "in"), ("me", "that"), ("time", "that"), ("just", "that"), ("you're", "saying")),
    *(("it's", "either"), ("is", "now"), ("only", "got"), ("order", "number"), ("have", "any")),
    *(("is", "mister"), ("is", "missus"), ("first", "name"), ("last", "name"), ("yet", "then")),
)


def _ends_in_auxiliary(said: _Sentence) -> bool:
    last, before = said.last, said.before
    if last in NEGATED or last == "not":
        if last == "not" and (before in NOT_BEFORE or not before):
            return False
        brief = len(said.core) <= 2 and before in PRONOUNS
        return not (said.answers or brief or said.asked == "yes_no" or said.question)
    if last not in AUXILIARIES or tuple(said.core[-3:-1]) in {("as", "it"), ("way", "it"), ("as", "they")}:
        return False
    if "'" in last:
        return True
    if before in PRONOUNS and (said.answers or (said.asked == "yes_no" and len(said.core) == 2)):
        return False
    if _is_polite_if(said):
        return False
    if last in {"did", "does"} and len(said.core) > 2 and before not in CONJUNCTIONS | QUESTION | AUXILIARIES:
        return False
    if "what" in said.earlier and last in {"is", "was"}:
        subject = said.core[said.core.index("what") + 1]
        if subject in SPEAKERS | {"happened"}:
            return True
    if said.earlier & QUESTION:
        return before in QUESTION
    return not (last in {"can", "could"} and "as" in said.earlier)


def _is_polite_if(said: _Sentence) -> bool:
    """Whether "if you can" closes a request, not "I was wondering if I could"."""
    core = said.core
    if said.last not in {"can", "could", "would", "may"} or "if" not in core[-3:]:
        return False
    at = len(core) - 1 - core[::-1].index("if")
    asking = {"wondering", "wonder", "know", "see", "ask", "asking", "check", "sure", "out", "tell", "me"}
    return at > 0 and not asking & set(core[max(0, at - 3) : at])


def _ends_in_opener(said: _Sentence) -> bool:
    last, before = said.last, said.before
    if said.question:
        return False
    if last in ADVERBS and (before in NEGATED or before in PRONOUNS | AUXILIARIES):
        return True
    if last in TRANSITIVE and before == "to" and not CLAUSE_WORDS & said.earlier:
        return True
    if last in PRONOUNS and before in CONJUNCTIONS - {"as", "than", "so"}:
        return True
    if last in PRONOUNS and len(said.core) == 2 and before in AUXILIARIES and before not in {"was", "were"}:
        return said.core != ["do", "it"]
    if last == "like":
        return before in {"would", "i'd", "we'd", "also"} and not said.earlier & CLAUSE_WORDS
    if last not in OPENERS:
        return False
    if last == "please":
        return said.core[0] in {"can", "could", "would", "will"} and len(said.core) <= 3
    if last in {"i", "we", "they", "he", "she"}:
        return True
    if last in ADVERBS:
        return before in PRONOUNS | AUXILIARIES
    if last == "me":
        return before in {"tell", "told"} and not said.earlier & CLAUSE_WORDS
    if (said.earlier | {before}) & CLAUSE_WORDS or said.core[-3:-2] == ["that"]:
        return last in {"trying", "supposed", "wondering", "gonna"}
    if last in {"ordered", "received", "called", "placed", "named", "bought", "got"}:
        return before in {"i", "we", "i've", "just", "is", "have", "also"}
    return True


def _announces_answer(said: _Sentence) -> bool:
    """Whether only the name of an answer was said: "my order number", "the last four"."""
    core = said.core
    if said.last in NAMES_OF_ANSWERS and said.before == "it's" and not said.question:
        return True
    if said.question or len(core) > 5 or {"not", "no"} & set(core):
        return False
    if core[0] not in {"my", "the", "order", "it's", "tracking", "zip", "area", "phone", "email", "number", "that's"}:
        return False
    return core[-1] in NAMES_OF_ANSWERS and not QUESTION & set(core)


def _takes_back(said: _Sentence) -> bool:
    """Whether a correction was begun: "no wait", "no sorry"."""
    return said.before == "no" and said.last in {"wait", "sorry", "actually"}


def _is_subject_only(said: _Sentence) -> bool:
    return said.core in (["which"], ["whose"], ["you", "guys"], ["the", "thing"], ["the", "problem"])


def _ends_in_possessive(said: _Sentence) -> bool:
    """ "It's under my husband's": the thing is missing, unless the owner is what is said ("it's my husband's")."""
    core = said.core
    if said.question or not said.last.endswith("'s") or said.before not in DETERMINERS:
        return False
    return len(core) > 2 and core[-3] in PREPOSITIONS - PARTICLES | {"under"}


def _is_condition_only(said: _Sentence) -> bool:
    return said.asked in {"open", "yes_no"} and not said.question and waits_for_main_clause(said.core)


_RULES = (
    _ends_in_determiner,
    _ends_in_conjunction,
    _ends_in_preposition,
    _ends_in_auxiliary,
    _ends_in_opener,
    _announces_answer,
    _takes_back,
    _is_subject_only,
    _ends_openly,
    _ends_in_possessive,
    _is_condition_only,
)
