"""Which identity level each tool needs. The tools check it themselves; nothing else in the dialogue can lift it.

Level 1: status words. 2: everything about the order. 3: changes that move goods or money elsewhere.
"""

from __future__ import annotations

from asterisk_agent.commerce import changes

DETAILS = 2
"""Reading anything but status words."""

CHANGES: dict[str, int] = {
    changes.ChangeAddress.name: 3,
    changes.InterceptParcel.name: 3,
    changes.CancelOrder.name: 3,
    changes.CancelItem.name: 3,
    changes.OpenReturn.name: 3,
    changes.OpenExchange.name: 3,
    changes.Reorder.name: 3,
    changes.HoldAtLocation.name: 2,
    changes.RescheduleDelivery.name: 2,
    changes.SkipSubscription.name: 2,
    changes.PauseSubscription.name: 2,
    changes.MoveSubscription.name: 2,
    changes.BookSlot.name: 2,
    changes.MoveSlot.name: 2,
    changes.RegisterWarranty.name: 2,
}
"""The default of each change; ``identity.levels`` in the settings can raise or lower one between 2 and 3."""


def needed(change: str, settings: dict[str, int]) -> int:
    """The level that a change needs; one that is in no table needs the highest."""
    return settings.get(change, CHANGES.get(change, 3))
