"""``asterisk-agent order NUMBER``: what a caller would be told, and where it comes from."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from asterisk_agent.commerce.models import Order
    from asterisk_agent.commerce.trackings import Trackings
    from asterisk_agent.settings import Settings


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("order")(order)


def order(
    context: typer.Context,
    number: Annotated[str, typer.Argument(help="The order number as a caller would say it.")],
    as_json: Annotated[bool, typer.Option("--json", help="Everything that the systems say of it, as JSON.")] = False,
) -> None:
    """Look an order up as on a call, and print what a verified caller would be told, with sources and ages.

    The same systems, deadlines and caches as on a call. Nothing is changed.
    Exit code 0: found; 1: no such order, or a system failed.
    """
    from asterisk_agent import log
    from asterisk_agent.cli import settings_of
    from asterisk_agent.commerce.failures import SystemFailed

    settings = settings_of(context)
    log.configure(settings.log.model_copy(update={"level": "warning"}))
    try:
        told = asyncio.run(_look(settings, number))
    except SystemFailed as error:
        typer.secho(str(error), fg="red", err=True)
        sys.exit(1)
    if told is None:
        typer.secho(f"no order has the number {number!r}", fg="red", err=True)
        sys.exit(1)
    if as_json:
        typer.echo(json.dumps(told, indent=2, ensure_ascii=False))
        return
    typer.secho("A verified caller is told:", bold=True)
    for line in told["spoken"]:
        typer.echo(f"  {line}")
    typer.secho("From:", bold=True)
    for line in told["sources"]:
        typer.echo(f"  {line}")


async def _look(settings: Settings, number: str) -> dict[str, Any] | None:
    from asterisk_agent import composition
    from asterisk_agent.commerce.lookup import found_now
    from asterisk_agent.commerce.shop_records import plain
    from asterisk_agent.dialog.answers import Answers
    from asterisk_agent.dialog.identity import Identity
    from asterisk_agent.dialog.tools import seen_by
    from asterisk_agent.dialog.wording import catalogue
    from asterisk_agent.records import database
    from asterisk_agent.records.trackings import TrackingShelf

    engine = database.open_engine(database.url_of(settings))
    systems = composition.systems(settings, data_dir=settings.data_dir, shelf=TrackingShelf(engine))
    try:
        found = await systems.order(plain(number))
    finally:
        await systems.close()
        await engine.dispose()
    if found is None:
        return None
    now = datetime.now(UTC)
    answer = found_now(found, now)
    address = found.address.zip if found.address else ""
    caller = Identity(settings.shop.country, order=found.key, details=(("zip", address), ("last4", found.last4 or "")))
    view = seen_by(found, caller, answer.as_of, answer.live)
    spoken = Answers(catalogue(), settings.shop.zone).status(view, now) if view else ()
    return {
        "spoken": [sentence.text for sentence in spoken],
        "sources": _sources(found, systems.name, systems.trackings, now),
        "order": found.model_dump(mode="json"),
    }


def _sources(found: Order, store: str, trackings: Trackings, now: datetime) -> list[str]:
    lines = [
        f"order {found.number}: {found.store or store}, just now: {found.status.value} ({found.raw_status or '-'})"
    ]
    for one in found.shipments:
        known = trackings.known(one.tracking or "")
        teller, at = (known.system, known.as_of) if known and known.shipment else (found.store or store, now)
        minutes = int((now - at).total_seconds() // 60)
        age = f"{minutes} min ago" if minutes > 0 else "just now"
        stale = ", the carrier does not answer now" if one.as_of else ""
        raw = " ".join(part for part in (one.raw_status, one.raw_text) if part) or "-"
        lines.append(f"parcel {one.tracking or '-'}: {teller}, {age}{stale}: {one.status.value} ({raw})")
    lines += [f"return {one.number}: {one.status}" for one in found.returns]
    lines += [f"refund of {one.amount.amount} {one.amount.currency}: {one.status}" for one in found.refunds]
    return lines
