"""Statuses in free words ('Out for Delivery', 'label_created', 'confirmed') as the vocabularies of the models."""

from __future__ import annotations

import re
from typing import TypeVar

from asterisk_agent.commerce.models import OrderStatus, ShipmentStatus

_SHIPMENT_WORDS: tuple[tuple[str, ShipmentStatus], ...] = (
    (r"out for delivery|on (?:the )?(?:truck|vehicle)", ShipmentStatus.OUT_FOR_DELIVERY),
    (r"attempt|missed|failed delivery|delivery failed|undeliver|not delivered", ShipmentStatus.ATTEMPT_FAILED),
    (r"pick ?up|\bheld\b|\bhold\b|ready to collect", ShipmentStatus.AVAILABLE_FOR_PICKUP),
    (r"return", ShipmentStatus.RETURNING),
    (r"delay|\blate\b", ShipmentStatus.DELAYED),
    (r"exception|damage|\blost\b|problem|stuck", ShipmentStatus.EXCEPTION),
    (r"delivered", ShipmentStatus.DELIVERED),
    (
        r"pre ?transit|label|pre ?shipment|not (?:yet )?shipped|awaiting|info received|pending",
        ShipmentStatus.PRE_TRANSIT,
    ),
    (
        r"transit|shipped|\bway\b|moving|picked up|departed|arrived|delivery|en route|accepted",
        ShipmentStatus.IN_TRANSIT,
    ),
)
_ORDER_WORDS: tuple[tuple[str, OrderStatus], ...] = (
    (r"cancel", OrderStatus.CANCELLED),
    (r"\bpart(?:ly|ial|ially)?\b", OrderStatus.PARTLY_SHIPPED),
    (r"refunded", OrderStatus.REFUNDED),
    (r"\bhold\b", OrderStatus.ON_HOLD),
    (r"^delivered|^completed?$|^returned$", OrderStatus.DELIVERED),
    (r"\bnot (?:yet )?shipped|unshipped|unfulfilled|awaiting|ready to ship", OrderStatus.PROCESSING),
    (r"process|prepar|pack|confirm|paid|back ?order", OrderStatus.PROCESSING),
    (r"pending|placed|received|new|open|created", OrderStatus.PENDING),
    (
        r"ship|transit|deliver|dispatch|\bway\b|fulfil|attempt|delay|exception|pick ?up|return|\blost\b",
        OrderStatus.SHIPPED,
    ),
)
_Status = TypeVar("_Status")


def status_of(text: str) -> OrderStatus:
    """An order's status; words that say nothing mean that it is being prepared."""
    return _first(text, _ORDER_WORDS) or OrderStatus.PROCESSING


def shipment_status_of(text: str) -> ShipmentStatus | None:
    """A shipment's status, None when the words say nothing of one."""
    return _first(text, _SHIPMENT_WORDS)


def _first(text: str, words: tuple[tuple[str, _Status], ...]) -> _Status | None:
    plain = re.sub(r"[_\-\s]+", " ", text.lower()).strip()
    return next((status for pattern, status in words if re.search(pattern, plain)), None)
