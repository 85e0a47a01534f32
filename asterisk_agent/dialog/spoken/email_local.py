"""The part of a spoken e-mail address before the at sign."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from asterisk_agent.dialog.spoken import vocabulary as words
from asterisk_agent.dialog.spoken.corrections import REPAIR, RESTART, correction_at
from asterisk_agent.dialog.spoken.email_tokens import MARKS, counts, glued, number_at
from asterisk_agent.dialog.spoken.spelling import spelled_at
from asterisk_agent.dialog.spoken.spelling_hints import best_hint
from asterisk_agent.dialog.spoken.tokens import Token

_CUE = re.compile(
    r"\b(?:e-?mail(?: address)?(?: (?:on (?:the )?(?:file|order|account)|for (?:that|this|it|the order)|i used?"
    r"|you have))*"
    r"\s*(?:is|was|would be|should be|'s|:)|it's under|address is|you can use|it would be|under|(?:i used?"
    r"|it) (?:was|is)"
    r"|that would be|should be)\b[\s,:]*"
)
LEADS = words.word_set(
    "oh - ? ! um uh er erm hmm so okay ok yes yeah yep sure well it's its it is that's that the my email mail address e"
    " and hi hello was be would to with please use try under one i used think right now , : . my's address's"
    " email's mine"
)
_CHAT = words.word_set(
    "we used use using have has had should probably maybe work personal think would was is are be been you your"
    " gave give given i me my it it's that's that this on for under email account ready okay ok well believe know"
    " could registered signed up there here guess from sure got get put said so or with to went goes sent came just"
    " ma'am sir either confirmation receipt listed check don't didn't not signing still now mine hers his her wife's"
    " husband's spell again yes yeah"
)
"""Words that tell of an address; part of one only beside a dot or the like."""
_DROPPED = words.word_set(
    "um uh er erm uhm hmm , ; : ? ! then letter number numeral digit digits capital lowercase okay"
)


def local_part(tokens: list[Token]) -> str:
    """The part before the at sign that ``tokens`` say, lower case, without what leads to it; '' for none."""
    return _local(_without_lead(tokens))


def _local(tokens: list[Token]) -> str:
    pieces: list[str] = []
    at = 0
    while at < len(tokens):
        mark = correction_at(tokens, at)
        word = tokens[at].word
        if mark and mark[1] in (REPAIR, RESTART) and word not in ("but",):
            hinted = _hint(pieces, tokens, at)
            if hinted:
                at = hinted
                continue
            pieces = _taken_back(pieces, _local(_without_lead(_past_just(tokens[mark[0] :]))), mark[1])
            return "".join(pieces).strip(".-")
        if hinted := _hint(pieces, tokens, at):
            at = hinted
            continue
        at = _piece(pieces, tokens, at)
    return "".join(pieces).strip(".-")


def _without_lead(tokens: list[Token]) -> list[Token]:
    """The local part without 'my email is', 'it's', 'you can find it under'."""
    plain = " ".join(token.word for token in tokens)
    cue = max(_CUE.finditer(plain), key=lambda match: match.start(), default=None)
    start = len(plain[: cue.end()].split()) if cue and cue.end() < len(plain.strip()) else 0
    while start < len(tokens):
        if mark := correction_at(tokens, start):
            start = mark[0]
        elif tokens[start].word == "the" and tokens[start + 1 : start + 2] and tokens[start + 1].word not in LEADS:
            break  # 'the dude at …'
        elif tokens[start].word in LEADS and not _needed(tokens, start):
            start += 1
        else:
            break
    return _after_chat(tokens[start:])


def _after_chat(rest: list[Token]) -> list[Token]:
    """What follows the last word that tells of an address rather than belongs to it: 'the one I gave you was otto'."""
    start = at = 0
    while at < len(rest):
        before = [token.word for token in rest[:at]]
        if before and (hint := best_hint(before, rest, at)):
            at = hint[1]
            continue
        mark = correction_at(rest, at)
        if mark and mark[1] in (REPAIR, RESTART) and rest[at].word != "but":
            return rest[start:]
        spelled = spelled_at(rest, at)
        if spelled and rest[at].word not in ("it's", "that's"):
            at = spelled.end
            continue
        beside = {rest[near].word for near in (at - 1, at + 1) if 0 <= near < len(rest)}
        chat = rest[at].word in _CHAT or (rest[at].word == "one" and at > 0 and rest[at - 1].word in _CHAT | {"the"})
        if chat and at + 1 < len(rest) and not beside & set(MARKS) and not _spells_again(rest, at):
            start = at + 1
        at += 1
    while start < len(rest) and rest[start].word in (",", "?", "!", ":"):
        start += 1
    return rest[start:]


def _spells_again(rest: list[Token], at: int) -> bool:
    """'nguyen, that's n g u y e n': the letters repeat a word."""
    spelled = next((found for start in (at + 1, at + 2) if (found := spelled_at(rest, start))), None)
    return spelled is not None and any(
        _same_word(token.word, spelled.letters) for token in rest[:at] if token.raw.isalpha()
    )


def _past_just(tokens: list[Token]) -> list[Token]:
    """After a correction 'just' is no part of the address."""
    while tokens and tokens[0].word in ("just", "only", "simply", ",", "it's", "that's"):
        tokens = tokens[1:]
    return tokens


def _needed(tokens: list[Token], at: int) -> bool:
    """'the dot reader', 'mail dot room', 'i dot smith' begin with words that otherwise only lead to an address."""
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if following in ("as", "like") or (len(tokens[at].word) == 1 and following != "-" and spelled_at(tokens, at)):
        return True
    if tokens[at].word in _DROPPED or tokens[at].word in (".", ",", ":"):
        return False
    return following in MARKS or following == "." or at + 1 == len(tokens)


def _hint(pieces: list[str], tokens: list[Token], at: int) -> int:
    """The end of a remark on the spelling of a word, which is mended; 0 for none."""
    word = tokens[at].word
    if not pieces or word in ("-", "and", "double", "triple"):
        return 0
    if word in ("two", "one", "2", "1"):  # 'phil, one l': only of a letter that the word has
        letter = tokens[at + 1].word.removesuffix("'s") if at + 1 < len(tokens) else ""
        if len(letter) != 1 or len(pieces[-1]) < 3 or letter not in pieces[-1]:
            return 0
    found = best_hint(pieces, tokens, at)
    if found is None:
        return 0
    place, end, mended = found
    pieces[place] = mended
    return end


def _taken_back(pieces: list[str], rest: str, kind: str) -> list[str]:
    """What remains of ``pieces`` when the caller goes on with ``rest`` after 'no', 'sorry'."""
    if not rest:
        return pieces
    if kind == RESTART:
        return [rest]
    if rest.isdigit() and pieces and pieces[-1].isdigit():
        while pieces and pieces[-1].isdigit():
            pieces.pop()
        return [*pieces, rest]
    first = re.split(r"[._+-]", rest)[0]
    for place in range(len(pieces) - 1, -1, -1):
        if pieces[place] == first and (place == 0 or pieces[place - 1] in "._-+"):
            return [*pieces[:place], rest]
    if rest[0] in "._-+" or (len(pieces) > 1 and pieces[-1] in "._-+"):
        while pieces and pieces[-1] in "._-+" and rest[0] in "._-+":
            pieces.pop()
        return [*pieces, rest]
    if not re.search(r"[._+-]", rest) and len(pieces) >= 3 and pieces[-2] in "._-+":
        return [*pieces[:-1], rest]
    return [rest]


def _piece(pieces: list[str], tokens: list[Token], at: int) -> int:
    """Add what the words at ``at`` say to ``pieces``; the end of those words."""
    word = tokens[at].word
    following = tokens[at + 1].word if at + 1 < len(tokens) else ""
    if word in MARKS or word == ".":
        mark = MARKS.get(word, ".")
        sentence = word == "." and not (
            tokens[at].glued and (glued(tokens, at + 1) or not (following and spelled_at(tokens, at + 1)))
        )
        initial = word == "." and at > 0 and len(tokens[at - 1].raw) == 1 and not glued(tokens, at + 1)
        if not sentence and not initial and not (pieces and pieces[-1] == mark):
            pieces.append(mark)
        return at + 1
    if word == "-":
        if tokens[at].glued and glued(tokens, at + 1) and word not in words.TENS:
            pieces.append("-")
        return at + 1
    if word in ("that's", "it's", "spelled", "is", "which") and pieces and spelled_at(tokens, at + 1):
        return at + 1
    if word in words.TIMES and following:
        return _times(pieces, tokens, at)
    by_word = following in ("as", "like", "for") or (
        following == "," and tokens[at + 2 : at + 3] == [Token("as", False)]
    )
    if spelled := spelled_at(tokens, at, least=1 if by_word else 2):
        letters = spelled.letters.replace("'", "")
        if by_word and pieces and pieces[-1] == letters and at and tokens[at - 1].word in (",", letters):
            return spelled.end  # 'dot k, k as in kilo'
        _put_spelled(pieces, letters)
        return spelled.end
    if word in ("x",) and following == "ray":
        pieces.append("x")
        return at + 2
    if number := number_at(tokens, at):
        pieces.append(number[1])
        return number[0]
    if word in words.ZEROS and word != "nil":
        near = (following, tokens[at - 1].word if at else "")
        digit = any(counts(other) for other in near) or word in ("zero", "nought")
        pieces.append("0" if digit else "o")
        return at + 1
    if pieces and pieces[-1] == word and at and tokens[at - 1].word == ",":
        return at + 1  # 'chris with a k, kris'
    if word == "and" and at and (tokens[at - 1].word == "," or following == "then"):
        return at + 1
    if word == "so" and at and tokens[at - 1].word == ",":
        return at + 1
    if word == "the" and following in ("letter", "number", "digit", "word", "letters", "year", *MARKS):
        return at + 1
    if word not in _DROPPED:
        pieces.append(word.replace("'", ""))
    return at + 1


def _times(pieces: list[str], tokens: list[Token], at: int) -> int:
    """'double seven', 'double o seven', 'double l'."""
    count, token = words.TIMES[tokens[at].word], tokens[at + 1]
    after = tokens[at + 2].word if at + 2 < len(tokens) else ""
    if token.word in words.UNITS:
        pieces.append(str(words.UNITS[token.word]) * count)
    elif token.word in ("u", "you") and count == 2:
        pieces.append("w")
    elif token.word in words.ZEROS:
        pieces.append(("0" if token.word == "zero" or counts(after) else "o") * count)
    elif token.digits:
        pieces.append(token.digits * count)
    elif len(token.word) == 1 or token.word in words.LETTER_NAMES:
        pieces.append(words.LETTER_NAMES.get(token.word, token.word).lower() * count)
    else:
        pieces += [tokens[at].word, token.word]
    return at + 2


def _put_spelled(pieces: list[str], letters: str) -> None:
    """Spelled letters replace the word that they spell, if it was said just before ('maria g, m a r i a g')."""
    for more in (1, 2):
        if pieces and pieces[-1] + letters[:more] == letters[more:]:
            pieces[-1] = letters[more:]
            return
    for count in (1, 2, 3):
        tail = pieces[-count:]
        said = "".join(tail)
        if len(tail) == count and said.isalpha() and len(said) > 1 and _same_word(said, letters):
            del pieces[-count:]
            break
    pieces.append(letters)


def _same_word(said: str, letters: str) -> bool:
    if len(letters) < 2:
        return False
    return said == letters or fuzz.ratio(said, letters) >= 65 or (said[0] == letters[0] and said[:3] == letters[:3])
