"""Which of the orders that a caller could mean is nearest to what the recogniser heard."""

from __future__ import annotations

from collections.abc import Sequence

from asterisk_agent.dialog.spoken.doubt import SOUND_ALIKES

_SAME_SOUND = 0.35
"""Cost of hearing one character for another that sounds like it; 1 for any other."""
_MISSED = 0.8
"""Cost of a character too many or too few."""
_TEEN = 0.35
"""Cost of hearing fifteen for fifty."""
_BY_RANK = 0.12
"""Cost of being the recogniser's second, third … choice."""
_FAR = 2.0
"""A known number that differs by more is not what was said."""


def sound_distance(heard: str, meant: str) -> float:
    """How far two values of letters and digits sound apart: 0 the same, 1 for one clearly different character."""
    rows, columns = len(heard) + 1, len(meant) + 1
    table = [[0.0] * columns for _ in range(rows)]
    for row in range(rows):
        for column in range(columns):
            options: list[float] = []
            if row:
                options.append(table[row - 1][column] + _MISSED)
            if column:
                options.append(table[row][column - 1] + _MISSED)
            if row and column:
                options.append(table[row - 1][column - 1] + _exchange(heard[row - 1], meant[column - 1]))
            if row > 1 and column > 1 and _blurred(heard[row - 2 : row], meant[column - 2 : column]):
                options.append(table[row - 2][column - 2] + _TEEN)
            table[row][column] = min(options, default=0.0)
    return table[-1][-1]


def _exchange(heard: str, meant: str) -> float:
    if heard == meant:
        return 0.0
    return _SAME_SOUND if any(heard in alike and meant in alike for alike in SOUND_ALIKES) else 1.0


def _blurred(heard: str, meant: str) -> bool:
    """15 and 50."""
    return heard != meant and (
        (heard[0] == "1" and meant[1] == "0" and heard[1] == meant[0] and meant[0] in "3456789")
        or (meant[0] == "1" and heard[1] == "0" and meant[1] == heard[0] and heard[0] in "3456789")
    )


def nearest(readings: Sequence[str], known: Sequence[str]) -> list[tuple[str, float]]:
    """(value, score 0…1) of what was meant, the likeliest first.

    ``readings``: whole values from the recogniser's alternatives, its best first. ``known``: the order numbers of this
    caller; may be empty, then the readings are ranked alone. A known number beats a reading that only sounds like it;
    a reading far from every known number stays, for callers ask about other people's orders too.
    """
    found: dict[str, float] = {}
    for rank, reading in enumerate(dict.fromkeys(readings)):
        alone = 0.9 - _BY_RANK * rank if not known else 0.55 - _BY_RANK * rank
        found[reading] = max(found.get(reading, 0.0), alone)
        for number in known:
            distance = sound_distance(reading, number)
            if distance <= _FAR:
                score = 1.0 - _BY_RANK * rank / 2 - distance * 0.4
                found[number] = max(found.get(number, 0.0), score)
    ranked = [(value, round(max(score, 0.01), 3)) for value, score in found.items()]
    return sorted(ranked, key=lambda item: (-item[1], item[0]))
