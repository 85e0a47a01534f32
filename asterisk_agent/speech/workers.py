"""A warm pool of inference threads. The engines release the GIL, so a thread a core is right.

Running work cannot be interrupted: without a thread of its own, the first sound of an answer (30 ms) would wait for
a decode to end on every core (250 ms). So one more thread takes urgent work only.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from enum import IntEnum
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Priority(IntEnum):
    """What goes first; within one priority, first come, first served."""

    URGENT = 0
    """The first sound of an answer."""
    NORMAL = 1
    """Recognition, and the rest of an answer."""
    BACKGROUND = 2
    """Work that no caller waits for."""


class Workers:
    """Runs blocking inference. ``count`` threads take all work; 0: one a core."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or os.cpu_count() or 1
        self._jobs: list[tuple[int, int, Future[Any], Callable[[], Any]]] = []
        self._order = itertools.count()
        self._ready = threading.Condition()
        self._closed = False
        limits = [Priority.BACKGROUND] * self.count + [Priority.URGENT]
        self._threads = [
            threading.Thread(target=self._work, args=(limit,), name=f"inference-{index}", daemon=True)
            for index, limit in enumerate(limits)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Jobs that wait for a thread."""
        with self._ready:
            return sum(not future.cancelled() for _, _, future, _ in self._jobs)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``work`` in a thread. Cancelling drops it if it still waits; running work ends by itself."""
        return await self._submit(Priority.NORMAL, lambda: work(*args, **kwargs))

    async def run_urgent(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, before all other work, and without waiting for work that runs."""
        return await self._submit(Priority.URGENT, lambda: work(*args, **kwargs))

    async def run_background(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, after all other work."""
        return await self._submit(Priority.BACKGROUND, lambda: work(*args, **kwargs))

    async def close(self) -> None:
        """Let running work end and stop the threads; what waits is dropped."""
        with self._ready:
            self._closed = True
            for _, _, future, _ in self._jobs:
                future.cancel()
            self._jobs.clear()
            self._ready.notify_all()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _submit(self, priority: Priority, work: Callable[[], R]) -> asyncio.Future[R]:
        future: Future[R] = Future()
        with self._ready:
            if self._closed:
                raise RuntimeError("the inference threads are closed")
            heapq.heappush(self._jobs, (priority, next(self._order), future, work))
            # All wake: the one thread that is told might be the one that may not take this work.
            self._ready.notify_all()
        return asyncio.wrap_future(future)

    def _next(self, limit: Priority) -> tuple[Future[Any], Callable[[], Any]] | None:
        """The most urgent job that a thread with this limit may take; None when the pool is closed."""
        with self._ready:
            while not self._closed and not (self._jobs and self._jobs[0][0] <= limit):
                self._ready.wait()
            if self._closed:
                return None
            _, _, future, work = heapq.heappop(self._jobs)
            return future, work

    def _work(self, limit: Priority) -> None:
        while (job := self._next(limit)) is not None:
            future, work = job
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # it belongs to whoever awaits the work
                future.set_exception(error)
