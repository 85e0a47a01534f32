"""Times as systems write them, as aware datetimes. A time without an offset has none until somebody says so."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from asterisk_agent.commerce.failures import BadAnswer


def moment(text: str, zone: tzinfo = UTC) -> datetime:
    """ISO 8601 ('Z' or an offset wins, else ``zone`` is meant) or RFC 2822. Raises BadAnswer."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            raise BadAnswer("a time is not in ISO 8601 or RFC 2822 form") from None
    return at if at.tzinfo else at.replace(tzinfo=zone)


def day(text: str, zone: tzinfo) -> date:
    """A day; a moment becomes the day that it has in ``zone``. Raises BadAnswer."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return moment(text, zone).astimezone(zone).date()
