"""Names of people as callers say and spell them, written as people write names."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from asterisk_agent.dialog.spoken.capitals import capitalized
from asterisk_agent.dialog.spoken.name_again import full_name_again
from asterisk_agent.dialog.spoken.remarks import without_remark
from asterisk_agent.dialog.spoken.spelling import spelled_at
from asterisk_agent.dialog.spoken.spelling_hints import best_hint
from asterisk_agent.dialog.spoken.tokens import MAX_TOKENS, Token, bounded
from asterisk_agent.dialog.spoken.vocabulary import word_set

_TOKEN = re.compile(r"[A-Za-zÀ-ɏ]+(?:['’][A-Za-zÀ-ɏ]+)*['’]?|\d+|[.,;:!?-]")
_TAIL = re.compile(
    r"[\s,.;]*(?:\b(?:and (?:i|my|the|it|that|i'm|we)\b|i (?:ordered|placed|want|need|have|bought|would"
    r"|am calling|think|believe)"
    r"|calling\b|speaking\b|please\b|thank|thanks\b|on the (?:order|account|card)|is my name|is the name"
    r"|that's (?:me|my name|it|the name)"
    r"|i'm\b|i've\b|i'd\b|by the way|if that helps|but the order|about (?:my|an|the) order|here\b(?=\W*$)|is who"
    r"|that's all|it's (?:spelled )?just like"
    r"|like the|like it sounds|just like it|common spelling|the usual|the normal|is the (?:first|last) name on"
    r"|i guess|placed the|placed it)).*$",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^[\s,.;:]*(?:"
    r"that's me|(?:it )?(?:should|would|must|might|could) be(?: under)?|(?:my |the |his |her |their "
    r"|our )?(?:full |whole |legal |maiden |married |complete )?name(?: on (?:(?:the|that|my|this) (?:order|account"
    r"|card|package)|it|file|there)| there| it's under| for the order)?"
    r"(?: is| was| would be| should be|'s|s)?(?: under)?"
    r"|(?:the |my )?(?:account|card) ?holder(?:'s name)?(?: is|'s)?"
    r"|(?:i'm |i am )?calling (?:for|on behalf of)|(?:my |the |an )?(?:orders?|account|package"
    r"|shipment)(?: is|'s| was| should be| would be)? (?:under|for"
    r"|in)(?: the name(?: of)?)?"
    r"|(?:it|that|this|order)(?:'s| is| was| would be| should be| will be| might be|'d be| may be)?(?: probably"
    r"| maybe)?(?: (?:listed|placed|filed|going to be))? (?:under|in|by|for)(?: (?:the|my) name(?: of)?)?"
    r"|(?:it|that|this)(?:'s| is| was| would be| should be| will be)|its"
    r"|(?:under|in|by|for)(?: the name(?: of)?)?"
    r"|(?:(?:the|my) )?order was (?:placed |made )?(?:by|for|under)|placed by|last name first[?:]?"
    r"|i am|i'm|im|you can call me|they call me|people call me|call me|(?:you )?(?:can|could"
    r"|should) (?:you )?(?:put|use|check|look|try|find it)(?: (?:it )?(?:up )?under)?|put(?: it)? under"
    r"|i go by|goes by|try|look under|look for"
    r"|check(?: under)?"
    r"|(?:my |his |her )?(?:husband|wife|mother|father|mom|dad|partner|son|daughter|sister|brother|boss|roommate"
    r"|girlfriend|boyfriend)(?:'s)?(?: (?:name|order|account))?(?:,| is|'s)?"
    r"|um+|uh+|erm?|hmm+|mm+|oh|ah|well|so|yes|yeah|yep|yup|sure|ok|okay|right|(?:hi|hello|hey)(?: there)?|of course"
    r"|good (?:morning|afternoon|evening)|like|actually|probably|maybe|i think(?: it's)?|let me (?:see"
    r"|spell (?:it|that))(?: for you)?|it is"
    r"|mr|mrs|ms|miss|mister|missus|dr|doctor|sir|ma'am|sergeant|officer|captain|lieutenant|colonel|professor|reverend"
    r"|pastor|sister(?= [A-Z])"
    r")(?![A-Za-z'’])[\s,.;:]*",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\b(?:(?:and )?(?:my |the |his |her )?(?P<kind>first|given|christian|last|family"
    r"|middle)(?: and last)? (?:name|initial)|(?:and )?(?:my |the )?(?P<sur>surname))"
    r"(?: is| was| would be|'s|s)?(?![a-z])[\s,:]*",
    re.IGNORECASE,
)
_LABEL_AFTER = re.compile(
    r"(?P<name>[A-Za-z'’-]+)(?:,)? (?:is|as|being) (?:my |the |his |her )?(?P<kind>first|given|last|family"
    r"|middle)(?: name)?\b",
    re.IGNORECASE,
)
_CORRECTION = re.compile(
    r"(?:^|[\s,.;]+)(?:no wait|wait no|no sorry|sorry no|no i mean|no actually|no no|no it's|no that's|i mean"
    r"|i meant|sorry|scratch that|actually"
    r"|correction|but it's|but legally it's|but (?:my|the) (?:real|full|legal|actual) name is|let me start over"
    r"|or rather|rather|wait|oops|my mistake|excuse me|make that|not that"
    r"|no)\b(?! [a-z]\b(?!\s+[a-z]\b))[\s,.;:]*",
    re.IGNORECASE,
)
_LAST_FIRST = re.compile(r"^\s*last name first\W*", re.IGNORECASE)
_REMARKS = re.compile(
    r"\b(?:that's |it's |which is |and that's |and it's )?(?:two words|one word|all one word|three words"
    r"|three letters|\w+ letters)\b",
    re.IGNORECASE,
)
_INITIAL = re.compile(
    r"[,.;]\s*(?:that's |it's |with )(?:an? )?(?P<letter>[a-z]) (?:as in|like|for) [\w-]+[\s.]*$", re.IGNORECASE
)
_DROPPED = word_set(
    "space um uh er erm hmm like spelled spelt spelling spell that's thats it's its is as so then and the my name i"
    " okay ok well you with word just by a an means right letters for also but known in dear honey hon sweetie"
)
_SUFFIXES = {
    "junior": "Jr.",
    "jr": "Jr.",
    "senior": "Sr.",
    "sr": "Sr.",
    "ii": "II",
    "iii": "III",
    "iv": "IV",
    "esquire": "Esq.",
    "esq": "Esq.",
}
_ORDINAL_SUFFIXES = {"second": "II", "third": "III", "fourth": "IV", "2nd": "II", "3rd": "III", "4th": "IV"}
_DOUBLE_GIVEN = frozenset(
    [
        "mary kate",
        "mary ann",
        "mary anne",
        "mary jane",
        "mary beth",
        "mary lou",
        "mary jo",
        "anne marie",
        "ann marie",
        "anna maria",
        "jean luc",
        "jean paul",
        "jean claude",
        "jean pierre",
        "jean marc",
        "billy joe",
        "sarah jane",
        "lee ann",
        "emma jane",
        "ana maria",
        "rose marie",
        "marie claire",
        "hans peter",
        "john paul",
        "karl heinz",
        "juan carlos",
        "luis miguel",
        "jo ann",
        "kim ly",
        "mei ling",
        "min jun",
        "anna lena",
        "lisa marie",
        "peggy sue",
    ]
)


def parse_name(text: str) -> str:
    """The person's name in ``text`` as people write it ("Mary-Kate O'Brien"), '' if there is none.

    Spelled letters replace the word that they spell; remarks such as 'with a K' or 'hyphenated' are obeyed.
    """
    plain = _plain(without_remark(text))
    parts = [part for part in _CORRECTION.split(plain) if part and part.strip(" ,.;:")]
    name = ""
    for part in parts:
        name = _corrected(name, _read(part))
    again = full_name_again(plain, name)
    return name if again == name else capitalized(again.split())


def _plain(text: str) -> str:
    plain = bounded(text).replace("…", " ").replace("—", ", ").replace("...", " ")
    plain = re.sub(r"\b[Mm]y name's\b", "my name is", plain)
    plain = (
        re.sub(r"(?:,?\s*(?:with an?\s+|and\s+)?capital [a-z]\b){1,4}[\s.]*$", "", plain, flags=re.IGNORECASE) or plain
    )
    plain = re.sub(r",?\s*(?:with an?\s+)?(?:capital [a-z]\s+)?apostrophe[\s.]*$", "", plain, flags=re.IGNORECASE)
    return _without_initial(_REMARKS.sub(" ", plain))


def _without_initial(text: str) -> str:
    """Without "that's X as in x-ray" behind a name in which a word begins so."""
    match = _INITIAL.search(text)
    if match is None:
        return text
    before = text[: match.start()]
    whole = len(before.split()) > 1 and re.search(rf"\b{match.group('letter')}\w+", before, re.IGNORECASE)
    return before if whole else text


def _corrected(name: str, better: str) -> str:
    """'Mary Jones', then 'James': the word that sounds like it changes; two words are a whole new name."""
    if not name or not better:
        return better or name
    old, new = name.split(), better.split()
    if len(new) >= len(old) or len(new) > 1:
        return better
    likest = max(range(len(old)), key=lambda place: (fuzz.ratio(old[place].lower(), new[0].lower()), place))
    return " ".join(new[0] if place == likest else word for place, word in enumerate(old))


def _read(part: str) -> str:
    """The name in a text without corrections."""
    part = _LAST_FIRST.sub("", part)
    if labelled := _labelled(part):
        return labelled
    part = _without_lead(part)
    without_tail = _TAIL.sub("", part)
    return _written(without_tail if without_tail.strip(" ,.") else part)


def _without_lead(part: str) -> str:
    while (match := _LEAD.match(part)) and match.end() and part[match.end() :].strip(" ,.;:!?"):
        part = part[match.end() :]
    if not re.search(r"(?:name|under|this) ", part, re.IGNORECASE):
        return part
    cut = re.search(
        r"^.*\b(?:name(?: on the \w+)?(?: is|'s| of)|under(?: the name(?: of)?)?|this is|placed by"
        r"|it's for)\s+(?=\S)",
        part,
        re.IGNORECASE,
    )
    return part[cut.end() :] if cut else part


def _labelled(part: str) -> str:
    """'last name Lopez, first name Maria', 'Lopez is my last name' as 'Maria Lopez'."""
    places: dict[str, str] = {}
    for match in _LABEL_AFTER.finditer(part):
        places[_place(match.group("kind"))] = _written(match.group("name"))
    labels = list(_LABEL.finditer(part))
    if labels and not places:
        before = _written(_without_lead(part[: labels[0].start()]))
        for label, following in zip(labels, [*labels[1:], None], strict=True):
            text = part[label.end() : following.start() if following else len(part)]
            without_tail = _TAIL.sub("", text)
            written = _written(_without_lead(without_tail if without_tail.strip(" ,.") else text))
            if written:
                kind = _place(label.group("kind") or "last")
                if "and last" in label.group().lower():
                    kind = "first"
                places[kind] = written
        if before and "first" not in places and re.match(r"[A-Z]", before):
            places["first"] = before
        elif before and "last" not in places:
            places["last"] = before
        if "middle" in places and len(places["middle"]) == 1:
            places["middle"] += "."
    return " ".join(places[kind] for kind in ("first", "middle", "last") if places.get(kind))


def _place(kind: str) -> str:
    lowered = kind.lower()
    return "last" if lowered in ("last", "family") else "middle" if lowered == "middle" else "first"


def _tokens(part: str) -> list[Token]:
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(part):
        found.append(Token(match.group(), glued=match.start() == end))
        end = match.end()
    return found[:MAX_TOKENS]


def _written(part: str) -> str:
    """Words, spelled letters and remarks joined to a name."""
    tokens = _tokens(part)
    pieces: list[str] = []
    joint = ""
    at = 0
    again = -1
    if inverted := _inverted(part):
        return inverted
    while at < len(tokens):
        word = tokens[at].word
        following = tokens[at + 1].word if at + 1 < len(tokens) else ""
        hyphen = _hyphenated(pieces, tokens, at)
        if hyphen:
            at = hyphen
            continue
        about = pieces if again < 0 else pieces[again : again + 1]
        if about and word != "-" and (hint := best_hint(about, tokens, at)):
            place, at, mended = hint
            place = place if again < 0 else again
            pieces[place] = pieces[place] if mended == pieces[place].lower() else mended
            continue
        spelled = spelled_at(tokens, at)
        if spelled:
            _put_spelled(pieces, joint, _chunks(tokens, at, spelled.end, spelled.letters))
            at, joint = spelled.end, ""
            continue
        if word in ("hyphen", "dash") or (word == "-" and pieces and following):
            joint, at = "-", at + 1
            continue
        if word in ("apostrophe",):
            joint, at = "'", at + 1
            continue
        if word == "the" and following in _ORDINAL_SUFFIXES and pieces:
            pieces.append(_ORDINAL_SUFFIXES[following])
            at += 2
            continue
        if word in _SUFFIXES and pieces:
            pieces.append(_SUFFIXES[word])
        elif word in (said := [piece.lower() for piece in pieces]) and following in ("with", "no", "without", "has"):
            again = said.index(word)  # 'Mark Jacobs, Mark with a C'
        elif word[0].isalpha() and word not in _DROPPED:
            _put(pieces, joint, _with_case(tokens, at))
            joint = ""
        elif word in ("a", "i") and tokens[at].raw.isupper() and pieces:
            _put(pieces, joint, tokens[at].raw)
        at += 1
    if len(pieces) >= 3 and pieces[0].lower() == pieces[-1].lower():
        pieces.pop(0)  # 'W I L L I A M S, Robert Williams'
    return capitalized(pieces)


def _inverted(part: str) -> str:
    """'Smith, John' as written on forms: 'John Smith'."""
    match = re.fullmatch(r"\s*([A-Z][A-Za-z'-]+), ([A-Z][a-z'-]+)[ .]*", part)
    if not match or fuzz.ratio(match.group(1).lower(), match.group(2).lower()) > 60:
        return ""
    return capitalized([match.group(2), match.group(1)])


def _with_case(tokens: list[Token], at: int) -> str:
    raw = tokens[at].raw.replace("’", "'")
    if len(raw) == 1 and at + 1 < len(tokens) and tokens[at + 1].raw == "." and tokens[at + 1].glued:
        return raw + "."
    return raw


def _put(pieces: list[str], joint: str, word: str) -> None:
    if joint and pieces:
        pieces[-1] = pieces[-1] + joint + word
    elif (
        pieces
        and pieces[-1].lower().rstrip("'") in ("o", "mc", "d", "mac")
        and len(word) > 2
        and pieces[-1].lower() != "mac"
    ):
        pieces[-1] = ("Mc" if pieces[-1].lower() == "mc" else pieces[-1][0].upper() + "'") + word.capitalize()
    elif not (pieces and pieces[-1].lower() == word.lower()):
        pieces.append(word)


def _chunks(tokens: list[Token], start: int, end: int, letters: str) -> list[str]:
    """Spelled words apart: 'J O N, S M Y T H' are two, 'S, M, I, T, H' is one."""
    words: list[str] = []
    at = start
    while at < end:
        stop = at
        while stop < end and tokens[stop].raw not in (",", ".", ";"):
            if stop > at and not tokens[stop].glued and tokens[stop - 2].raw == "-" and tokens[stop].raw != "-":
                break  # 'D-O-N-N-A N-O-B-L-E'
            stop += 1
        chunk = spelled_at(tokens[at:stop], 0, least=1) if stop > at else None
        if chunk:
            words.append(chunk.letters)
        at = stop if stop < end and tokens[stop].raw not in (",", ".", ";") else stop + 1
    if len(words) >= 2 and all(len(word) >= 2 for word in words) and "".join(words) == letters:
        return words
    return [letters]


def _put_spelled(pieces: list[str], joint: str, chunks: list[str]) -> None:
    """Spelled words replace the words that they spell."""
    if len(chunks) == 1 and len(pieces) >= 2:
        split = _split_like(pieces, chunks[0])
        chunks = split or chunks
    if len(chunks) > 1 and len(pieces) >= len(chunks):
        tail = pieces[-len(chunks) :]
        if all(_same(said, spelled) for said, spelled in zip(tail, chunks, strict=True)):
            pieces[-len(chunks) :] = [_kept_case(said, new) for said, new in zip(tail, chunks, strict=True)]
            return
    whole = "".join(chunks)
    if len(whole) <= 3 and any(piece.lower().endswith(whole) and len(piece) > len(whole) + 1 for piece in pieces):
        return  # 'Allan, two l's, a n'
    spans = [(place, place + 1) for place in range(len(pieces))] + [(len(pieces) - 2, len(pieces))] * (len(pieces) > 1)
    alike = [
        (fuzz.ratio(said.lower(), whole), start, end)
        for start, end in spans
        if _same(said := "".join(pieces[start:end]), whole)
    ]
    if len(chunks) == 1 and alike:
        _, start, end = max(alike)
        pieces[start:end] = [_kept_case("".join(pieces[start:end]), whole)]
        return
    for chunk in chunks:
        _put(pieces, joint, chunk.upper() if _initials(chunk) else chunk)


def _initials(letters: str) -> bool:
    """'jr', 'tj': two letters that are no name."""
    return len(letters) == 2 and (letters.endswith("j") or not re.search(r"[aeiouy]", letters)) and letters != "ng"


def _split_like(pieces: list[str], letters: str) -> list[str]:
    """'jonsmyth' after 'John Smith' as 'jon', 'smyth'."""
    first, last = pieces[-2].lower(), pieces[-1].lower()
    best = max(
        range(2, max(3, len(letters) - 1)),
        key=lambda cut: fuzz.ratio(first, letters[:cut]) + fuzz.ratio(last, letters[cut:]),
    )
    alike = fuzz.ratio(first, letters[:best]) >= 60 and fuzz.ratio(last, letters[best:]) >= 60
    return [letters[:best], letters[best:]] if alike and len(letters) > len(last) + 1 else []


def _same(said: str, spelled: str) -> bool:
    plain = re.sub(r"[^a-z]", "", said.lower())
    bare = re.sub(r"[^a-z]", "", spelled)
    return bool(plain and bare) and (
        fuzz.ratio(plain, bare) >= 55 or (plain[:2] == bare[:2] and abs(len(plain) - len(bare)) <= 3)
    )


def _kept_case(said: str, spelled: str) -> str:
    """The heard capitals and marks, where only they differ: 'McDonald' for 'mcdonald', "O'Brien" for 'obrien'."""
    plain = re.sub(r"[^a-z]", "", said.lower())
    return said if plain == re.sub(r"[^a-z]", "", spelled) and not re.search(r"[-']", spelled) else spelled


def _hyphenated(pieces: list[str], tokens: list[Token], at: int) -> int:
    """The end of 'with a hyphen (between Mary and Kate)', 'hyphenated' after joining; 0 for none."""
    start = at
    while start < len(tokens) and tokens[start].word in (",", "that's", "it's", "is", "and", "all"):
        start += 1
    rest = [token.word for token in tokens[start : start + 4]]
    if rest[:3] == ["with", "a", "hyphen"] or rest[:3] == ["with", "a", "dash"]:
        end = start + 3
    elif rest[:1] == ["hyphenated"]:
        end = start + 1
    else:
        return 0
    if len(pieces) < 2:
        return end
    after = [token.word for token in tokens[end : end + 8]]
    place = _place_of_hyphen(pieces, after)
    pieces[place : place + 2] = [f"{pieces[place]}-{pieces[place + 1]}"]
    return len(tokens) if after[:1] in (["between"], ["in"]) else end


def _place_of_hyphen(pieces: list[str], after: list[str]) -> int:
    lowered = [piece.lower() for piece in pieces]
    if after[:1] == ["between"]:
        for word in after[1:]:
            if word in lowered[:-1]:
                return lowered.index(word)
    if "first" in after or (len(pieces) >= 3 and " ".join(lowered[:2]) in _DOUBLE_GIVEN):
        return 0
    return len(pieces) - 2
