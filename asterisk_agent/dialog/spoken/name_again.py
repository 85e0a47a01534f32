"""A name said once more in full after a remark: "Jacqueline, but everybody calls me Jackie, Jacqueline Ross"."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from asterisk_agent.dialog.spoken.vocabulary import word_set

_CLAUSE = re.compile(r"[,.;?!]+\s*")
_NAME_WORD = re.compile(r"[A-Za-zÀ-ɏ]{2,}(?:['’-][A-Za-zÀ-ɏ]+)*")
_TALK = word_set(
    "the a an with and or but not no is it's that's its that my name like spelled word words letter letters capital"
    " last first middle call me people everybody they on in at to for from as just one two with without hyphen"
    " hyphenated"
    " please thanks order phone order's under have got i'm i am this he she his her double triple both"
)
_LONGEST = 4
_SAME = 50


def full_name_again(text: str, read: str) -> str:
    """The last clause of ``text`` if it is a whole name of which a clause before gave a part, else ``read``.

    ``read`` is the name as the whole text was read; it stays when it is that clause with another spelling ('with a K').
    """
    clauses = [clause.split() for clause in _CLAUSE.split(text) if clause.strip()]
    words = read.split()
    if len(clauses) > 1 and _is_whole(last := clauses[-1], clauses[:-1]) and not _alike(words, last):
        return " ".join(last)
    first = clauses[0] if clauses else []
    if len(first) > 1 and sorted(first, key=str.lower) == sorted(words, key=str.lower) and clauses[-1][0] in first:
        return " ".join(first)  # 'Ilse Brandt, two words, Ilse'
    for more in range(1, len(words) // 2 + 1):
        if [word.lower() for word in words[-more:]] == [word.lower() for word in words[:more]]:
            return " ".join(words[:-more])  # 'Mary Ann Lopez, two words, Mary Ann'
    return read


def _is_whole(last: list[str], before: list[list[str]]) -> bool:
    """Whether ``last`` is a name of several words that says more than any clause before, of which one gave a part."""
    if not 2 <= len(last) <= _LONGEST or not all(_NAME_WORD.fullmatch(word) for word in last):
        return False
    name = {word.lower() for word in last}
    said = [{word.lower() for word in clause} for clause in before]
    return not _TALK & name and any(name & clause for clause in said) and not any(name <= clause for clause in said)


def _alike(words: list[str], last: list[str]) -> bool:
    """Whether what was read is the last clause, perhaps with another spelling."""
    return len(words) == len(last) and all(
        fuzz.ratio(read.lower(), said.lower()) >= _SAME for read, said in zip(words, last, strict=True)
    )
