"""How requests are signed. Secrets stay inside; no error or log line holds one."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import oauthlib.oauth1
from pydantic import Field, SecretStr

from asterisk_agent.commerce.failures import BadAnswer, Denied, Rejected
from asterisk_agent.commerce.web.answer import Answer, Part, read

TOKEN_MARGIN_S = 60.0
"""A token is replaced this long before it ends, or after half its life if that is shorter."""


@dataclass(frozen=True)
class Outgoing:
    """A request that is to be signed; ``url`` with its query."""

    method: Method
    url: str


Method = Literal["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT"]

TokenRequest = Callable[[str, Mapping[str, object], Mapping[str, str], bool], Awaitable[Answer]]
"""Fetches a token: address, form or JSON fields, headers, whether the fields go as JSON."""


class Auth(Protocol):
    """Signs requests."""

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """Headers to add. Raises SystemFailed when a token cannot be had."""

    def forget(self, refused: Mapping[str, str]) -> bool:
        """Drop these headers, which were refused with 401; whether trying again may help."""


@dataclass(frozen=True)
class Anonymous:
    """No credentials."""

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """None."""
        return {}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """There is nothing to renew."""
        return False


@dataclass(frozen=True)
class Key:
    """A key in a header of its own: ``X-Auth-Token: KEY``, or with a prefix: ``Authorization: ShippoToken KEY``."""

    header: str
    secret: SecretStr
    prefix: str = ""

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """The key's header."""
        return {self.header: self.prefix + self.secret.get_secret_value()}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """A key does not renew itself."""
        return False


@dataclass(frozen=True)
class Basic:
    """RFC 7617 with UTF-8."""

    user: str | SecretStr
    password: SecretStr

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """The Authorization header."""
        user = self.user.get_secret_value() if isinstance(self.user, SecretStr) else self.user
        pair = f"{user}:{self.password.get_secret_value()}".encode()
        return {"Authorization": "Basic " + base64.b64encode(pair).decode()}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """A password does not renew itself."""
        return False


@dataclass(frozen=True)
class OAuth1:
    """OAuth 1.0a (RFC 5849) in the header, HMAC-SHA256: Adobe Commerce integrations."""

    consumer_key: str
    consumer_secret: SecretStr
    token: str
    token_secret: SecretStr

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """The Authorization header over method, address and query."""
        client = oauthlib.oauth1.Client(
            self.consumer_key,
            client_secret=self.consumer_secret.get_secret_value(),
            resource_owner_key=self.token,
            resource_owner_secret=self.token_secret.get_secret_value(),
            signature_method=oauthlib.oauth1.SIGNATURE_HMAC_SHA256,
        )
        _, headers, _ = client.sign(request.url, http_method=request.method)
        return {"Authorization": headers["Authorization"]}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """The signature is new each time."""
        return False


class _Token(Part):
    access_token: str = Field(min_length=1)
    expires_in: float = 3600.0


@dataclass
class OAuth2:
    """OAuth 2.0 tokens (RFC 6749), fetched once for all calls and kept until shortly before they end.

    ``fields``: what goes to ``token_url``, e.g. grant_type, client_id, refresh_token; ``secrets`` the same for what
    must not be shown. ``style``: 'form', 'json', or 'basic' (id and secret as Basic, the rest as form; then they are
    taken from ``client_id`` and ``client_secret`` of the two). ``header``/``prefix``: how the token is sent.
    """

    system: str
    token_url: str
    fields: Mapping[str, str]
    secrets: Mapping[str, SecretStr]
    style: Literal["form", "json", "basic"] = "form"
    header: str = "Authorization"
    prefix: str = "Bearer "
    token_headers: Mapping[str, str] = field(default_factory=dict)
    clock: Callable[[], float] = time.monotonic
    _token: str = field(default="", init=False, repr=False)
    _until: float = field(default=0.0, init=False, repr=False)
    _fetching: asyncio.Lock = field(default_factory=asyncio.Lock, init=False, repr=False)

    async def headers(self, request: Outgoing, fetch: TokenRequest) -> Mapping[str, str]:
        """The token's header; a new token where there is none or it ends soon."""
        async with self._fetching:
            if not self._token or self.clock() >= self._until:
                await self._renew(fetch)
            return {self.header: self.prefix + self._token}

    def forget(self, refused: Mapping[str, str]) -> bool:
        """A revoked token is replaced by a new one; another request may have done so since this one was signed."""
        if refused.get(self.header) == self.prefix + self._token:
            self._token = ""
        return True

    async def _renew(self, fetch: TokenRequest) -> None:
        given = {**self.fields, **{key: secret.get_secret_value() for key, secret in self.secrets.items()}}
        headers = dict(self.token_headers)
        if self.style == "basic":
            pair = f"{given.pop('client_id', '')}:{given.pop('client_secret', '')}".encode()
            headers["Authorization"] = "Basic " + base64.b64encode(pair).decode()
        started = self.clock()
        try:
            answer = await fetch(self.token_url, given, headers, self.style == "json")
        except Rejected as error:
            raise Denied(f"{self.system}: no token: {_reason(error.body)}; check the id and the secret") from None
        token = read(_Token, answer.body, f"{self.system}: token")
        if token.expires_in <= 0:
            raise BadAnswer(f"{self.system}: the token has ended before it began; check this machine's clock")
        self._token = token.access_token
        self._until = started + max(token.expires_in - TOKEN_MARGIN_S, token.expires_in / 2)


def _reason(body: Any) -> str:
    """The error code of RFC 6749 5.2, which is not personal, else a general word."""
    code = body.get("error") if isinstance(body, dict) else None
    return code if isinstance(code, str) and len(code) <= 60 else "refused"
