"""Look-ups under load against a slow carrier: every answer is as old as it says, and the carrier is not overrun."""

from __future__ import annotations

from asterisk_agent.evaluation.lookups import LookupResult, measure


def quiet(at_s: float, result: LookupResult) -> None:
    return


async def test_with_trackings_fetched_ahead_nobody_is_told_less_than_the_last_known() -> None:
    result = await measure(60, 3, True, quiet, orders=300)
    assert result.ahead == 300
    assert len(result.ms) == 180
    assert result.fresh + result.live + result.last_known == 180
    assert result.last_known > 0
    assert result.live > 0
    assert (result.dishonest, result.refused) == (0, 0)


async def test_with_nothing_known_the_stores_status_is_what_is_left() -> None:
    result = await measure(60, 2, False, quiet, orders=300)
    assert result.ahead == 0
    assert result.store_only > 0
    assert result.live > 0
    assert (result.dishonest, result.refused) == (0, 0)
