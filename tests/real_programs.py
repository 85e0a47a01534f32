"""Waiting in tests for what real programs do in their own time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest


async def eventually(condition: Callable[[], bool] | Callable[[], Awaitable[bool]], seconds: float, what: str) -> None:
    """Wait until it is so; fail with ``what`` when it does not become so in time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                value = condition()
                if await value if isinstance(value, Awaitable) else value:
                    return
                await asyncio.sleep(0.02)
    except TimeoutError:
        pytest.fail(f"not within {seconds} s: {what}")
