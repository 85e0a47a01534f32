"""One account at one system over HTTP: signed, limited, timed, tried again where that is right, counted."""

from __future__ import annotations

import asyncio
import email.utils
import json
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import aiohttp
import structlog
import tenacity
import yarl
from aiolimiter import AsyncLimiter

from asterisk_agent import __version__
from asterisk_agent.commerce.failures import (
    BadAnswer,
    Broken,
    Denied,
    Limited,
    Paused,
    Rejected,
    SystemFailed,
    TooSlow,
    Unreachable,
)
from asterisk_agent.commerce.web import patience
from asterisk_agent.commerce.web.answer import Answer
from asterisk_agent.commerce.web.auth import Anonymous, Auth, Method, Outgoing
from asterisk_agent.commerce.web.breaker import Breaker
from asterisk_agent.commerce.web.metrics import METRICS, SystemMetrics

log = structlog.get_logger(__name__)

MOST_BYTES = 8_000_000
"""Longer answers are refused: no order needs them."""

CONNECTIONS = 300
"""At once to one system; rate limits are what holds requests back."""

BEHIND_SHARE = 0.7
"""Of a rate limit that requests behind the calls may use; the rest is for callers."""

_REPEATABLE = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS"})
_RETRIED = (Unreachable, Limited, Broken)


@dataclass(frozen=True)
class Rate:
    """A bucket of ``count`` requests, at least 1, that fills again evenly within ``seconds``.

    So up to twice ``count`` can go out in ``seconds``: for a quota that is counted in windows give half of it.
    """

    count: float
    seconds: float


class WebClient:
    """All requests of one account. Make it once; ``close`` it."""

    def __init__(
        self,
        system: str,
        base_url: str,
        auth: Auth | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        rates: Collection[Rate] = (),
        judge: Callable[[Answer], None] | None = None,
        metrics: SystemMetrics = METRICS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """``system``: its key in the settings; ``headers`` go with every request.

        ``judge`` raises the SystemFailed for failures that a system tells in the body of an answer of 200 (GraphQL).
        """
        self.system = system
        self._base = base_url.rstrip("/")
        self._auth: Auth = auth or Anonymous()
        self._headers = {"Accept": "application/json", "User-Agent": f"asterisk-order-agent/{__version__}"}
        self._headers |= headers or {}
        self._limits = [AsyncLimiter(rate.count, rate.seconds) for rate in rates]
        self._limits_behind = [AsyncLimiter(max(1.0, rate.count * BEHIND_SHARE), rate.seconds) for rate in rates]
        self._breaker = Breaker()
        self._judge = judge
        self._metrics = metrics
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def get(
        self,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
    ) -> Answer:
        """See ``request``."""
        return await self.request("GET", path, params, headers=headers, expected=expected)

    async def post(
        self,
        path: str,
        body: object,
        *,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        repeatable: bool = False,
    ) -> Answer:
        """See ``request``; ``body`` goes as JSON. ``repeatable``: it only asks, or carries an idempotency key."""
        return await self.request("POST", path, body=body, headers=headers, expected=expected, repeatable=repeatable)

    async def request(
        self,
        method: Method,
        path: str,
        params: Mapping[str, str | int] | None = None,
        *,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        expected: Collection[int] = (),
        repeatable: bool | None = None,
    ) -> Answer:
        """The answer to a request, within the patience of the moment (see ``patience``).

        ``path``: what follows the base address, segments quoted by the caller (``segment``), or a whole address at
        the same server.
        ``expected``: statuses besides 2xx that are an answer, such as 404. Raises SystemFailed otherwise.
        A request that changes something is not sent twice unless it is known that the first did nothing.
        """
        whole = path.startswith(("http://", "https://"))
        url = yarl.URL(path if whole else self._base + path, encoded=True)
        if whole and url.origin() != yarl.URL(self._base).origin():
            raise BadAnswer(f"{self.system} points to another server, {url.host}; the key does not go there")
        if params:
            url = url.update_query({key: _sendable(str(value)) for key, value in params.items()})
        may_repeat = method in _REPEATABLE if repeatable is None else repeatable
        sending = _Sending(method, url, body, {**self._headers, **(headers or {})}, frozenset(expected), may_repeat)
        started = self._clock()
        outcome = "cancelled"
        try:
            answer = await self._within_patience(sending)
            outcome = "ok" if answer.status < 300 else "absent"
            return answer
        except SystemFailed as error:
            outcome = error.kind
            log.warning("a system did not answer as it should", system=self.system, kind=error.kind, error=str(error))
            raise
        finally:
            self._metrics.requests.labels(self.system, outcome).inc()
            self._metrics.seconds.labels(self.system).observe(self._clock() - started)

    async def close(self) -> None:
        """Release connections."""
        if self._session is not None:
            await self._session.close()

    async def _within_patience(self, sending: _Sending) -> Answer:
        now = patience.current()
        retrying = tenacity.AsyncRetrying(
            stop=tenacity.stop_after_attempt(now.attempts),
            wait=_wait,
            retry=tenacity.retry_if_exception(lambda error: _may_try_again(error, sending, now)),
            reraise=True,
        )
        try:
            async with asyncio.timeout(now.total_s):
                return await retrying(self._attempt, sending)
        except TimeoutError:
            raise TooSlow(f"{self.system} did not answer within {now.total_s:g} s") from None

    async def _attempt(self, sending: _Sending) -> Answer:
        await self._wait_for_turn()
        if not self._breaker.allows(self._clock()):
            raise Paused(f"{self.system} failed {self._breaker.failures} times in a row and is left alone for a while")
        began = self._clock()
        try:
            answer = await self._signed(sending)
        except (Unreachable, Broken, BadAnswer):
            self._failed()
            raise
        except asyncio.CancelledError:
            # Our own deadline is the system's failure; a caller who goes away is not.
            if self._clock() - began >= patience.current().total_s / 2:
                self._failed()
            raise
        except SystemFailed:
            self._succeeded()
            raise
        finally:
            self._breaker.given_up()
        self._succeeded()
        return answer

    async def _wait_for_turn(self) -> None:
        behind = patience.current().backs_off
        if not behind and not all(limit.has_capacity() for limit in self._limits):
            # A caller is better served by what is known than by a place in a queue.
            raise Limited(f"{self.system}: our own rate limit is used up")
        for limit in (*(self._limits_behind if behind else ()), *self._limits):
            await limit.acquire()

    async def _signed(self, sending: _Sending) -> Answer:
        signature = await self._signature(sending)
        try:
            return await self._sent(sending, signature)
        except Denied:
            if not self._auth.forget(signature):
                raise
        return await self._sent(sending, await self._signature(sending))

    async def _signature(self, sending: _Sending) -> Mapping[str, str]:
        return await self._auth.headers(Outgoing(sending.method, str(sending.url)), self._fetch_token)

    async def _sent(self, sending: _Sending, signature: Mapping[str, str]) -> Answer:
        content: dict[str, Any] = {} if sending.body is None else {"json": sending.body}
        answer = await self._exchange(
            sending.method, sending.url, {**sending.headers, **signature}, content, sending.expected
        )
        if self._judge is not None:
            self._judge(answer)
        return answer

    async def _fetch_token(
        self, url: str, fields: Mapping[str, object], headers: Mapping[str, str], as_json: bool
    ) -> Answer:
        content: dict[str, Any] = {"json": dict(fields)} if as_json else {"data": dict(fields)}
        both = {"Accept": "application/json", **headers}
        try:
            return await self._exchange("POST", yarl.URL(url), both, content, frozenset())
        except Denied as error:
            raise Denied(f"{error}; the id or the secret is wrong or was revoked") from None

    async def _exchange(
        self,
        method: str,
        url: yarl.URL,
        headers: Mapping[str, str],
        content: Mapping[str, Any],
        expected: frozenset[int],
    ) -> Answer:
        try:
            async with self._open_session().request(
                method,
                url,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=patience.current().connect_s),
                allow_redirects=False,
                **content,
            ) as response:
                data = bytearray()
                async for part in response.content.iter_any():
                    data += part
                    if len(data) > MOST_BYTES:
                        raise BadAnswer(f"{self.system}: the answer is longer than {MOST_BYTES} bytes")
                return self._judged(response, bytes(data), expected)
        except (aiohttp.ClientError, OSError, asyncio.IncompleteReadError) as error:
            raise Unreachable(f"{self.system}: {type(error).__name__} with {url.host}") from None

    def _judged(self, response: aiohttp.ClientResponse, data: bytes, expected: frozenset[int]) -> Answer:
        status = response.status
        headers = {name.lower(): value for name, value in response.headers.items()}
        if status < 300 or status in expected:
            return Answer(status, headers, self._parsed(response, data))
        what = f"{self.system} answered {status}"
        wait = retry_after(headers.get("retry-after"), datetime.now(UTC))
        if status in (401, 403):
            raise Denied(f"{what}: the key is wrong, was revoked or lacks a right; run 'asterisk-agent connect'")
        if status == 429:
            raise Limited(f"{what}: too many requests", _until_reset(headers) if wait is None else wait)
        if status >= 500:
            raise Broken(what, status, wait)
        if status < 400:
            raise BadAnswer(f"{what}: it points elsewhere; check the address in the settings")
        raise Rejected(what, status, _json_or_none(data))

    def _parsed(self, response: aiohttp.ClientResponse, data: bytes) -> Any:
        if not data.strip():
            return None
        try:
            return json.loads(data)
        except (ValueError, RecursionError):
            kind = response.content_type
            hint = "; check the address in the settings" if "html" in kind else ""
            raise BadAnswer(f"{self.system}: JSON was expected, not {kind}{hint}") from None

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(limit=CONNECTIONS, keepalive_timeout=60),
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        return self._session

    def _succeeded(self) -> None:
        if self._breaker.open_until is not None:
            log.info("a system is back", system=self.system)
        self._breaker.succeeded(self._clock())
        self._metrics.paused.labels(self.system).set(0)

    def _failed(self) -> None:
        was_open = self._breaker.open_until is not None
        self._breaker.failed(self._clock())
        if self._breaker.open_until is not None:
            self._metrics.paused.labels(self.system).set(1)
            if not was_open:
                log.error("a system is left alone for a while", system=self.system, failures=self._breaker.failures)


@dataclass(frozen=True)
class _Sending:
    method: Method
    url: yarl.URL
    body: object
    headers: Mapping[str, str]
    expected: frozenset[int]
    repeatable: bool


def _may_try_again(error: BaseException, sending: _Sending, now: patience.Patience) -> bool:
    if not isinstance(error, _RETRIED):
        return False
    if not sending.repeatable and not isinstance(error, Limited):
        return False
    wait = error.retry_after if isinstance(error, Limited | Broken) else None
    return wait <= now.longest_wait_s if wait is not None else now.backs_off


_backoff = tenacity.wait_random_exponential(multiplier=0.5, max=20)


def _wait(state: tenacity.RetryCallState) -> float:
    error = state.outcome.exception() if state.outcome else None
    wait = error.retry_after if isinstance(error, Limited | Broken) else None
    return float(_backoff(state)) if wait is None else wait


def retry_after(value: str | None, now: datetime) -> float | None:
    """Seconds that a Retry-After header asks for (RFC 9110 10.2.3: seconds or a date), None if it says nothing."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        at = email.utils.parsedate_to_datetime(value)
    except ValueError:
        return None
    return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - now).total_seconds())


def _until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until BigCommerce renews its quota; it sends no Retry-After (API rate limits)."""
    value = headers.get("x-rate-limit-time-reset-ms", "")
    return int(value) / 1000 if value.isascii() and value.isdigit() else None


def segment(text: str) -> str:
    """A text as one segment of a path: '#1001/2' cannot reach another address."""
    return quote(text, safe="", errors="replace")


def _sendable(text: str) -> str:
    """Without the halves of characters that JSON can hold and UTF-8 cannot."""
    return text.encode("utf-8", "replace").decode()


def _json_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        return None
