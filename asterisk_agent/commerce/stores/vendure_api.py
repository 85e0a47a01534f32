"""Vendure's GraphQL Admin API: one account's requests, its sign-in, and what its errors mean.

Failures come with status 200: ``errors[].extensions.code`` for what could not be done at all, and an error type with
``errorCode`` in ``data`` for what the shop's rules forbid (docs.vendure.io, 'Error handling'; recordings of 3.7.3).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import Field, SecretStr

from asterisk_agent.commerce.failures import BadAnswer, Broken, Denied, Rejected
from asterisk_agent.commerce.required import NotConfigured, require
from asterisk_agent.commerce.stores.vendure_queries import LOGIN
from asterisk_agent.commerce.web.answer import Answer, Part, read
from asterisk_agent.commerce.web.auth import Auth, Key, Outgoing, TokenRequest
from asterisk_agent.commerce.web.client import WebClient
from asterisk_agent.settings_systems import Vendure

SYSTEM = "vendure"
PATH = "/admin-api"
TOKEN_HEADER = "vendure-auth-token"

_DENIED = frozenset({"FORBIDDEN", "UNAUTHORIZED"})
_OWN_FAULTS = frozenset({"", "INTERNAL_SERVER_ERROR"})
"""An error of the database or of a plugin has no code."""

_Data = TypeVar("_Data", bound=Part)


class _ErrorExtensions(Part):
    code: str = ""


class _Error(Part):
    extensions: _ErrorExtensions = _ErrorExtensions()


class _Envelope(Part):
    data: dict[str, Any] | None = None
    errors: tuple[_Error, ...] = ()


class Told(Part):
    """What became of a mutation: an order, or an error of the shop's rules, whose ``message`` is for people."""

    kind: str = Field(alias="__typename")
    state: str = ""
    total: int | None = Field(None, alias="totalWithTax")
    error: str = Field("", alias="errorCode")
    message: str = ""


class _Outcome(Part):
    outcome: Told


class _LoginResult(Part):
    kind: str = Field(alias="__typename")
    error: str = Field("", alias="errorCode")


class _LoginData(Part):
    login: _LoginResult


@dataclass(frozen=True)
class VendureApi:
    """Asks and changes; ``close`` it."""

    web: WebClient

    async def ask(self, document: str, variables: Mapping[str, object], model: type[_Data]) -> _Data:
        """The ``data`` of a query. Raises SystemFailed."""
        return await self._sent(document, variables, model, repeatable=True)

    async def change(self, document: str, variables: Mapping[str, object]) -> Told:
        """What became of a mutation, which is sent once. Raises SystemFailed."""
        return (await self._sent(document, variables, _Outcome, repeatable=False)).outcome

    async def add(self, document: str, variables: Mapping[str, object]) -> None:
        """A mutation that answers with nothing of use. Raises SystemFailed."""
        await self._sent(document, variables, Part, repeatable=False)

    async def close(self) -> None:
        """Release connections."""
        await self.web.close()

    async def _sent(
        self, document: str, variables: Mapping[str, object], model: type[_Data], repeatable: bool
    ) -> _Data:
        body = {"query": document, "variables": dict(variables)}
        answer = await self.web.post(PATH, body, repeatable=repeatable)
        return read(model, read(_Envelope, answer.body, SYSTEM).data, SYSTEM)


def connect(section: Vendure) -> VendureApi:
    """The API of the settings; a key wins over name and password. Raises NotConfigured."""
    require(section, f"store.{SYSTEM}", "url")
    auth: Auth
    if section.api_key.get_secret_value():
        auth = Key("vendure-api-key", section.api_key)
    elif not section.username and not section.password.get_secret_value():
        raise NotConfigured(
            "store.vendure.api_key is missing; set ASTERISK_AGENT_STORE__VENDURE__API_KEY or, for an administrator's "
            "account, store.vendure.username and .password"
        )
    else:
        require(section, f"store.{SYSTEM}", "username", "password")
        auth = Session(section.url.rstrip("/") + PATH, section.username, section.password)
    return VendureApi(WebClient(SYSTEM, section.url, auth, judge=judged))


@dataclass
class Session:
    """An administrator's session: a bearer token, fetched once for all calls, again when it was refused."""

    url: str
    username: str
    password: SecretStr
    _token: str = field(default="", init=False, repr=False)
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """The token's header."""
        async with self._fetching:
            if not self._token:
                self._token = await self._login(fetch)
            return {"Authorization": f"Bearer {self._token}"}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """A session that has ended is replaced; another request may have done so since this one was signed."""
        if refused.get("Authorization") == f"Bearer {self._token}":
            self._token = ""
        return True

    async def _login(self, fetch: TokenRequest) -> str:
        variables = {"username": self.username, "password": self.password.get_secret_value()}
        answer = await fetch(self.url, {"query": LOGIN, "variables": variables}, {}, True)
        judged(answer)
        login = read(_LoginData, read(_Envelope, answer.body, SYSTEM).data, f"{SYSTEM}: sign-in").login
        if login.kind != "CurrentUser":
            why = login.error[:60] or login.kind[:60]
            raise Denied(f"{SYSTEM}: no sign-in ({why}); check store.vendure.username and .password")
        token = answer.headers.get(TOKEN_HEADER, "")
        if not token:
            raise Denied(
                f"{SYSTEM} gives no bearer tokens: add 'bearer' to authOptions.tokenMethod of its configuration, "
                "or set store.vendure.api_key"
            )
        return token


def judged(answer: Answer) -> None:
    """Raise what an answer of status 200 tells in its errors. Their messages may quote what was sent: not repeated."""
    envelope = read(_Envelope, answer.body, SYSTEM)
    if not envelope.errors:
        if envelope.data is None:
            raise BadAnswer(f"{SYSTEM}: the answer has neither data nor errors; check store.vendure.url")
        return
    codes = {error.extensions.code for error in envelope.errors}
    if codes & _DENIED:
        raise Denied(
            f"{SYSTEM}: the key or session is wrong or has ended, or its role lacks a permission; "
            "run 'asterisk-agent connect vendure'"
        )
    if codes & _OWN_FAULTS:
        raise Broken(f"{SYSTEM} answered that it failed", 500)
    raise Rejected(f"{SYSTEM} refused the request: {min(codes)[:60]}", answer.status, answer.body)
