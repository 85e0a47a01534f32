"""Shopify's GraphQL Admin API 2026-10: one account's requests, their cost, and what the app may do there.

Errors come with status 200 and a code in ``errors[].extensions.code`` (shopify.dev, 'GraphQL Admin API response
codes'). Requests are limited by calculated cost, not by number: 'rate limits' there, and every answer tells what is
left in ``extensions.cost.throttleStatus``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

import structlog
from pydantic import Field

from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Limited, Rejected, SystemFailed
from asterisk_agent.commerce.required import NotConfigured, require
from asterisk_agent.commerce.stores.shopify_queries import FACTS
from asterisk_agent.commerce.web import patience
from asterisk_agent.commerce.web.answer import Answer, Part, read
from asterisk_agent.commerce.web.auth import Auth, Key, OAuth2
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.settings_systems import Shopify

log = structlog.get_logger(__name__)

VERSION = "2026-10"
PATH = f"/admin/api/{VERSION}/graphql.json"
TOKEN_HEADER = "X-Shopify-Access-Token"

FACTS_S = 3600.0
"""Scopes and the form of order numbers hardly change: they are asked for again after this long."""

CALLERS_SHARE = 0.5
"""Of the cost bucket is left to callers by requests that run behind the calls."""

LONGEST_PAUSE_S = 20.0

MOST_REASONS = 100
"""Why fields are kept back is logged once for each reason."""

_told: set[str] = set()

_Data = TypeVar("_Data", bound=Part)


class _ErrorExtensions(Part):
    code: str = ""


class _Error(Part):
    message: str = ""
    extensions: _ErrorExtensions = _ErrorExtensions()


class _Throttle(Part):
    maximum: float = Field(alias="maximumAvailable")
    available: float = Field(alias="currentlyAvailable")
    restored_per_s: float = Field(alias="restoreRate")


class _Cost(Part):
    requested: float = Field(0.0, alias="requestedQueryCost")
    throttle: _Throttle | None = Field(None, alias="throttleStatus")


class _Extensions(Part):
    cost: _Cost | None = None


class _Envelope(Part):
    data: dict[str, Any] | None = None
    errors: list[_Error] | str | None = None
    extensions: _Extensions | None = None

    @property
    def cost(self) -> _Cost | None:
        return self.extensions.cost if self.extensions else None


class _Scope(Part):
    handle: str


class _Installation(Part):
    scopes: tuple[_Scope, ...] = Field(alias="accessScopes")


class _Shop(Part):
    name: str
    zone: str = Field(alias="ianaTimezone")
    prefix: str = Field("", alias="orderNumberFormatPrefix")
    suffix: str = Field("", alias="orderNumberFormatSuffix")


class _FactsData(Part):
    installation: _Installation = Field(alias="currentAppInstallation")
    shop: _Shop


class UserError(Part):
    """Why a change was not made. ``message`` is for people and may be personal."""

    code: str | None = None
    message: str = ""


@dataclass(frozen=True)
class Facts:
    """What is true of the shop and of the app in it. ``version``: the API version that really answers."""

    name: str
    zone: str
    prefix: str
    suffix: str
    scopes: frozenset[str]
    version: str

    def may(self, scope: str) -> bool:
        """Whether a scope was granted; the right to write includes the right to read."""
        return scope in self.scopes or scope.replace("read_", "write_", 1) in self.scopes


@dataclass
class Budget:
    """What is left of the cost bucket, as last told. Pure; ``now`` in seconds of any steady clock."""

    maximum: float = 0.0
    available: float = 0.0
    restored_per_s: float = 0.0
    at: float = 0.0

    def told(self, throttle: _Throttle, now: float) -> None:
        """Take in what an answer says."""
        self.maximum, self.available = throttle.maximum, throttle.available
        self.restored_per_s, self.at = throttle.restored_per_s, now

    def pause_s(self, now: float) -> float:
        """How long a request behind the calls should wait, so that callers find their share of the bucket."""
        if self.restored_per_s <= 0:
            return 0.0
        missing = self.maximum * CALLERS_SHARE - self.available - (now - self.at) * self.restored_per_s
        return min(max(0.0, missing / self.restored_per_s), LONGEST_PAUSE_S)


@dataclass
class ShopifyApi:
    """Asks and changes; ``close`` it."""

    web: WebClient
    budget: Budget = field(default_factory=Budget)
    clock: Callable[[], float] = time.monotonic
    _facts: Facts | None = field(default=None, init=False)
    _facts_at: float = field(default=0.0, init=False)
    _learning: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def ask(self, document: str, variables: Mapping[str, object], model: type[_Data]) -> _Data:
        """The ``data`` of a query. Raises SystemFailed."""
        return await self._answered(document, variables, model, repeatable=True)

    async def change(self, document: str, variables: Mapping[str, object], model: type[_Data]) -> _Data:
        """The ``data`` of a mutation, which is sent once. Raises SystemFailed."""
        return await self._answered(document, variables, model, repeatable=False)

    async def facts(self) -> Facts:
        """What the app may do and how the shop writes its order numbers, an hour old at most. Raises SystemFailed."""
        if (known := self._facts) is not None and self.clock() - self._facts_at < FACTS_S:
            return known
        if known is not None:
            self._facts_at = self.clock()  # others go on with what is known meanwhile
            try:
                return await self._learn()
            except SystemFailed:
                return known
        async with self._learning:
            return self._facts or await self._learn()

    async def close(self) -> None:
        """Release connections."""
        await self.web.close()

    async def _answered(
        self, document: str, variables: Mapping[str, object], model: type[_Data], repeatable: bool
    ) -> _Data:
        if patience.current().backs_off and (pause := self.budget.pause_s(self.clock())):
            await asyncio.sleep(pause)
        answer = await self._sent(document, variables, repeatable)
        envelope = _envelope(answer)
        if envelope.cost and envelope.cost.throttle:
            self.budget.told(envelope.cost.throttle, self.clock())
        return read(model, envelope.data, self.web.system)

    async def _learn(self) -> Facts:
        answer = await self._sent(FACTS, {}, repeatable=True)
        told = read(_FactsData, _envelope(answer).data, self.web.system)
        self._facts = Facts(
            told.shop.name,
            told.shop.zone,
            told.shop.prefix,
            told.shop.suffix,
            frozenset(scope.handle for scope in told.installation.scopes),
            answer.headers.get("x-shopify-api-version", VERSION),
        )
        self._facts_at = self.clock()
        return self._facts

    async def _sent(self, document: str, variables: Mapping[str, object], repeatable: bool) -> Answer:
        try:
            return await self.web.post(PATH, {"query": document, "variables": variables}, repeatable=repeatable)
        except Denied:
            self._facts = None  # the rights may have changed
            raise


def connect(section: Shopify, purpose: str = "store.shopify") -> ShopifyApi:
    """The API of the shop in the settings. Raises NotConfigured. ``purpose``: the settings path that errors name.

    An access token of the settings wins over id and secret, from which tokens for 24 hours are fetched (shopify.dev,
    'client credentials grant': only for apps of the shop's own organisation).
    """
    require(section, purpose, "url")
    auth: Auth
    if section.access_token.get_secret_value():
        auth = Key(TOKEN_HEADER, section.access_token)
    elif not section.client_id and not section.client_secret.get_secret_value():
        raise NotConfigured(
            f"{purpose}.client_id and .client_secret (of the app in the Dev Dashboard) are missing; set "
            "ASTERISK_AGENT_STORE__SHOPIFY__CLIENT_ID and ASTERISK_AGENT_STORE__SHOPIFY__CLIENT_SECRET, or an "
            f"{purpose}.access_token instead"
        )
    else:
        require(section, purpose, "client_id", "client_secret")
        auth = OAuth2(
            system="shopify",
            token_url=section.url.rstrip("/") + "/admin/oauth/access_token",
            fields={"grant_type": "client_credentials", "client_id": section.client_id},
            secrets={"client_secret": section.client_secret},
            header=TOKEN_HEADER,
            prefix="",
        )
    return ShopifyApi(WebClient("shopify", section.url, auth, judge=judged))


def judged(answer: Answer) -> None:
    """Raise what an answer of status 200 tells in its errors.

    A field that the app may not see comes as null beside the others, with ACCESS_DENIED: the others count, as long as
    no whole answer is missing, which would read as 'there is no such order'.
    """
    envelope = _envelope(answer)
    if not envelope.errors:
        return
    if isinstance(envelope.errors, str):
        raise Rejected("shopify refused the request", answer.status, envelope.errors)
    codes = {error.extensions.code for error in envelope.errors}
    first = envelope.errors[0]
    if "THROTTLED" in codes:
        raise Limited("shopify: the app's cost limit is used up", _restored_in(envelope.cost))
    if codes == {"ACCESS_DENIED"}:
        if envelope.data and all(value is not None for value in envelope.data.values()):
            _tell_once(first.message[:200])
            return
        raise Denied(f"shopify: {first.message[:200]}; grant the scope to the app and run 'asterisk-agent connect'")
    if "SHOP_INACTIVE" in codes:
        raise Denied("shopify: the shop is not active; check its plan")
    if codes & {"INTERNAL_SERVER_ERROR", "TIMEOUT"}:
        raise Broken("shopify answered that it failed", 500)
    # The message may quote what was sent, which is personal.
    raise Rejected(f"shopify refused the query: {first.extensions.code or 'no code'}", answer.status, answer.body)


def _tell_once(reason: str) -> None:
    if reason not in _told and len(_told) < MOST_REASONS:
        _told.add(reason)
        log.warning("shopify keeps a field back; run 'asterisk-agent connect shopify'", reason=reason)


def quoted(text: str) -> str:
    """A text as one value of the search syntax (shopify.dev, 'search syntax': quotes, and \\ before special ones)."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _envelope(answer: Answer) -> _Envelope:
    envelope = read(_Envelope, answer.body, "shopify")
    if envelope.data is None and not envelope.errors:
        raise BadAnswer("shopify: the answer has neither data nor errors")
    return envelope


def _restored_in(cost: _Cost | None) -> float | None:
    """Seconds until the bucket holds what the request asked for."""
    if cost is None or cost.throttle is None or cost.throttle.restored_per_s <= 0:
        return None
    return max(0.0, (cost.requested - cost.throttle.available) / cost.throttle.restored_per_s)
