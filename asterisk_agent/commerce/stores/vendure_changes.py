"""Changes to Vendure orders: the delivery address, cancelling. An order is looked up just before."""

from __future__ import annotations

import structlog

from asterisk_agent.commerce.changes import CancelItem, CancelOrder, Outcome
from asterisk_agent.commerce.failures import Rejected, SystemFailed
from asterisk_agent.commerce.models import Address, Order
from asterisk_agent.commerce.stores.vendure_api import Told, VendureApi
from asterisk_agent.commerce.stores.vendure_parts import OrderPart
from asterisk_agent.commerce.stores.vendure_queries import CANCEL, MODIFY, TO_STATE
from asterisk_agent.commerce.stores.vendure_reading import MODIFYING

log = structlog.get_logger(__name__)

REASON = "Asked for by the customer on the phone"

_NOT_ALLOWED = Outcome("refused", "not_allowed")


class VendureChanges:
    """Makes changes. Raises SystemFailed where it is not known whether one was made."""

    def __init__(self, api: VendureApi) -> None:
        self._api = api
        self._left: dict[str, str] = {}
        """By order id: the state that an order was in before it was left in 'Modifying' by a failure."""

    async def state_restored(self, part: OrderPart) -> bool:
        """Whether an order that a failure left in 'Modifying' was set back; then it is to be looked up again."""
        before = self._left.get(part.id)
        if part.state != MODIFYING or before is None:
            self._left.pop(part.id, None)
            return False
        return await self._set_back(part.id, before)

    async def change_address(self, part: OrderPart, now: Order, new: Address) -> Outcome:
        """Only where shipping and taxes stay as they are: Vendure would want another payment, or refund."""
        if now.address is None or now.address.country != new.country:
            return _NOT_ALLOWED
        self._left[part.id] = part.state
        try:
            told = await self._api.change(TO_STATE, {"id": part.id, "state": MODIFYING})
            if told.error:
                self._left.pop(part.id)
                return _refused("change_address", told)
            outcome = await self._modify(part, new)
        except SystemFailed:
            await self._set_back_if_possible(part)
            raise
        await self._set_back(part.id, part.state)
        return outcome

    async def cancel(self, part: OrderPart, change: CancelOrder | CancelItem) -> Outcome:
        """The order or one line of it; the money is left to people."""
        asked: dict[str, object] = {"orderId": part.id, "reason": REASON, "cancelShipping": True}
        if isinstance(change, CancelItem):
            lines = [line for line in part.lines if line.quantity > 0]
            chosen = [line for line in lines if line.variant.name.casefold() == change.item.casefold()]
            asked["lines"] = [{"orderLineId": line.id, "quantity": line.quantity} for line in chosen]
            asked["cancelShipping"] = len(chosen) == len(lines)
        try:
            told = await self._api.change(CANCEL, {"input": asked})
        except Rejected:
            return _NOT_ALLOWED
        return _refused(change.name, told) if told.error else Outcome("done")

    async def _modify(self, part: OrderPart, new: Address) -> Outcome:
        asked = {
            "orderId": part.id,
            "updateShippingAddress": {
                "streetLine1": new.line1,
                "streetLine2": new.line2 or "",
                "city": new.city,
                "province": new.state,
                "postalCode": new.zip,
                "countryCode": new.country,
            },
            "note": REASON,
            "options": {"freezePromotions": True, "recalculateShipping": False},
        }
        try:
            for dry_run in (True, False):
                told = await self._api.change(MODIFY, {"input": asked | {"dryRun": dry_run}})
                if told.error:
                    return _refused("change_address", told)
                if told.total != part.total:
                    log.warning("an address is not changed: the order's total would change", system="vendure")
                    return _NOT_ALLOWED
        except Rejected:
            return _NOT_ALLOWED
        return Outcome("done")

    async def _set_back_if_possible(self, part: OrderPart) -> None:
        try:
            await self._set_back(part.id, part.state)
        except SystemFailed:
            _log_left(part.id, part.state)

    async def _set_back(self, id_: str, state: str) -> bool:
        told = await self._api.change(TO_STATE, {"id": id_, "state": state})
        if told.error:
            _log_left(id_, state)
            return False
        self._left.pop(id_, None)
        return True


def _log_left(id_: str, state: str) -> None:
    log.error(
        "an order may be left in the state 'Modifying': set it back in the Vendure dashboard",
        system="vendure",
        order_id=id_,
        state=state,
    )


def _refused(change: str, told: Told) -> Outcome:
    log.warning(
        "vendure refused a change", change=change, codes=[told.error[:60]], personal_messages=[told.message[:200]]
    )
    return _NOT_ALLOWED
