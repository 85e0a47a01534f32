"""Which Asterisk can carry the agent's media."""

from __future__ import annotations

import pytest

from asterisk_agent.pbx.ari import AsteriskInfo
from asterisk_agent.pbx.transports import NoTransport, choose, websocket_works


@pytest.mark.parametrize(
    ("version", "works"),
    [
        ((20, 17, 9), False),
        ((20, 18, 0), True),
        ((21, 12, 3), False),
        ((22, 7, 5), False),
        ((22, 10, 1), True),
        ((23, 1, 0), False),
        ((23, 2, 0), True),
        ((24, 0, 0), True),
        ((0, 0, 0), False),
    ],
)
def test_the_media_websocket_needs_a_release_that_has_marks(version: tuple[int, int, int], works: bool) -> None:
    assert websocket_works(version) is works


def test_an_old_asterisk_is_told_what_to_use() -> None:
    with pytest.raises(NoTransport, match=r"22\.8"):
        choose(AsteriskInfo("18.9.0", (18, 9, 0)))
