"""The pool of inference threads: order, urgency, cancellation, closing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from asterisk_agent.speech.workers import Workers


class Gate:
    """A job that holds a thread until it is opened."""

    def __init__(self) -> None:
        self._running = threading.Event()
        self._open = threading.Event()

    def __call__(self) -> str:
        self._running.set()
        assert self._open.wait(10)
        return "through"

    async def entered(self) -> None:
        assert await asyncio.to_thread(self._running.wait, 10)

    def open(self) -> None:
        self._open.set()


@pytest.fixture
async def one() -> AsyncIterator[Workers]:
    pool = Workers(1)
    yield pool
    await pool.close()


async def queued(pool: Workers, count: int) -> None:
    for _ in range(10):
        await asyncio.sleep(0)
    assert pool.waiting == count


async def test_results_and_errors_come_back(one: Workers) -> None:
    def fail() -> None:
        raise ValueError("no")

    assert await one.run(lambda number, more: number + more, 1, more=2) == 3
    with pytest.raises(ValueError, match="no"):
        await one.run(fail)
    assert await one.run(lambda: "still works") == "still works"


async def test_urgent_work_does_not_wait_for_work_that_runs(one: Workers) -> None:
    gate = Gate()
    slow = asyncio.create_task(one.run(gate))
    await gate.entered()
    assert await asyncio.wait_for(one.run_urgent(lambda: "first sound"), 5) == "first sound"
    assert not slow.done()
    gate.open()
    assert await slow == "through"


async def test_other_work_does_not_take_the_urgent_thread(one: Workers) -> None:
    gate = Gate()
    slow = asyncio.create_task(one.run(gate))
    await gate.entered()
    waiting = asyncio.create_task(one.run(lambda: "decode"))
    await queued(one, 1)
    await one.run_urgent(lambda: None)
    assert not waiting.done()
    gate.open()
    assert await asyncio.gather(slow, waiting) == ["through", "decode"]


async def test_order_is_by_priority_then_by_arrival(one: Workers) -> None:
    gate, urgent_gate, done = Gate(), Gate(), list[str]()
    busy = [asyncio.create_task(one.run(gate))]
    await gate.entered()
    busy.append(asyncio.create_task(one.run_urgent(urgent_gate)))
    await urgent_gate.entered()

    def job(name: str) -> Callable[[], None]:
        return lambda: done.append(name)

    jobs = [
        asyncio.create_task(one.run_background(job("background"))),
        asyncio.create_task(one.run(job("decode 1"))),
        asyncio.create_task(one.run(job("decode 2"))),
        asyncio.create_task(one.run_urgent(job("voice"))),
    ]
    await queued(one, 4)
    gate.open()
    await asyncio.gather(*jobs)
    assert done == ["voice", "decode 1", "decode 2", "background"]
    urgent_gate.open()
    await asyncio.gather(*busy)


async def test_cancelled_work_that_waits_never_runs(one: Workers) -> None:
    gate, ran = Gate(), list[str]()
    slow = asyncio.create_task(one.run(gate))
    await gate.entered()
    dropped = asyncio.create_task(one.run(lambda: ran.append("dropped")))
    kept = asyncio.create_task(one.run(lambda: ran.append("kept")))
    await queued(one, 2)
    dropped.cancel()
    with pytest.raises(asyncio.CancelledError):
        await dropped
    assert one.waiting == 1
    gate.open()
    await asyncio.gather(slow, kept)
    assert ran == ["kept"]


async def test_work_that_runs_is_not_broken_by_cancellation(one: Workers) -> None:
    gate = Gate()
    given_up = asyncio.create_task(one.run(gate))
    await gate.entered()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    gate.open()
    assert await one.run(lambda: "next") == "next"


async def test_closing_drops_what_waits_and_ends_the_threads() -> None:
    pool, gate = Workers(1), Gate()
    slow = asyncio.create_task(pool.run(gate))
    await gate.entered()
    waiting = asyncio.create_task(pool.run(lambda: "never"))
    await queued(pool, 1)
    closing = asyncio.create_task(pool.close())
    with pytest.raises(asyncio.CancelledError):
        await waiting
    gate.open()
    await closing
    assert await slow == "through"
    assert not any(thread.name.startswith("inference") and thread in pool._threads for thread in threading.enumerate())
    with pytest.raises(RuntimeError, match="closed"):
        await pool.run(lambda: None)
