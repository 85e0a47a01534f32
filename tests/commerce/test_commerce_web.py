"""The one way of asking: what a caller waits for, what a system gets to see, and what an operator reads afterwards."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlencode

import oauthlib.oauth1
import pytest
import structlog
import virtual_time
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry
from pydantic import Field, SecretStr
from systems_world import FakeApi

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
from asterisk_agent.commerce.web.answer import Answer, Part, read, read_each
from asterisk_agent.commerce.web.auth import Auth, Basic, Key, OAuth1, OAuth2, Outgoing
from asterisk_agent.commerce.web.breaker import FAILURES, LONGEST_PAUSE_S, PAUSE_S, SILENT_S, Breaker
from asterisk_agent.commerce.web.client import MOST_BYTES, Rate, WebClient, retry_after, segment
from asterisk_agent.commerce.web.metrics import SystemMetrics
from asterisk_agent.commerce.web.paging import all_pages
from asterisk_agent.commerce.web.patience import BEHIND, ON_CALL, behind_the_calls

SECRET = "s3cret-of-the-shop"
MAIL = "maria.lopez@example.com"


class Clock:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def api() -> AsyncIterator[FakeApi]:
    async with FakeApi() as server:
        server.answer("POST", "/token", {"access_token": "first", "expires_in": 3600})
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counts() -> CollectorRegistry:
    return CollectorRegistry()


Made = Callable[..., WebClient]


@pytest.fixture
async def made(api: FakeApi, clock: Clock, counts: CollectorRegistry) -> AsyncIterator[Made]:
    """Clients of the server."""
    clients: list[WebClient] = []
    metrics = SystemMetrics(counts)

    def make(auth: Auth | None = None, rates: tuple[Rate, ...] = (), url: str = "") -> WebClient:
        client = WebClient("shop", url or api.url, auth, rates=rates, metrics=metrics, clock=clock)
        clients.append(client)
        return client

    yield make
    for client in clients:
        await client.close()


@pytest.fixture
def client(made: Made) -> WebClient:
    return made(Key("X-Auth-Token", SecretStr(SECRET)))


@contextmanager
def patient(which: patience.Patience) -> Iterator[None]:
    token = patience._current.set(which)
    try:
        yield
    finally:
        patience._current.reset(token)


IMPATIENT = replace(ON_CALL, total_s=0.1)

Reply = Callable[[str, str], Any]


def in_virtual_time(
    reply: Callable[..., Any], story: Callable[[WebClient], Any], auth: Auth | None = None, *rates: Rate
) -> Any:
    """Run a story with a client whose exchanges are answered by ``reply(url)`` instead of over a network."""

    async def run() -> Any:
        client = WebClient(
            "shop",
            "http://shop.test",
            auth,
            rates=rates,
            metrics=SystemMetrics(CollectorRegistry()),
            clock=asyncio.get_running_loop().time,
        )

        async def exchange(method: str, url: Any, *_: Any) -> Answer:
            return await reply(str(url.path))

        client._exchange = exchange  # type: ignore[method-assign]
        return await story(client)

    return virtual_time.run(run())


def now() -> float:
    return asyncio.get_running_loop().time()


# How long a caller waits


@pytest.mark.parametrize(("when", "longest"), [(ON_CALL, 2.5), (BEHIND, 60.0)])
def test_a_silent_system_is_given_up_in_time(when: patience.Patience, longest: float) -> None:
    async def silent(path: str) -> Answer:
        await asyncio.Event().wait()
        raise AssertionError

    async def story(client: WebClient) -> float:
        with patient(when), pytest.raises(TooSlow, match=f"within {longest:g} s"):
            await client.get("/orders")
        return now()

    assert in_virtual_time(silent, story) == pytest.approx(longest)


def test_the_token_is_part_of_the_wait() -> None:
    async def slow(path: str) -> Answer:
        await asyncio.sleep(2.0)
        return Answer(200, {}, {"access_token": "t"})

    async def story(client: WebClient) -> float:
        with pytest.raises(TooSlow):
            await client.get("/orders")
        return now()

    assert in_virtual_time(slow, story, oauth2()) == pytest.approx(2.5)


async def test_an_answer_that_trickles_in_is_too_late(made: Made) -> None:
    async def trickle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")
        try:
            while True:
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.01)
        except ConnectionError:
            gone.set()

    gone = asyncio.Event()
    server = await asyncio.start_server(trickle, "127.0.0.1", 0)
    client = made(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    with patient(IMPATIENT), pytest.raises(TooSlow):
        await client.get("/orders")
    await asyncio.wait_for(gone.wait(), 5)
    server.close()


def test_a_pause_that_the_system_asks_for_counts_too() -> None:
    async def busy(path: str) -> Answer:
        await asyncio.sleep(1.0)
        raise Limited("busy", 0.9)

    async def story(client: WebClient) -> float:
        with pytest.raises(TooSlow):
            await client.get("/orders")
        return now()

    assert in_virtual_time(busy, story) == pytest.approx(2.5)


def test_patience_goes_back_and_is_handed_on_to_tasks() -> None:
    async def story() -> None:
        async def of_task() -> patience.Patience:
            return patience.current()

        with behind_the_calls():
            begun = asyncio.create_task(of_task())
            with behind_the_calls():
                assert patience.current() is BEHIND
            assert patience.current() is BEHIND
        assert patience.current() is ON_CALL
        assert await begun is BEHIND

    asyncio.run(story())


# Trying again


@pytest.mark.parametrize("status", [429, 503])
async def test_on_a_call_it_is_tried_again_when_the_system_says_so(
    api: FakeApi, client: WebClient, status: int
) -> None:
    api.answer("GET", "/orders", {"fine": True})
    api.answer("GET", "/orders", status=status, headers={"Retry-After": "0"}, times=1)
    assert (await client.get("/orders")).body == {"fine": True}
    assert len(api.requests) == 2


@pytest.mark.parametrize(
    ("status", "headers", "failure", "wait"),
    [
        (429, {"Retry-After": "1.5"}, Limited, 1.5),
        (429, {}, Limited, None),
        (429, {"Retry-After": "soon"}, Limited, None),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "15000"}, Limited, 15.0),
        (429, {"X-Rate-Limit-Time-Reset-Ms": "-1"}, Limited, None),
        (503, {"Retry-After": "120"}, Broken, 120.0),
        (500, {}, Broken, None),
    ],
)
async def test_on_a_call_a_longer_wait_is_not_for_the_caller(
    api: FakeApi,
    client: WebClient,
    status: int,
    headers: dict[str, str],
    failure: type[Limited | Broken],
    wait: float | None,
) -> None:
    api.answer("GET", "/orders", status=status, headers=headers)
    with pytest.raises(failure) as caught:
        await client.get("/orders")
    assert caught.value.retry_after == wait
    assert len(api.requests) == 1


async def test_on_a_call_once_more_is_all(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/orders", status=429, headers={"Retry-After": "0"})
    with pytest.raises(Limited):
        await client.get("/orders")
    assert len(api.requests) == 2


@pytest.mark.parametrize("fault", ["cut", "garbage"])
async def test_on_a_call_a_broken_connection_is_not_tried_again(api: FakeApi, client: WebClient, fault: str) -> None:
    api.fail("GET", "/orders", fault)
    with pytest.raises(Unreachable):
        await client.get("/orders")
    assert len(api.requests) == 1


@pytest.mark.parametrize("failure", [Unreachable("gone"), Limited("busy"), Broken("down", 500)])
def test_behind_the_calls_it_backs_off(failure: SystemFailed) -> None:
    tried: list[float] = []

    async def third_time_lucky(path: str) -> Answer:
        tried.append(now())
        if len(tried) < 4:
            raise failure
        return Answer(200, {}, "fine")

    async def story(client: WebClient) -> Answer:
        with behind_the_calls():
            return await client.get("/orders")

    assert in_virtual_time(third_time_lucky, story).body == "fine"
    assert len(set(tried)) == 4


def test_behind_the_calls_it_waits_as_long_as_asked() -> None:
    tried: list[float] = []

    async def busy(path: str) -> Answer:
        tried.append(now())
        raise Broken("maintenance", 503, retry_after=20.0 if len(tried) == 1 else 31.0)

    async def story(client: WebClient) -> None:
        with behind_the_calls(), pytest.raises(Broken):
            await client.get("/orders")

    in_virtual_time(busy, story)
    assert tried == pytest.approx([0, 20])


@pytest.mark.parametrize("failure", [TooSlow("late"), BadAnswer("HTML"), Denied("no"), Rejected("no", 400)])
def test_what_another_try_does_not_mend_is_told_at_once(failure: SystemFailed) -> None:
    tried: list[float] = []

    async def fail(path: str) -> Answer:
        tried.append(now())
        raise failure

    async def story(client: WebClient) -> None:
        with behind_the_calls(), pytest.raises(type(failure)):
            await client.get("/orders")

    in_virtual_time(fail, story)
    assert len(tried) == 1


@pytest.mark.parametrize("fault", ["cut", "garbage", "503"])
async def test_a_change_is_not_sent_twice(api: FakeApi, client: WebClient, fault: str) -> None:
    """Nobody knows whether the first was made."""
    if fault == "503":
        api.answer("POST", "/orders", status=503, headers={"Retry-After": "0"})
    else:
        api.fail("POST", "/orders", fault)
    with behind_the_calls(), pytest.raises((Unreachable, Broken)):
        await client.post("/orders", {"cancel": True})
    assert len(api.requests) == 1


async def test_a_change_that_was_not_even_looked_at_is_sent_again(api: FakeApi, client: WebClient) -> None:
    api.answer("POST", "/orders", {"done": True})
    api.answer("POST", "/orders", status=429, headers={"Retry-After": "0"}, times=1)
    assert (await client.post("/orders", {"cancel": True})).body == {"done": True}
    assert len(api.requests) == 2


async def test_a_question_by_post_is_asked_again(api: FakeApi, client: WebClient) -> None:
    api.answer("POST", "/track", {"found": 1})
    api.answer("POST", "/track", status=503, headers={"Retry-After": "0"}, times=1)
    assert (await client.post("/track", {"number": "1Z"}, repeatable=True)).body == {"found": 1}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        ("12.5", 12.5),
        ("-3", 0.0),
        ("Mon, 23 Nov 2026 15:00:30 GMT", 30.0),
        ("Mon, 23 Nov 2026 10:00:30 -0500", 30.0),
        ("Mon, 23 Nov 2026 14:00:00 GMT", 0.0),
        ("a while", None),
        ("", None),
        ("Mon, 99 Nov 2026 14:00:00 GMT", None),
    ],
)
def test_how_long_a_system_asks_to_wait(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, datetime(2026, 11, 23, 15, 0, tzinfo=UTC)) == seconds


@given(st.text() | st.floats().map(str))
def test_whatever_a_system_asks_to_wait_is_no_accident(header: str) -> None:
    wait = retry_after(header, datetime(2026, 11, 23, tzinfo=UTC))
    assert wait is None or wait >= 0


# Signing


def oauth2(url: str = "http://shop.test", clock: Callable[[], float] | None = None, **more: Any) -> OAuth2:
    fields = {"grant_type": "client_credentials", "client_id": "app"}
    secrets = {"client_secret": SecretStr(SECRET)}
    return OAuth2("shop", f"{url}/token", fields, secrets, **({"clock": clock} if clock else {}), **more)


async def test_one_token_for_many_calls(api: FakeApi, made: Made, clock: Clock) -> None:
    api.answer("GET", "/orders", [])
    client = made(oauth2(api.url, clock))
    await asyncio.gather(*(client.get("/orders") for _ in range(20)))
    assert len(api.sent("/token")) == 1
    assert {one.headers["Authorization"] for one in api.sent("/orders")} == {"Bearer first"}


@pytest.mark.parametrize(("lasts", "kept"), [(3600, 3539), (60, 29), ("86399", 86338)])
async def test_a_token_is_replaced_before_it_ends(
    api: FakeApi, made: Made, clock: Clock, lasts: float | str, kept: float
) -> None:
    api.answer("POST", "/token", {"access_token": "first", "expires_in": lasts})
    api.answer("GET", "/orders", [])
    client = made(oauth2(api.url, clock))
    await client.get("/orders")
    clock.now += kept
    await client.get("/orders")
    assert len(api.sent("/token")) == 1
    clock.now += 2
    await client.get("/orders")
    assert len(api.sent("/token")) == 2


async def test_a_token_revoked_in_mid_call_is_replaced(api: FakeApi, made: Made, clock: Clock) -> None:
    client = made(oauth2(api.url, clock))
    api.answer("POST", "/orders", {"done": True})
    api.answer("POST", "/orders", status=401, times=1)
    api.answer("POST", "/token", {"access_token": "second"})
    api.answer("POST", "/token", {"access_token": "first"}, times=1)
    assert (await client.post("/orders", {})).body == {"done": True}
    assert [one.headers["Authorization"] for one in api.sent("/orders")] == ["Bearer first", "Bearer second"]


async def test_a_new_token_that_is_refused_too_is_the_end(api: FakeApi, made: Made, clock: Clock) -> None:
    api.answer("GET", "/orders", status=401)
    client = made(oauth2(api.url, clock))
    with pytest.raises(Denied, match="connect"):
        await client.get("/orders")
    assert (len(api.sent("/orders")), len(api.sent("/token"))) == (2, 2)


async def test_many_calls_that_are_refused_at_once_share_the_new_token(clock: Clock) -> None:
    """The refusals of the old token come in one by one, while the new one is already in use."""
    auth = oauth2(clock=clock)
    fetched: list[str] = []

    async def fetch(*_: Any) -> Answer:
        fetched.append(f"token{len(fetched)}")
        return Answer(200, {}, {"access_token": fetched[-1]})

    async def signed() -> Any:
        return await auth.headers(Outgoing("GET", "http://shop.test/orders"), fetch)

    refused = [await signed() for _ in range(10)]
    for old in refused:
        assert auth.forget(old) is True
        assert await signed() == {"Authorization": "Bearer token1"}
    assert fetched == ["token0", "token1"]


async def test_a_key_is_not_tried_twice(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/orders", status=401)
    with pytest.raises(Denied):
        await client.get("/orders")
    assert [one.headers["X-Auth-Token"] for one in api.requests] == [SECRET]


@pytest.mark.parametrize(
    ("style", "kind", "body", "header"),
    [
        ("form", "application/x-www-form-urlencoded", {"client_id": "app", "client_secret": SECRET}, None),
        ("json", "application/json", {"client_id": "app", "client_secret": SECRET}, None),
        ("basic", "application/x-www-form-urlencoded", {}, base64.b64encode(f"app:{SECRET}".encode()).decode()),
    ],
)
async def test_how_a_token_is_asked_for(
    api: FakeApi, made: Made, style: Any, kind: str, body: dict[str, str], header: str | None
) -> None:
    api.answer("GET", "/orders", [])
    await made(oauth2(api.url, style=style)).get("/orders")
    [asked] = api.sent("/token")
    assert asked.headers["Content-Type"].startswith(kind)
    assert asked.body == {"grant_type": "client_credentials"} | body
    assert asked.headers.get("Authorization") == (f"Basic {header}" if header else None)


@pytest.mark.parametrize(
    ("status", "body", "failure", "said"),
    [
        (400, {"error": "invalid_client"}, Denied, "invalid_client"),
        (400, {"error": {"deep": "x" * 500}}, Denied, "refused"),
        (400, "nonsense", Denied, "refused"),
        (401, {"error": "invalid_client"}, Denied, "wrong or was revoked"),
        (200, {"token": "x"}, BadAnswer, "access_token"),
        (200, {"access_token": ""}, BadAnswer, "access_token"),
        (200, {"access_token": "x", "expires_in": 0}, BadAnswer, "clock"),
        (200, "<html>", BadAnswer, "JSON"),
        (302, None, BadAnswer, "elsewhere"),
        (500, None, Broken, "500"),
    ],
)
async def test_no_token(
    api: FakeApi, made: Made, status: int, body: Any, failure: type[SystemFailed], said: str
) -> None:
    api.answer("POST", "/token", body, status)
    with pytest.raises(failure, match=said) as caught:
        await made(oauth2(api.url)).get("/orders")
    assert SECRET not in str(caught.value)
    assert (len(api.sent("/token")), len(api.sent("/orders"))) == (1, 0)


async def test_names_and_passwords_of_any_language(api: FakeApi, made: Made) -> None:
    api.answer("GET", "/orders", [])
    await made(Basic("josé", SecretStr("pässwort:1"))).get("/orders")
    kind, value = api.requests[0].headers["Authorization"].split()
    assert (kind, base64.b64decode(value).decode()) == ("Basic", "josé:pässwort:1")


class _Verifier(oauthlib.oauth1.RequestValidator):  # type: ignore[misc]
    """The server side of OAuth 1.0a: knows the two secrets."""

    enforce_ssl = False
    client_key_length = nonce_length = access_token_length = (3, 60)
    dummy_client = "dummy"

    def validate_client_key(self, client_key: str, request: Any) -> bool:
        return client_key == "consumer"

    def get_client_secret(self, client_key: str, request: Any) -> str:
        return SECRET

    def get_access_token_secret(self, client_key: str, token: str, request: Any) -> str:
        return "token-secret"

    def validate_access_token(self, client_key: str, token: str, request: Any) -> bool:
        return token == "token"

    def validate_timestamp_and_nonce(self, *_: Any, **__: Any) -> bool:
        return True

    def validate_realms(self, *_: Any, **__: Any) -> bool:
        return True


@pytest.mark.parametrize("token_secret", ["token-secret", "another"])
@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("GET", {}),
        ("GET", {"searchCriteria[filter_groups][0][filters][0][value]": "000000001"}),
        ("GET", {"q": "a b+c&d=é%", "empty": "", "mail": MAIL}),
        ("PUT", {}),
    ],
)
async def test_a_signature_that_the_other_side_accepts(
    api: FakeApi, made: Made, method: Any, params: dict[str, str], token_secret: str
) -> None:
    api.answer(method, "/V1/orders", [])
    auth = OAuth1("consumer", SecretStr(SECRET), "token", SecretStr(token_secret))
    await made(auth).request(method, "/V1/orders", params, body={"a": 1} if method == "PUT" else None)
    [got] = api.requests
    url = f"{api.url}{got.path}" + (f"?{urlencode(got.query)}" if got.query else "")
    endpoint = oauthlib.oauth1.ResourceEndpoint(_Verifier())
    valid, _ = endpoint.validate_protected_resource_request(url, method, None, dict(got.headers))
    assert valid is (token_secret == "token-secret")
    assert got.query == params


# Rate limits


async def fine(path: str) -> Answer:
    return Answer(200, {}, "fine")


def test_on_a_call_nobody_queues_for_our_own_limit() -> None:
    async def story(client: WebClient) -> float:
        for _ in range(3):
            await client.get("/orders")
        with pytest.raises(Limited, match="our own rate limit"):
            await client.get("/orders")
        waited = now()
        await asyncio.sleep(10)
        await client.get("/orders")
        return waited

    assert in_virtual_time(fine, story, None, Rate(3, 30)) == 0


def test_behind_the_calls_requests_keep_to_the_limit_and_leave_room_for_callers() -> None:
    sent: list[float] = []

    async def count(path: str) -> Answer:
        sent.append(now())
        return Answer(200, {}, "fine")

    async def story(client: WebClient) -> None:
        with behind_the_calls():
            waiting = [asyncio.create_task(client.get("/orders")) for _ in range(100)]
        await asyncio.sleep(1)
        for _ in range(30):
            await client.get("/orders")
        await asyncio.gather(*waiting)

    in_virtual_time(count, story, None, Rate(100, 100))
    assert len(sent) == 130
    assert sum(at < 0.5 for at in sent) == 70
    assert max(sent) == pytest.approx(30 / 0.7, abs=1)
    for start in sent:
        assert sum(start <= at < start + 100 for at in sent) <= 200


# The breaker


def test_it_opens_after_failures_in_a_row() -> None:
    breaker = Breaker()
    for _ in range(FAILURES - 1):
        breaker.failed(0.0)
    breaker.succeeded(0.0)
    for _ in range(FAILURES - 1):
        breaker.failed(SILENT_S)
    assert breaker.allows(SILENT_S)
    breaker.failed(SILENT_S)
    assert not breaker.allows(SILENT_S + PAUSE_S - 0.1)


def test_it_stays_closed_while_other_requests_are_answered() -> None:
    breaker = Breaker()
    for tenth in range(100):
        breaker.succeeded(tenth / 10)
        for _ in range(FAILURES * 2):
            breaker.failed(tenth / 10)
        assert breaker.allows(tenth / 10)
    breaker.failed(9.9 + SILENT_S)
    assert not breaker.allows(9.9 + SILENT_S)


def opened() -> Breaker:
    breaker = Breaker()
    for _ in range(FAILURES):
        breaker.failed(0.0)
    return breaker


def test_half_open_one_tries_at_a_time() -> None:
    breaker = opened()
    assert breaker.allows(PAUSE_S)
    assert not breaker.allows(PAUSE_S)
    breaker.given_up()
    assert breaker.allows(PAUSE_S)
    breaker.succeeded(PAUSE_S)
    assert breaker.allows(PAUSE_S)
    assert breaker.allows(PAUSE_S)


def test_pauses_grow_up_to_a_limit_and_begin_small_again() -> None:
    breaker, at, pauses = opened(), PAUSE_S, []
    for _ in range(6):
        assert breaker.allows(at)
        breaker.failed(at)
        assert breaker.open_until is not None
        pauses.append(breaker.open_until - at)
        at = breaker.open_until
    assert pauses == [30, 60, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S, LONGEST_PAUSE_S]
    breaker.succeeded(at)
    for _ in range(FAILURES):
        breaker.failed(at + SILENT_S)
    assert breaker.open_until == at + SILENT_S + PAUSE_S


async def broken(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/broken", status=500)
    for _ in range(FAILURES):
        with pytest.raises(Broken):
            await client.get("/broken")


async def test_a_system_that_keeps_failing_is_left_alone(
    api: FakeApi, client: WebClient, clock: Clock, counts: CollectorRegistry
) -> None:
    await broken(api, client)
    api.answer("GET", "/orders", [])
    with pytest.raises(Paused, match="left alone"):
        await client.get("/orders")
    assert len(api.requests) == FAILURES
    assert counts.get_sample_value("order_agent_system_paused", {"system": "shop"}) == 1
    clock.now += PAUSE_S
    assert (await client.get("/orders")).body == []
    assert counts.get_sample_value("order_agent_system_paused", {"system": "shop"}) == 0
    assert (await client.get("/orders")).body == []


async def test_while_one_tries_the_others_are_spared(api: FakeApi, client: WebClient, clock: Clock) -> None:
    await broken(api, client)
    clock.now += PAUSE_S
    api.answer("GET", "/orders", [])
    told = await asyncio.gather(*(client.get("/orders") for _ in range(5)), return_exceptions=True)
    assert [type(one) for one in told] == [Answer, Paused, Paused, Paused, Paused]


@pytest.mark.parametrize(
    ("status", "failure"), [(400, Rejected), (401, Denied), (403, Denied), (404, Rejected), (429, Limited)]
)
async def test_a_refusal_is_an_answer(
    api: FakeApi, client: WebClient, status: int, failure: type[SystemFailed]
) -> None:
    api.answer("GET", "/orders", status=status)
    for _ in range(FAILURES + 1):
        with pytest.raises(failure):
            await client.get("/orders")


async def test_our_own_deadline_is_the_systems_failure(api: FakeApi, made: Made, clock: Clock) -> None:
    client = made()
    api.fail("GET", "/orders", "hang")

    async def late() -> None:
        asyncio.get_running_loop().call_later(0.05, setattr, clock, "now", clock.now + 0.1)
        with patient(IMPATIENT), pytest.raises(TooSlow):
            await client.get("/orders")

    for _ in range(FAILURES):
        await late()
    with pytest.raises(Paused):
        await client.get("/orders")


async def test_callers_who_go_away_are_not(api: FakeApi, client: WebClient) -> None:
    api.fail("GET", "/slow", "hang")
    api.answer("GET", "/orders", [])
    for _ in range(FAILURES + 1):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.02):
                await client.get("/slow")
    assert (await client.get("/orders")).body == []


async def test_a_trial_that_cannot_even_be_sent_does_not_block_the_next(
    api: FakeApi, client: WebClient, clock: Clock
) -> None:
    await broken(api, client)
    clock.now += PAUSE_S
    with pytest.raises(TypeError):
        await client.post("/orders", {"no JSON": object()})
    api.answer("GET", "/orders", [])
    assert (await client.get("/orders")).body == []


# Answers


async def test_an_answer_as_it_should_be(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/orders/7", {"id": 7}, headers={"X-Next": "2"})
    answer = await client.get("/orders/7", {"q": "a&b=ü+", "n": 3}, headers={"X-More": "yes"})
    assert (answer.status, answer.headers["x-next"], answer.body) == (200, "2", {"id": 7})
    [got] = api.requests
    assert got.query == {"q": "a&b=ü+", "n": "3"}
    assert (got.headers["Accept"], got.headers["X-More"]) == ("application/json", "yes")
    assert got.headers["User-Agent"].startswith("asterisk-order-agent/")


async def test_an_empty_answer_is_none(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/orders", status=204)
    assert (await client.get("/orders")).body is None


async def test_what_is_not_there_is_an_answer_where_it_is_expected(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/orders/8", {"message": "no"}, 404)
    assert (await client.get("/orders/8", expected=(404,))).status == 404
    with pytest.raises(Rejected) as caught:
        await client.get("/orders/8")
    assert (caught.value.status, caught.value.body) == (404, {"message": "no"})


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        ("<html>Maintenance</html>", "text/html"),
        ("no JSON", "text/plain"),
        ('{"half":', "application/json"),
        ("[" * 200_000, "application/json"),
        ("9" * 10_000, "application/json"),
    ],
)
async def test_what_is_not_json(api: FakeApi, client: WebClient, body: str, kind: str) -> None:
    api.answer("GET", "/orders", body, headers={"Content-Type": kind})
    with pytest.raises(BadAnswer, match="JSON was expected"):
        await client.get("/orders")
    api.answer("GET", "/orders", body, 400, headers={"Content-Type": kind})
    with pytest.raises(Rejected) as caught:
        await client.get("/orders")
    assert caught.value.body is None


async def test_bytes_of_no_language(api: FakeApi, made: Made) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 6\r\n\r\n"\xff\xfe\xfa\xfb"'
        )
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    with pytest.raises(BadAnswer):
        await made(url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}").get("/orders")
    server.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_a_redirect_is_not_followed(api: FakeApi, client: WebClient, status: int) -> None:
    """The key would go along."""
    api.answer("GET", "/orders", status=status, headers={"Location": f"{api.url}/elsewhere"})
    with pytest.raises(BadAnswer, match="check the address"):
        await client.get("/orders")
    assert [one.path for one in api.requests] == ["/orders"]


async def test_a_key_does_not_go_to_another_server(api: FakeApi, client: WebClient, made: Made) -> None:
    """A list's address of its next page may point anywhere."""
    async with FakeApi() as other:
        other.answer("GET", "/orders", [])
        with pytest.raises(BadAnswer, match="another server"):
            await client.get(f"{other.url}/orders?page=2")
        assert other.requests == []
    api.answer("GET", "/orders", [])
    assert (await client.get(f"{api.url}/orders?page=2")).body == []
    assert (await client.get("/orders?back=http://evil.test/")).body == []


async def test_an_endless_answer_is_cut_off(api: FakeApi, client: WebClient) -> None:
    api.answer("GET", "/orders", '"' + "x" * MOST_BYTES + '"')
    with pytest.raises(BadAnswer, match="longer than"):
        await client.get("/orders")


async def test_nobody_listens(made: Made) -> None:
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1"):
        await made(url="http://127.0.0.1:9").get("/orders")


@given(st.text())
def test_a_segment_stays_one(text: str) -> None:
    quoted = segment(text)
    assert set(quoted) & set("/?#&\r\n ") == set()
    assert unquote(quoted) == text.encode("utf-8", "replace").decode()


async def test_half_a_character_is_sent_as_a_question_mark(api: FakeApi, client: WebClient) -> None:
    """JSON of one system can hold what no address of another can."""
    api.answer("GET", "/.*", [])
    await client.get("/parcels/" + segment("1Z\ud800"), {"zip": "0213\udfff"})
    assert (api.requests[0].path, api.requests[0].query) == ("/parcels/1Z?", {"zip": "0213?"})


# What is written down


async def test_no_secret_and_no_person_in_logs_and_errors(api: FakeApi, made: Made, clock: Clock) -> None:
    client = made(Key("X-Auth-Token", SecretStr(SECRET)))
    body = {"message": f"no order of {MAIL}"}
    for status in (302, 400, 401, 403, 404, 409, 422, 429, 500, 503):
        api.answer("GET", f"/{status}", body, status)
    for fault in ("cut", "garbage", "hang"):
        api.fail("GET", f"/{fault}", fault)
    api.answer("GET", "/html", f"<html>{MAIL}")
    errors: list[str] = []
    with structlog.testing.capture_logs() as logs, patient(IMPATIENT):
        for path in (302, 400, 401, 403, 404, 409, 422, 429, 500, 503, "cut", "garbage", "html", "hang"):
            with pytest.raises(SystemFailed) as caught:
                await client.get(f"/{path}", {"email": MAIL, "key": SECRET})
            errors.append(f"{caught.value} {caught.value!r}")
    told = "\n".join([*errors, *map(str, logs)])
    assert len(logs) >= 14
    for secret in (SECRET, MAIL, "maria", "/400", "email="):
        assert secret not in told
    assert SECRET not in repr(Key("X", SecretStr(SECRET))) + repr(oauth2()) + repr(
        OAuth1("c", SecretStr(SECRET), "t", SecretStr(SECRET))
    )


async def test_every_request_is_counted(
    api: FakeApi, client: WebClient, counts: CollectorRegistry, clock: Clock
) -> None:
    api.answer("GET", "/orders", [])
    api.answer("GET", "/none", status=404)
    api.answer("GET", "/denied", status=401)
    api.answer("GET", "/limited", status=429)
    api.fail("GET", "/hang", "hang")
    await client.get("/orders")
    await client.get("/none", expected=(404,))
    for path in ("/denied", "/limited", "/none"):
        with pytest.raises(SystemFailed):
            await client.get(path)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.02):
            await client.get("/hang")
    with patient(IMPATIENT), pytest.raises(TooSlow):
        await client.get("/hang")
    outcomes = ("ok", "absent", "denied", "limited", "rejected", "cancelled", "late")
    counted = [
        counts.get_sample_value("order_agent_system_requests_total", {"system": "shop", "outcome": outcome})
        for outcome in outcomes
    ]
    assert counted == [1] * len(outcomes)
    assert counts.get_sample_value("order_agent_system_seconds_count", {"system": "shop"}) == len(outcomes)


# Reading and paging


class _Row(Part):
    id: int
    name: str | None = None
    nested: tuple[_Row, ...] = Field(default=())


def test_what_is_not_declared_is_ignored() -> None:
    assert read(_Row, {"id": 1, "new": {}}, "shop") == _Row(id=1)


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({}, "id"),
        ({"id": MAIL}, "id"),
        ({"id": 1, "nested": [{"id": 2}, {"name": MAIL}]}, r"nested\.1\.id"),
        (None, "the whole answer"),
        ([], "the whole answer"),
        (MAIL, "the whole answer"),
    ],
)
def test_a_wrong_answer_is_named_without_its_value(body: Any, place: str) -> None:
    with pytest.raises(BadAnswer, match=f"shop: {place} is not as described") as caught:
        read(_Row, body, "shop")
    assert MAIL not in str(caught.value)


def test_lists() -> None:
    assert read_each(_Row, [{"id": 1}, {"id": 2}], "shop") == (_Row(id=1), _Row(id=2))
    for body, said in (({"id": 1}, "not dict"), (None, "not NoneType"), ([{"id": 1}, 7], "the whole answer")):
        with pytest.raises(BadAnswer, match=said):
            read_each(_Row, body, "shop")


@pytest.mark.parametrize(
    ("pages", "rows", "asked"),
    [
        ([[]], [], 1),
        ([[1, 2], [3], []], [1, 2, 3], 3),
        ([[1, 2], [2, 3], [1, 2]], [1, 2, 3], 3),
        ([[1, 2]] * 99, [1, 2], 2),
        ([[n] for n in range(99)], list(range(10)), 10),
    ],
)
async def test_pages_of_systems_that_lie(pages: list[list[int]], rows: list[int], asked: int) -> None:
    fetched: list[int] = []

    async def fetch(page: int) -> list[int]:
        fetched.append(page)
        return pages[page - 1]

    with structlog.testing.capture_logs() as logs:
        assert await all_pages("shop", fetch, lambda row: row) == tuple(rows)
    assert fetched == list(range(1, asked + 1))
    assert [one["event"] for one in logs] == (["a list is cut"] if len(rows) == 10 else [])
