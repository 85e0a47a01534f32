"""In which order two wishes of one breath are served, and which two are really one."""

from __future__ import annotations

from collections.abc import Sequence

ACTS = frozenset({"affirm", "deny", "repeat", "wait", "goodbye", "greeting", "provide_identity", "out_of_scope"})
"""Labels that are no call type of their own."""

_URGENCY = ("talk_to_human", "cancel_order", "address_change")
"""A person first, then the changes that dispatch could overtake."""

_NEEDS: dict[str, frozenset[str]] = {
    "refund_status": frozenset({"return_status"}),
    "start_return_exchange": frozenset({"complaint_missing_damaged", "policy_faq"}),
    "follow_up": frozenset({"complaint_missing_damaged", "order_status"}),
}
"""What has to be known before the wish can be served."""

_PART_OF: dict[str, frozenset[str]] = {
    "order_status": frozenset(
        {
            "delivery_delay",
            "complaint_missing_damaged",
            "failed_delivery_reschedule",
            "large_item_delivery",
            "return_status",
        }
    ),
    "delivery_delay": frozenset(
        {"complaint_missing_damaged", "failed_delivery_reschedule", "refund_status", "return_status", "subscription"}
    ),
    "cancel_order": frozenset({"subscription"}),
    "failed_delivery_reschedule": frozenset({"large_item_delivery"}),
    "refund_status": frozenset({"start_return_exchange"}),
}
"""The wish on the left says nothing more beside one on the right: 'my package is late, where is it'."""


def served(labels: Sequence[str]) -> tuple[str, ...]:
    """Call types as they are served: a person, urgent changes, what others depend on, then as said."""
    said = [label for label in dict.fromkeys(labels) if not _PART_OF.get(label, frozenset()) & set(labels)]
    ranked = sorted(said, key=lambda label: _URGENCY.index(label) if label in _URGENCY else len(_URGENCY))
    for label in list(ranked):
        before = [other for other in ranked if other in _NEEDS.get(label, frozenset())]
        if before:
            ranked.remove(label)
            ranked.insert(max(ranked.index(other) for other in before) + 1, label)
    return tuple(ranked)
