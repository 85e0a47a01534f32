"""How people write the capitals of their names: McDonald, O'Brien, DeShawn, de la Cruz, Mary-Kate."""

from __future__ import annotations

import re
from collections.abc import Sequence

from asterisk_agent.dialog.spoken.vocabulary import word_set

_PARTICLES = word_set("de la del della di da dos das do van von der den ten ter el al bin y e las los")
_RUNS = (
    ("de", "la"),
    ("de", "las"),
    ("de", "los"),
    ("van", "der"),
    ("van", "den"),
    ("van", "de"),
    ("von", "der"),
)
_ALWAYS_SMALL = frozenset({"von", "del", "dos", "das", "y", "bin"})
_CAMEL = {
    name.lower(): name
    for name in [
        "DeShawn",
        "DeAndre",
        "DeMarcus",
        "DeAngelo",
        "DeAngelis",
        "DeLuca",
        "DeMarco",
        "DeSantis",
        "DeVito",
        "DeWitt",
        "DeYoung",
        "DeJesus",
        "DeLeon",
        "DeRosa",
        "DeSean",
        "DeJuan",
        "DeMario",
        "DeVonte",
        "DeBlasio",
        "DeGeneres",
        "DeVries",
        "DeRon",
        "DiCaprio",
        "DiMaggio",
        "DiNapoli",
        "DiPietro",
        "DiAngelo",
        "LaShawn",
        "LaToya",
        "LaTonya",
        "LaTasha",
        "LaKeisha",
        "LaBelle",
        "LaRue",
        "LaMarcus",
        "LaVonne",
        "LaRosa",
        "LaPorte",
        "LaFleur",
        "LaQuan",
        "LaDonna",
        "LeBron",
        "LeBlanc",
        "LeAnn",
        "LeAnne",
        "LeRoy",
        "LeShawn",
        "LeVar",
        "LeClair",
        "LeBeau",
        "JoAnn",
        "JoAnne",
        "JoBeth",
        "MacDonald",
        "MacArthur",
        "MacDougall",
        "MacGregor",
        "MacIntyre",
        "MacKenna",
        "MacLean",
        "MacLeod",
        "MacMillan",
        "MacNeil",
        "MacPherson",
        "MacPhee",
        "MacKinnon",
        "MacAllister",
        "MacDowell",
        "MacKay",
        "VanDyke",
        "VanBuren",
        "VanHorn",
        "VanWinkle",
        "FitzGerald",
        "O'Brien",
        "O'Connor",
        "O'Neill",
        "O'Neal",
        "O'Donnell",
        "O'Hara",
        "O'Reilly",
        "O'Malley",
        "O'Leary",
        "O'Keefe",
        "O'Sullivan",
        "O'Rourke",
        "O'Grady",
        "O'Shea",
        "O'Toole",
        "O'Hare",
        "D'Angelo",
        "D'Amico",
        "D'Souza",
        "D'Agostino",
        "D'Arcy",
        "D'Andrea",
    ]
}
_CAMEL.pop("fitzgerald")
_CAMEL |= {
    re.sub("'", "", key): value for key, value in _CAMEL.items() if "'" in key and key not in ("o'hare", "o'hara")
}
_CAMEL |= {"ohara": "O'Hara", "leroy": "Leroy", "joann": "Joann", "mackenna": "Mackenna"}
_ROMAN = frozenset({"II", "III", "IV", "Jr.", "Sr.", "Esq."})


def capitalized(pieces: Sequence[str]) -> str:
    """The words of a name joined by spaces, with the capitals that such a name has.

    Mixed case that was heard (from a recogniser) stays, except capitals throughout; so does 'Deshawn'.
    """
    lowered = [piece.lower() for piece in pieces]
    written: list[str] = []
    for place, piece in enumerate(pieces):
        if piece in _ROMAN:
            written.append(piece)
        elif _small(lowered, place, pieces):
            written.append(piece.lower())
        elif len(piece) == 1 and piece.isalpha() and 0 < place < len(pieces) - 1:
            written.append(f"{piece.upper()}.")
        elif piece.istitle() and lowered[place].startswith(("de", "la", "le")) and lowered[place] in _CAMEL:
            written.append(piece)
        else:
            written.append(_word(piece))
    return " ".join(written)


def _small(lowered: list[str], place: int, pieces: Sequence[str]) -> bool:
    """Particles inside a name that is not capitalised by the recogniser."""
    word, piece = lowered[place], pieces[place]
    if place == 0 or place == len(lowered) - 1 or word not in _PARTICLES:
        return False
    if piece[0].isupper():
        return False
    if any(other[0].isupper() for other in pieces):
        return True
    runs = any(tuple(lowered[start : start + 2]) == run for start in (place - 1, place) for run in _RUNS if start >= 0)
    return runs or word in _ALWAYS_SMALL or word in ("de", "di", "da", "la")


def _word(piece: str) -> str:
    return "-".join(_part(part) for part in piece.split("-"))


def _part(part: str) -> str:
    if not part:
        return part
    letters = part.replace("'", "").replace(".", "")
    if letters.isupper() and len(letters) == 2 and (letters.endswith("J") or not set(letters) & set("AEIOUY")):
        return part
    mixed = not letters.islower() and not letters.isupper() and part[0].isupper()
    if mixed and not (part[1:].islower() and part.lower() in _CAMEL) and any(char.isupper() for char in part[1:]):
        return part
    lowered = part.lower()
    if lowered in _CAMEL:
        return _CAMEL[lowered]
    if re.match(r"mc[a-z]{3,}", lowered):
        return "Mc" + lowered[2:].capitalize()
    if match := re.match(r"([od])'([a-z]+)$", lowered):
        return f"{match.group(1).upper()}'{match.group(2).capitalize()}"
    return lowered[0].upper() + lowered[1:]
