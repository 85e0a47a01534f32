"""A warm pool of inference threads. The engines release the GIL, so a thread a core is right."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


class Workers:
    """Runs blocking inference. Urgent work (the first sound of an answer) goes before everything that waits."""

    def __init__(self, count: int = 0) -> None:
        self.count = count or os.cpu_count() or 1
        self._jobs: list[tuple[int, int, Future[Any], Callable[[], Any]]] = []
        self._order = itertools.count()
        self._ready = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._work, name=f"inference-{index}", daemon=True) for index in range(self.count)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def waiting(self) -> int:
        """Jobs that wait for a thread."""
        return len(self._jobs)

    async def run(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """Run ``work`` in a thread. Cancelling drops it if it still waits; running work ends by itself."""
        return await asyncio.wrap_future(self._submit(1, lambda: work(*args, **kwargs)))

    async def run_urgent(self, work: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
        """The same, before all that is not urgent."""
        return await asyncio.wrap_future(self._submit(0, lambda: work(*args, **kwargs)))

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

    def _submit(self, priority: int, work: Callable[[], R]) -> Future[R]:
        future: Future[R] = Future()
        with self._ready:
            if self._closed:
                raise RuntimeError("the inference threads are closed")
            heapq.heappush(self._jobs, (priority, next(self._order), future, work))
            self._ready.notify()
        return future

    def _work(self) -> None:
        while True:
            with self._ready:
                while not self._jobs and not self._closed:
                    self._ready.wait()
                if self._closed:
                    return
                _, _, future, work = heapq.heappop(self._jobs)
            if not future.set_running_or_notify_cancel():
                continue
            try:
                future.set_result(work())
            except BaseException as error:  # it belongs to whoever awaits the work
                future.set_exception(error)
