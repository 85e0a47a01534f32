"""Order number and details strung together without their names: '44109, 58102, and 2254', '44109 jan at gmail dot com'.

Each is known by its length and its place: the order number first, then what else there is, one of a kind. Where that
leaves a doubt nothing is read, and the parsers of single values have the word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from asterisk_agent.dialog.identity import Detail
from asterisk_agent.dialog.number_runs import LENGTHS, Run, runs
from asterisk_agent.dialog.spoken.details import parse_email
from asterisk_agent.dialog.spoken.order_format import OrderFormat, order_format
from asterisk_agent.dialog.spoken.order_number import parse_order_number
from asterisk_agent.dialog.spoken.tokens import bounded
from asterisk_agent.dialog.understanding import Scene

_LINKS = re.compile(
    r"(?:(?:and|then|with|also|plus|my|the|it'?s|is|that's|at|number|code|uh|um|er|ok(?:ay)?|so|or|in|on|account|file|card"
    r"|under)\b|[\s,.;:-])*",
    re.IGNORECASE,
)
"""Words that may stand between one value and the next."""
_TAKEN_BACK = re.compile(
    r"\b(?:no|nope|not|sorry|wait|mean|meant|actually|rather|oops|scratch|correction|instead)\b", re.IGNORECASE
)
_ORDERS = re.compile(r"\b(?:orders?|other|another|both|tracking|number|purchase)\b", re.IGNORECASE)
"""Words after which a number is more likely another order than a detail."""
_WILLINGLY = re.compile(r"\b(?:sure|of course|certainly|fine|yeah|yes|yep|here|here you go)\b", re.IGNORECASE)
_PAUSE = re.compile(r"[\s,.-]*")
_MOST_JOINED = 4
_SURE = 0.7
_PHONE = re.compile(r"1?[2-9]\d\d[2-9]\d{6}")


@dataclass(frozen=True)
class Strung:
    """What was read: the order number ('' where it is known or not said) and the details in the order said."""

    order: str = ""
    details: tuple[tuple[Detail, str], ...] = ()


def strung(text: str, scene: Scene) -> Strung | None:
    """Read the values of a turn together; None where they do not follow each other plainly."""
    text = bounded(text)
    shape = order_format(scene.pattern)
    said = runs(text, scene)
    if shape.has_letters and not scene.order:
        return None
    chains = (_Chain(text, shape, scene, said[at:]).read() for at in range(len(said)))
    return next((found for found in chains if found is not None), None)


@dataclass(frozen=True)
class _Chain:
    """Runs from one of them on, as far as they are linked."""

    text: str
    shape: OrderFormat
    scene: Scene
    runs: Sequence[Run]

    def read(self) -> Strung | None:
        head = self.runs[0]
        order, details = "", dict[Detail, str]()
        rest: Sequence[str] = ()
        taken = 1
        # '80352, and zip 95864' to the question for the ZIP code: the first is something else.
        other = not head.named and any(run.named and run.zone == head.zone for run in self.runs[1:])
        if (head.zone in ("open", "order_number") or other) and not self._known:
            order, rest, taken = self._number()
            if not order:
                return None
        else:
            taken = self._detail(0, details)
        if not taken or not self._add(details, rest):
            return None
        at = taken
        while at < len(self.runs):
            last, run = self.runs[at - 1], self.runs[at]
            if _TAKEN_BACK.search(self.text[last.end : run.start]):
                return None
            if run.zone == "tracking" or not (self._linked(last, run) or run.first or self._apart(order, at)):
                break
            taken = self._detail(at, details)
            if not taken:
                return None
            at += taken
        if address := self._address(at):
            details["email"] = address
        alone = len(details) + bool(order) < 2
        if alone and not (self._stands_out(head) if order else self._instead(details)):
            return None
        return Strung(order, tuple(details.items()))

    def _instead(self, details: dict[Detail, str]) -> bool:
        """Whether the one detail is another than the one that was asked for."""
        if self.scene.asked in ("open", "yes_no", "item", "choice"):
            head = self.runs[0]
            beside = self.text[: head.start] + self.text[head.end :]
            beside = _WILLINGLY.sub("", beside)
            return self._known and _LINKS.fullmatch(beside) is not None and not self.shape.fits(head.readings[0])
        return self.scene.asked in ("zip", "last4", "phone", "email") and self.scene.asked not in details

    @property
    def _known(self) -> bool:
        """An order is in use and nobody asked for another."""
        return bool(self.scene.order) and self.scene.asked != "order_number" and not self.scene.reading_back

    def _number(self) -> tuple[str, Sequence[str], int]:
        """The order number at the head, the digits that follow in its run without a pause, and the runs it takes."""
        heads = ("", *self.shape.beginnings)
        for run, taken in self._joined(0):
            for digits, head in product(run.readings, heads):
                if self.shape.fits(head + digits):
                    return self._lettered(run) or head + digits, (), taken
        run = self.runs[0]
        for digits, head, length in product(run.readings, heads, self.shape.lengths):
            cut = length - len(head)
            if 0 < cut < len(digits) and self.shape.fits(head + digits[:cut]) and self._splits(run, digits, cut):
                return head + digits[:cut], _parted(digits[cut:]), 1
        return "", (), 0

    def _joined(self, at: int) -> Iterator[tuple[Run, int]]:
        """The run there, then longer ones made of it and those after it: '441, 09'; with how many it takes."""
        run = self.runs[at]
        yield run, 1
        for count, after in enumerate(self.runs[at + 1 : at + _MOST_JOINED], 2):
            if after.zone != run.zone or not _PAUSE.fullmatch(self.text[run.end : after.start]):
                return
            run = replace(run, text=f"{run.text} {after.text}", end=after.end)
            yield run, count

    def _lettered(self, run: Run) -> str:
        """With the letters that stand before the digits, where the shop's numbers have some."""
        if not self.shape.speaks_letters:
            return ""
        before = re.split(r"[.,;?!]", self.text[: run.start])[-1]
        found = parse_order_number(before + self.text[run.start : run.end], self.scene.pattern)
        return found[0].value if found and found[0].confidence >= _SURE else ""

    def _splits(self, run: Run, digits: str, cut: int) -> bool:
        """Whether a run may hold more than the order number: ten digits that are a phone number are one."""
        if not _parted(digits[cut:]):
            return False
        if re.fullmatch(rf"\d{{{cut}}}\s\d+", run.text):
            return True  # written apart, as no phone number is
        return run.zone == "order_number" or not _PHONE.fullmatch(digits)

    def _detail(self, at: int, details: dict[Detail, str]) -> int:
        """The detail that begins with a run, kept if it is not known yet; the runs it takes, 0 where it is none."""
        if parts := self._zip_and_last4(at):
            return int(self._add(details, parts))
        joined = tuple(self._joined(at))
        for called in (True, False):
            for run, taken in joined:
                for digits in run.readings:
                    kind = run.as_called(digits) if called else run.by_length(digits) if self._free(run) else None
                    if kind and kind not in details:
                        details[kind] = digits[:5] if kind == "zip" else digits
                        return taken
        run = self.runs[at]
        if run.called:
            return 0
        return int(any(self._add(details, parts) for digits in run.readings if (parts := _parted(digits))))

    def _zip_and_last4(self, at: int) -> tuple[str, ...]:
        """'02139 4419' to the question for the ZIP code: with a pause, and no word for a ZIP code of nine digits."""
        run = self.runs[at]
        pieces = re.findall(r"\d+", run.text)
        parted = [len(piece) for piece in pieces] == [5, 4] and "-" not in run.text
        return tuple(pieces) if run.zone == "zip" and not run.named and parted else ()

    def _free(self, run: Run) -> bool:
        """Whether a run may be another detail than the one asked for: nothing names it, and it is all that was said."""
        phone = any(len(digits) == 10 for digits in run.readings)
        return not run.called or (not run.named and (phone or (run.zone != "zip" and len(self.runs) == 1)))

    @staticmethod
    def _add(details: dict[Detail, str], parts: Sequence[str]) -> bool:
        for part in parts:
            kind = LENGTHS.get(len(part))
            if kind is None or kind in details:
                return False
            details[kind] = part
        return True

    def _linked(self, last: Run, run: Run) -> bool:
        between = self.text[last.end : run.start]
        return _LINKS.fullmatch(between) is not None or bool(parse_email(between))

    def _apart(self, order: str, at: int) -> bool:
        """Whether a ZIP code or a phone number follows later: 'when's 66207 coming, I'm in 01610'."""
        between = self.text[self.runs[0].end : self.runs[at].start]
        lengths = {len(digits) for digits in self.runs[at].readings}
        return bool(order) and at == len(self.runs) - 1 and lengths <= {5, 10} and not _ORDERS.search(between)

    def _address(self, count: int) -> str:
        """An e-mail address after the numbers, or between them; what was said before them is no part of it."""
        head, last = self.runs[0], self.runs[count - 1]
        inside = [self.text[one.end : two.start] for one, two in zip(self.runs, self.runs[1:], strict=False)]
        before = self.text[: head.start] if head.zone == "email" else ""
        for part in (before, *inside, self.text[last.end :]):
            if address := parse_email(part):
                return address
        return ""

    def _stands_out(self, head: Run) -> bool:
        """The order number alone, plainly apart from the few digits that stand elsewhere in the turn."""
        others = [run for run in runs(self.text, self.scene) if run.start != head.start]
        return bool(others) and all(max(map(len, run.readings), default=0) <= 4 for run in others)


def _parted(digits: str) -> tuple[str, ...]:
    """Details said without a pause: a ZIP code or a phone number, then four digits of a card."""
    for lengths in ((5,), (4,), (10,), (5, 4), (5, 10), (10, 5), (10, 4), (5, 10, 4), (5, 4, 10)):
        if sum(lengths) == len(digits):
            parts, at = [], 0
            for length in lengths:
                parts.append(digits[at : at + length])
                at += length
            return tuple(parts)
    return ()
