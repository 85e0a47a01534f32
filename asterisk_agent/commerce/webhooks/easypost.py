"""EasyPost's webhooks: 'tracker.created' and 'tracker.updated' bring the whole tracker.

``X-Hmac-Signature`` is 'hmac-sha256-hex=' and the HMAC of the raw body with the webhook's secret, whose letters are
brought into form NFKD first (EasyPost's client libraries, validate_webhook). Nothing of it tells the time: a delivery
that is played back tells of the past, and news older than what is known is dropped where it is kept. Newer webhooks
send ``X-Hmac-Signature-V2`` as well, over X-Timestamp, method, X-Path and body (docs.easypost.com, Webhooks Guide);
it is enough by itself where the older header is left off.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Mapping
from datetime import datetime

from pydantic import ValidationError

from asterisk_agent.commerce.carriers.easypost_reading import SYSTEM, Tracker, told
from asterisk_agent.commerce.failures import BadAnswer
from asterisk_agent.commerce.times import moment
from asterisk_agent.commerce.web.answer import Part, read
from asterisk_agent.commerce.webhooks.news import News, NotGenuine, TrackingNews
from asterisk_agent.settings_systems import EasyPost

OLDEST_S = 300.0
_PREFIX = "hmac-sha256-hex="


class _Event(Part):
    id: str = ""
    description: str = ""
    result: object = None


def receive(
    section: EasyPost, headers: Mapping[str, str], body: bytes, query: Mapping[str, str], now: datetime
) -> tuple[News, ...]:
    """What a delivery tells of a parcel; () for events of anything else. Raises NotGenuine."""
    _verify(section.webhook_secret.get_secret_value(), headers, body, now)
    try:
        event = _Event.model_validate_json(body)
        if not event.description.startswith("tracker."):
            return ()
        tracker = read(Tracker, event.result, SYSTEM)
        return (TrackingNews(SYSTEM, told(tracker, tracker.number), event.id),)
    except (ValidationError, BadAnswer):
        raise NotGenuine("the delivery is genuine, but not as EasyPost describes it") from None


def _verify(secret: str, headers: Mapping[str, str], body: bytes, now: datetime) -> None:
    if not secret:
        raise NotGenuine("carriers.easypost.webhook_secret is not set: no webhook is accepted")
    given = headers.get("x-hmac-signature")
    if given is not None:
        if not _is_signed(secret, given, body):
            raise NotGenuine("the signature is wrong; is carriers.easypost.webhook_secret that of the webhook?")
        return
    newer = headers.get("x-hmac-signature-v2")
    if newer is None:
        raise NotGenuine("X-Hmac-Signature is missing: set a webhook_secret at EasyPost's webhook")
    at, path = headers.get("x-timestamp", ""), headers.get("x-path", "")
    if not _is_signed(secret, newer, f"{at}POST{path}".encode("utf-8", "surrogateescape") + body):
        raise NotGenuine("the signature is wrong; is carriers.easypost.webhook_secret that of the webhook?")
    _verify_age(at, now)


def _verify_age(at: str, now: datetime) -> None:
    try:
        age = abs((now - moment(at)).total_seconds())
    except BadAnswer:
        raise NotGenuine("X-Timestamp is no time") from None
    if age > OLDEST_S:
        raise NotGenuine("the delivery is too old, or a clock is wrong")


def _is_signed(secret: str, given: str, content: bytes) -> bool:
    key = unicodedata.normalize("NFKD", secret).encode()
    wanted = _PREFIX + hmac.new(key, content, hashlib.sha256).hexdigest()
    return hmac.compare_digest(given.strip().encode("utf-8", "surrogateescape"), wanted.encode())
