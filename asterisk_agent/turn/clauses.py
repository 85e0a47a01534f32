"""Whether a caller has said only "if …" or "when …": a clause that waits for its main clause."""

from __future__ import annotations

from asterisk_agent.turn.lexicon import lexicon
from asterisk_agent.turn.phrases import AUXILIARIES, DETERMINERS, NEGATED, PRONOUNS, QUESTION, SPEAKERS

SUBORDINATORS = lexicon("if when whenever before after while once unless until although though")
_BEHIND = SUBORDINATORS | lexicon("that which who where how why what because since as than whether and or")
"""Words whose clause is still the subordinate one."""
_SUBJECTS = (PRONOUNS | SPEAKERS | lexicon("he's she's it's that's there's nobody no-one someone somebody")) - {"there"}
_OBJECTS = lexicon("it you that this")
"""Subjects that are as often objects ("get it here")."""
_ORDERS = lexicon(
    "please cancel tell send leave call refund let give stop keep put make take bring ship forget get never don't just",
    "ask hold",
)
_POLITE = 4
"""An "if" of so few words asks politely ("if that's possible", "if you don't mind")."""


def waits_for_main_clause(words: list[str]) -> bool:
    """Whether ``words``, without their opening "okay, so", begin with such a clause and nothing else follows."""
    if words[:1] == ["even"] and words[1:2] == ["if"]:
        words = words[1:]
    if not words or words[0] not in SUBORDINATORS or len(words) <= _POLITE:
        return False
    subject = _first(words, 1)
    if subject is None:
        return False
    return not any(_begins_main_clause(words, at) for at in range(subject + 1, len(words)))


def _first(words: list[str], start: int) -> int | None:
    """Place of the clause's subject; None for "before Friday" or "after nine", where none stands."""
    if words[start] in _SUBJECTS:
        return start
    return start + 1 if words[start] in DETERMINERS and len(words) > start + 2 else None


def _begins_main_clause(words: list[str], at: int) -> bool:
    word, before, last = words[at], words[at - 1], at + 1 == len(words)
    if word in _SUBJECTS:
        if before in _BEHIND or last:
            return False
        return words[at + 1] in AUXILIARIES | NEGATED or (at + 2 < len(words) and word not in _OBJECTS)
    if word in _ORDERS or word in QUESTION:
        return not last and before not in AUXILIARIES | NEGATED | PRONOUNS | SPEAKERS | {"to"}
    return word in AUXILIARIES and any(known in AUXILIARIES | NEGATED for known in words[:at])
