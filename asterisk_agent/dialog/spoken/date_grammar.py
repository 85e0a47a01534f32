"""The ways in which a day is named, as a grammar over words with numbers in digits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal

from asterisk_agent.dialog.spoken import date_words as names
from asterisk_agent.dialog.spoken.date_anchor import Anchor, add_months, exact_day, moved
from asterisk_agent.dialog.spoken.holidays_us import PHRASES, nth_weekday
from asterisk_agent.dialog.spoken.vocabulary import word_set

Kind = Literal["weekday", "day", "month_day", "month", "period", "relative"]


@dataclass(frozen=True)
class Found:
    """A day named by the words up to ``end`` (exclusive).

    ``month``, ``number`` and ``modifier`` ('next', 'last', …) are what was said of them, for corrections in part.
    """

    end: int
    day: date
    kind: Kind
    month: int = 0
    number: int = 0
    weekday: int = -1
    modifier: str = ""


@dataclass(frozen=True)
class DateGrammar:
    """Reads the words of one utterance."""

    words: tuple[str, ...]
    anchor: Anchor

    def longest(self, at: int) -> Found | None:
        """The longest naming of a day that begins at word ``at``."""
        return max(self._all(at, 0), key=lambda found: found.end, default=None)

    def _all(self, at: int, depth: int) -> Iterator[Found]:
        if at >= len(self.words) or depth > 3:
            return
        simple = [
            found
            for found in (
                *self._relative(at),
                *self._numeric(at),
                *self._month_day(at),
                *self._bare_day(at),
                *self._weekday(at),
                *self._holiday(at),
                *self._period(at),
                *self._nth_weekday(at),
            )
            if found is not None
        ]
        for found in simple:
            yield from self._followed(found)
        yield from self._offset(at, depth)
        yield from self._around(at, depth)

    def word(self, at: int) -> str:
        """The word at ``at`` or ''."""
        return self.words[at] if 0 <= at < len(self.words) else ""

    def _skip(self, at: int, *fillers: str) -> int:
        while self.word(at) in fillers:
            at += 1
        return at

    def _phrase(self, at: int, *phrase: str) -> bool:
        return self.words[at : at + len(phrase)] == phrase

    # Today and its neighbours

    def _relative(self, at: int) -> Iterator[Found]:
        def found(length: int, days: int) -> Found:
            return Found(at + length, self.anchor.today + timedelta(days=days), "relative")

        for phrase, days in _RELATIVE:
            if self._phrase(at, *phrase):
                yield found(len(phrase), days)

    def _followed(self, found: Found) -> Iterator[Found]:
        """'Friday week', 'Friday after next', 'Tuesday before last', 'tomorrow in a week'."""
        yield found
        end = found.end
        if self.word(end) == "week" and found.kind in ("weekday", "relative") and self.word(end + 1) not in ("ago",):
            base = self.anchor.weekday(found.weekday, "coming") if found.kind == "weekday" else found.day
            yield Found(end + 1, base + timedelta(days=7), "relative")
        if self._phrase(end, "after", "next"):
            base = self.anchor.weekday(found.weekday, "next") if found.kind == "weekday" else found.day
            yield Found(end + 2, base + timedelta(days=7), "relative")
        if self._phrase(end, "before", "last"):
            base = self.anchor.weekday(found.weekday, "last") if found.kind == "weekday" else found.day
            yield Found(end + 2, base - timedelta(days=7), "relative")

    # Numbers

    def _numeric(self, at: int) -> Iterator[Found]:
        """'12/3', '12/3/26', '12-3-2026', '2026-12-03', 'twelve slash three'."""
        parts: list[str] = []
        end = at
        while self.word(end).isdigit() and len(parts) < 3:
            parts.append(self.word(end))
            end += 1
            if len(parts) < 3 and self.word(end) in ("/", "-", "slash", "dash") and self.word(end + 1).isdigit():
                end += 1
            else:
                break
        if len(parts) == 3 and len(parts[0]) == 4:
            day = exact_day(int(parts[0]), int(parts[1]), int(parts[2]))
        elif len(parts) == 3:
            year = int(parts[2])
            if year == 20 and self.word(end).isdigit() and len(self.word(end)) == 2:
                year, end = 2000 + int(self.word(end)), end + 1
            day = exact_day(year if year > 99 else 2000 + year, int(parts[0]), int(parts[1]))
        elif len(parts) == 2:
            day = self.anchor.month_day(int(parts[0]), int(parts[1]))
        else:
            return
        if day:
            yield Found(end, day, "month_day", day.month, day.day)

    def pair(self, at: int) -> Found | None:
        """'twelve three' for December third: only where nothing else names a day."""
        month, end = self.word(at), at + 1
        if self.word(end) in ("oh", "o", "0"):
            end += 1
        number = self.word(end)
        if not (month.isdigit() and number.isdigit() and 1 <= int(month) <= 12 and 1 <= int(number) <= 31):
            return None
        year, stop = self._year(end + 1)
        if not year and re.fullmatch(r"2\d", self.word(end + 1)):
            year, stop = 2000 + int(self.word(end + 1)), end + 2
        day = exact_day(year, int(month), int(number)) if year else self.anchor.month_day(int(month), int(number))
        return Found(stop if year else end + 1, day, "month_day", int(month), int(number)) if day else None

    def _number(self, at: int) -> int:
        """The day of the month at ``at``: '23rd' or '23'; 0 for none."""
        match = re.fullmatch(r"(\d{1,2})(?:st|nd|rd|th)?", self.word(at))
        if match and 1 <= int(match.group(1)) <= 31:
            return int(match.group(1))
        return 2 if self.word(at) == "second" else 0

    def _is_ordinal(self, at: int) -> bool:
        return self._number(at) > 0 and not self.word(at).isdigit()

    def _year(self, at: int) -> tuple[int, int]:
        """(year, end) of '2026' or '20 26' at ``at``; (0, at) for none."""
        after = self._skip(at, ",", "of", "in")
        if re.fullmatch(r"20\d\d", self.word(after)):
            return int(self.word(after)), after + 1
        if self.word(after) == "20" and re.fullmatch(r"[0-4]\d", self.word(after + 1)):
            return 2000 + int(self.word(after + 1)), after + 2
        if self.word(after) in names.THIS - {"the"} and self.word(after + 1) == "year":
            return self.anchor.today.year, after + 2
        if self.word(after) in ("last", "next") and self.word(after + 1) == "year":
            return self.anchor.today.year + (1 if self.word(after) == "next" else -1), after + 2
        return 0, at

    def _month_day(self, at: int) -> Iterator[Found]:
        """'December 3rd 2026', 'December the 3rd', 'the 3rd of December', '3 December', each after a weekday or not."""
        weekday = names.WEEKDAYS.get(_bare(self.word(at)), -1)
        start = self._skip(at + 1, ",", "the", "on") if weekday >= 0 else self._skip(at, "the")
        month, number, end = 0, 0, start
        if self.word(start) in names.MONTHS:
            month = names.MONTHS[self.word(start)]
            after = self._skip(start + 1, "the", ".", ",")
            number, end = self._number(after), after + 1
        elif self._number(start):
            number = self._number(start)
            after = self._skip(start + 1, "day", "of", ",")
            if self.word(after) in ("month", "this", "next", "last", "the"):
                yield from self._number_of_month(start, number)
                return
            month, end = names.MONTHS.get(self.word(after), 0), after + 1
            if self.word(start).isdigit() and self.word(start - 1) in ("hundred", "$", "#"):
                month = 0
        if not month or not number:
            if month and self.word(at) == self.word(start) and self.word(at) not in ("may", "march", "mar", "sun"):
                day = self.anchor.month_day(month, 1)
                if day:
                    yield Found(start + 1, day, "month", month)
            return
        year, end = self._year(end)
        day = exact_day(year, month, number) if year else self.anchor.matching(month, number, weekday)
        if day:
            yield Found(end, day, "month_day", month, number, weekday)

    def _number_of_month(self, start: int, number: int) -> Iterator[Found]:
        """'the 5th of next month'."""
        at = self._skip(start + 1, "day", "of")
        modifier = self.word(at)
        end = at + 1 if modifier == "month" else at + 2
        if modifier != "month" and self.word(at + 1) != "month":
            return
        first = add_months(self.anchor.today.replace(day=1), {"next": 1, "last": -1}.get(modifier, 0))
        if modifier in ("month", "the"):
            yield Found(end, self.anchor.day_of_month(number), "day", 0, number)
        elif day := exact_day(first.year, first.month, number):
            yield Found(end, day, "day", day.month, number)

    def _bare_day(self, at: int) -> Iterator[Found]:
        """'the 23rd', '23rd', 'Friday the 27th', 'the 23' at the end."""
        weekday = names.WEEKDAYS.get(_bare(self.word(at)), -1)
        start = self._skip(at + 1, ",", "the") if weekday >= 0 else at
        if weekday < 0 and self.word(start) == "the":
            start += 1
        number = self._number(start)
        if (
            not number
            or self.word(start + 1) in names.UNITS
            or self.word(start + 1) in ("hundred", "dollars", "/", "-")
        ):
            return
        before = start - 2 if self.word(start - 1) == "the" else start - 1
        if self.word(before) in names.MONTHS:
            return  # a day that the month does not have
        named = self.word(start - 1) == "the" or weekday >= 0
        if not self._is_ordinal(start) and not (named and self._ends(start + 1)):
            return
        again = self.word(start - 1) in (",", "no", "sorry", "mean", "actually", "wait", "it")
        if self.word(start) == "second" and not named and not (again and self._ends(start + 1)):
            return
        if _bare(self.word(start + 1)) in names.WEEKDAYS or self.word(start + 1) in _COUNTED:
            return
        if weekday >= 0:
            yield Found(
                start + 1, self.anchor.matching(0, number, weekday) or self.anchor.today, "day", 0, number, weekday
            )
        else:
            yield Found(start + 1, self.anchor.day_of_month(number), "day", 0, number)

    def _ends(self, at: int) -> bool:
        return self.word(at) in ("", ".", ",", "?", "!", "please", "if", "would", "works", "or", "is", "thanks")

    # Weekdays

    def _weekday(self, at: int) -> Iterator[Found]:
        """'Friday', 'this coming Friday', 'next Friday', 'Friday next week', 'last week Friday', 'Monday of"
        " last week'."""
        modifier, start = "", at
        while self.word(start) in _MODIFIERS and start - at < 3:
            modifier = "" if self.word(start) == "the" else _stronger(modifier, self.word(start))
            start += 1
        if self.word(start) == "week":  # "next week (on) Friday"
            after = self._skip(start + 1, ",", "on", "the")
            weekday = names.WEEKDAYS.get(_bare(self.word(after)), -1)
            if weekday >= 0 and modifier:
                yield Found(
                    after + 1, self.anchor.in_week(weekday, modifier), "relative", weekday=weekday, modifier=modifier
                )
            return
        weekday = names.WEEKDAYS.get(_bare(self.word(start)), -1)
        if weekday < 0:
            return
        yield Found(start + 1, self.anchor.weekday(weekday, modifier), "weekday", weekday=weekday, modifier=modifier)
        after = self._skip(start + 1, ",", "of", "in", "the")
        if self.word(after) in _MODIFIERS and self.word(after + 1) == "week":
            day = self.anchor.in_week(weekday, self.word(after))
            yield Found(after + 2, day, "relative", weekday=weekday, modifier=self.word(after))
        if self._phrase(after, "week", "after", "next") or self._phrase(after, "week", "before", "last"):
            weeks = 2 if self.word(after + 1) == "after" else -2
            day = self.anchor.monday(weeks) + timedelta(days=weekday)
            yield Found(after + 3, day, "relative", weekday=weekday)

    # Holidays

    def _holiday(self, at: int) -> Iterator[Found]:
        start = self._skip(at, "the")
        modifier = self.word(start) if self.word(start) in ("next", "last", "this", "past", "coming") else ""
        start += bool(modifier)
        for phrase in PHRASES:
            if self._phrase(start, *phrase):
                end = start + len(phrase)
                year, end = self._year(end)
                yield Found(end, self.anchor.holiday(" ".join(phrase), year, modifier), "relative")
                return
        if self.word(start) in ("4th", "4") and (self._phrase(start + 1, "of", "july")):
            year, end = self._year(start + 3)
            day = exact_day(year, 7, 4) if year else self.anchor.month_day(7, 4)
            if day:
                yield Found(end, day, "month_day", 7, 4)

    # Weeks and months as a whole

    def _period(self, at: int) -> Iterator[Found]:
        """'end of the month', 'beginning of next week', 'this weekend', 'mid December', 'next week', 'next month'."""
        start = self._skip(at, "the")
        part = ""
        if self.word(start) in names.STARTS | names.MIDDLES | names.ENDS:
            part = self.word(start)
            start = self._skip(start + 1, "of", "in", "-")
        elif self.word(start) in ("1st", "last", "final") and self._phrase(start + 1, "day", "of"):
            part = "start" if self.word(start) == "1st" else "end"
            start += 3
        elif self.word(start) == "1st" and self.word(start + 1) == "of":
            part, start = "start", start + 2
        first = start
        modifier = ""
        while self.word(start) in _MODIFIERS | {"that"}:
            modifier = self.word(start) if self.word(start) != "the" else modifier
            start += 1
        step = {"next": 1, "following": 1, "last": -1, "past": -1, "previous": -1}.get(modifier, 0)
        span = self.word(start)
        if span in ("weekend", "weekends"):
            yield Found(start + 1, self.anchor.weekend(modifier), "period")
        elif span == "week" and (part or modifier) and not (part == "" and step == 0):
            monday = self.anchor.monday(step)
            offset = 0 if not part or part in names.STARTS else 2 if part in names.MIDDLES else 4
            yield Found(start + 1, monday + timedelta(days=offset), "relative" if part else "period")
        elif span == "month" and (part or step):
            month = add_months(self.anchor.today.replace(day=1), step)
            after = self._skip(start + 1, "on", ",", "the")
            if not part and after > start + 1 and (day := exact_day(month.year, month.month, self._number(after))):
                yield Found(after + 1, day, "day", day.month, day.day)
            yield Found(start + 1, self.anchor.part_of_month(month.year, month.month, part), "relative")
        elif span == "year" and part:
            year = self.anchor.today.year + step
            yield Found(start + 1, date(year, 12, 31) if part in names.ENDS else date(year, 1, 1), "relative")
        elif part and start == first and span in names.MONTHS:
            near = self.anchor.month_day(names.MONTHS[span], 1 if part in names.STARTS else 28)
            if near:
                year, end = self._year(start + 1)
                yield Found(end, self.anchor.part_of_month(year or near.year, near.month, part), "relative")
        if self._phrase(at, "week", "after", "next"):
            yield Found(at + 3, self.anchor.monday(2), "relative")

    def _nth_weekday(self, at: int) -> Iterator[Found]:
        """'the first Monday in December', 'the last Friday of the month'."""
        start = self._skip(at, "the")
        nth = names.NTH.get(self.word(start), 0)
        weekday = names.WEEKDAYS.get(_bare(self.word(start + 1)), -1)
        if not nth or weekday < 0 or self.word(start + 2) not in ("of", "in"):
            return
        after = self._skip(start + 3, "the", "this")
        if self.word(after) in names.MONTHS:
            month = names.MONTHS[self.word(after)]
            year, end = self._year(after + 1)
            days = [nth_weekday(year or self.anchor.today.year + offset, month, weekday, nth) for offset in (-1, 0, 1)]
            yield Found(end, self.anchor.chosen(days), "relative")
        elif self.word(after) == "month" or self.word(after + 1) == "month":
            step = {"next": 1, "last": -1}.get(self.word(after), 0)
            first = add_months(self.anchor.today.replace(day=1), step)
            end = after + (1 if self.word(after) == "month" else 2)
            yield Found(end, nth_weekday(first.year, first.month, weekday, nth), "relative")

    # So long before or after

    def _offset(self, at: int, depth: int) -> Iterator[Found]:
        """'in two days', 'a week from Monday', 'three days ago', 'two days before Christmas', 'a week ago Tuesday'."""
        yield from self._weekdays_away(at)
        inside = self.word(at) in ("in", "within", "after", "like", "about")
        count = self._count(at + inside)
        if count is None:
            return
        end, amount, unit = count
        if inside and self.word(at) in ("in", "within", "after"):
            day = moved(self.anchor.today, amount, unit)
            yield Found(end, day, "relative")
            if self.word(end) in ("time", "time's"):
                yield Found(end + 1, day, "relative")
        if self.word(end) in ("ago", "back", "earlier", "prior"):
            day = moved(self.anchor.today, -amount, unit)
            yield Found(end + 1, day, "relative")
            after = self._skip(end + 1, ",", "on", "last", "this", "past")
            weekday = names.WEEKDAYS.get(_bare(self.word(after)), -1)
            if weekday >= 0 and unit == names.WEEK:
                back = (self.anchor.today.weekday() - weekday) % 7
                yield Found(after + 1, self.anchor.today - timedelta(days=back + 7 * amount), "relative")
            elif self._phrase(end + 1, "today"):
                yield Found(end + 2, day, "relative")
            elif self._phrase(end + 1, "yesterday"):
                yield Found(end + 2, day - timedelta(days=1), "relative")
        if unit == names.WEEK and not inside and self.word(end) not in ("ago",):
            for near in (*self._relative(end), *self._weekday(end)):
                if near.kind in ("relative", "weekday") and near.end == end + 1 and near.day >= self.anchor.today:
                    yield Found(near.end, moved(near.day, amount, unit), "relative")
        if self.word(end) == "out":
            yield Found(end + 1, moved(self.anchor.today, amount, unit), "relative")
        link = self.word(end)
        if link in ("from", "after", "before", "on", "past", "following", "since", "prior"):
            sign = -1 if link in ("before", "prior") else 1
            after = self._skip(end + 1, "to")
            if self.word(after) == "now":
                yield Found(after + 1, moved(self.anchor.today, sign * amount, unit), "relative")
            for base in self._all(after, depth + 1):
                if link != "on" or base.kind == "weekday":
                    yield Found(base.end, moved(base.day, sign * amount, unit), "relative")

    def _weekdays_away(self, at: int) -> Iterator[Found]:
        """'two Fridays ago', 'three Mondays from now'."""
        amount = int(self.word(at)) if re.fullmatch(r"[2-9]", self.word(at)) else 0
        weekday = names.WEEKDAYS.get(_bare(self.word(at + 1)), -1)
        if not amount or weekday < 0:
            return
        if self.word(at + 2) == "ago":
            day = self.anchor.weekday(weekday, "last") - timedelta(weeks=amount - 1)
            yield Found(at + 3, day, "relative", weekday=weekday)
        elif self._phrase(at + 2, "from", "now"):
            day = self.anchor.weekday(weekday, "coming") + timedelta(weeks=amount - 1)
            yield Found(at + 4, day, "relative", weekday=weekday)

    def _count(self, at: int) -> tuple[int, int, str] | None:
        """(end, amount, unit) of 'two weeks', 'a couple of days', '3 business days'."""
        word = self.word(at)
        start = at
        if word == "a" and self.word(at + 1) in ("couple", "few"):
            start, word = at + 1, self.word(at + 1)
        if word == "another":
            word = "a"
        amount = int(word) if word.isdigit() and len(word) <= 3 else names.COUNTS.get(word)
        if amount is None:
            return None
        after = self._skip(start + 1, "of", "more")
        business = self.word(after) in ("business", "working", "work")
        unit = names.UNITS.get(self.word(after + business))
        if unit is None:
            return None
        name, times = (names.WORKDAY, 1) if business else unit
        return after + business + 1, amount * times, name

    def _around(self, at: int, depth: int) -> Iterator[Found]:
        """'the day after Thanksgiving', 'the Friday before Christmas', 'the week of the fifth'."""
        start = self._skip(at, "the")
        link = self.word(start + 1)
        if self.word(start) in ("day", "week") and link in ("after", "before", "following"):
            days = (1 if self.word(start) == "day" else 7) * (-1 if link == "before" else 1)
            for base in self._all(start + 2, depth + 1):
                yield Found(base.end, base.day + timedelta(days=days), "relative")
        weekday = names.WEEKDAYS.get(_bare(self.word(start)), -1)
        if weekday >= 0 and link in ("after", "before", "following"):
            for base in self._all(start + 2, depth + 1):
                if link == "before":
                    back = (base.day.weekday() - weekday) % 7 or 7
                    yield Found(base.end, base.day - timedelta(days=back), "relative", weekday=weekday)
                else:
                    ahead = (weekday - base.day.weekday()) % 7 or 7
                    yield Found(base.end, base.day + timedelta(days=ahead), "relative", weekday=weekday)
        if self.word(start) == "week" and link == "of":
            for base in self._all(start + 2, depth + 1):
                yield replace(base, kind="relative")


_COUNTED = frozenset({"one", "item", "order", "time", "thing", "available", "delivery", "package", "attempt", "box"})
"""Nouns that an ordinal counts, so that it names no day."""
_MODIFIERS = word_set("this next last past coming upcoming following previous the current")
_RELATIVE: tuple[tuple[tuple[str, ...], int], ...] = tuple(
    (tuple(phrase.split()), days)
    for phrase, days in (
        ("today", 0),
        ("to day", 0),
        ("tonight", 0),
        ("this morning", 0),
        ("this afternoon", 0),
        ("this evening", 0),
        ("right now", 0),
        ("right away", 0),
        ("as soon as possible", 0),
        ("tomorrow", 1),
        ("tomorrow's", 1),
        ("tomorow", 1),
        ("tommorow", 1),
        ("two morrow", 1),
        ("2 morrow", 1),
        ("to morrow", 1),
        ("overmorrow", 2),
        ("day after tomorrow", 2),
        ("the day after tomorrow", 2),
        ("next day", 1),
        ("the next day", 1),
        ("yesterday", -1),
        ("yesterday's", -1),
        ("last night", -1),
        ("day before yesterday", -2),
        ("the day before yesterday", -2),
        ("day before last", -2),
        ("night before last", -2),
        ("the other day", -2),
    )
)


def _bare(word: str) -> str:
    """'friday's' and 'fridays' as 'friday'."""
    return word.removesuffix("'s") if word.endswith("'s") else word[:-1] if word.endswith("days") else word


def _stronger(old: str, new: str) -> str:
    """Of 'this coming', 'this past', 'the next' the word that decides."""
    return old if old and new == "this" else new
