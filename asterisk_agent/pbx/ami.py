"""The manager interface, for what ARI cannot do: the state of queues, and variables on a caller's channel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Self

from panoramisk import Manager

from asterisk_agent.settings import Ami

ACTION_S = 1.5
"""Deadline of one action; AMI answers in a few milliseconds."""


RECONNECT_S = 2
DENIED_S = 60
"""Pause before the next attempt; long when the secret is wrong, so as not to fill Asterisk's security log."""


class AmiError(Exception):
    """AMI does not answer or refuses; the message says what to check."""


class AmiDenied(AmiError):
    """AMI does not accept the user or the secret, or does not let it set variables."""


class _Manager(Manager):  # type: ignore[misc]
    """panoramisk's manager, but one that stays closed after close(): its own reconnects after that too."""

    closed = False

    def connect(self, *args: Any, **kwargs: Any) -> Any:
        return None if self.closed else super().connect(*args, **kwargs)

    def connection_made(self, f: asyncio.Future[Any]) -> None:
        if self.closed and not f.cancelled() and f.exception() is None:
            f.result()[0].close()  # the connection came after the close
        elif not self.closed:
            super().connection_made(f)

    def login(self, future: asyncio.Future[Any]) -> Any:
        accepted = super().login(future)
        self.reconnect_timeout = RECONNECT_S if accepted else DENIED_S
        return accepted

    def close(self) -> None:
        self.closed = True
        super().close()


class AmiClient:
    """A connection that panoramisk keeps open and opens again. Use as an async context manager."""

    def __init__(self, settings: Ami) -> None:
        self._settings = settings
        self._where = f"{settings.host}:{settings.port}"
        self._manager: Any = None

    async def __aenter__(self) -> Self:
        self._manager = _Manager(
            host=self._settings.host,
            port=self._settings.port,
            username=self._settings.username,
            secret=self._settings.secret.get_secret_value(),
            events="off",
            loop=asyncio.get_running_loop(),
        )
        connecting = self._manager.connect()
        with suppress(OSError, TimeoutError):
            async with asyncio.timeout(ACTION_S):
                await asyncio.shield(connecting)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._manager.close()

    async def check(self) -> None:
        """Check the connection, the user and the secret. Raises AmiError."""
        await self._action({"Action": "Ping"})

    async def set_variables(self, channel_name: str, variables: Mapping[str, str]) -> None:
        """Set channel variables; names and values must be clean already. Raises AmiError."""
        await asyncio.gather(
            *(
                self._action({"Action": "Setvar", "Channel": channel_name, "Variable": name, "Value": value})
                for name, value in variables.items()
            )
        )

    async def events(self, fields: Mapping[str, str]) -> list[Mapping[str, str]]:
        """An action that is answered by a list of events: those. Raises AmiError."""
        answers = await self._action(fields)
        return [dict(answer.items()) for answer in answers] if isinstance(answers, list) else []

    async def _action(self, fields: Mapping[str, str]) -> Any:
        try:
            async with asyncio.timeout(ACTION_S):
                await self._log_in()
                answers = await self._manager.send_action(dict(fields))
        except (OSError, TimeoutError) as error:
            raise AmiError(f"AMI at {self._where} did not answer within {ACTION_S} s ({error})") from None
        answer = answers[0] if isinstance(answers, list) else answers
        if not answer.success:
            if "permission" in answer.message.lower():
                raise AmiDenied(
                    f"AMI at {self._where} does not let user {self._settings.username!r} use {fields['Action']}: its "
                    "section in manager.conf needs 'write=call'"
                )
            raise AmiError(f"AMI at {self._where} refused {fields['Action']}: {answer.message}")
        return answers

    async def _log_in(self) -> None:
        manager = self._manager
        if manager.protocol is None or manager.protocol.transport.is_closing():
            raise AmiError(
                f"AMI does not answer at {self._where}: is it running, is 'enabled=yes' in manager.conf, and are "
                "asterisk.ami.host and asterisk.ami.port right?"
            )
        if manager.authenticated_future is not None:
            await asyncio.shield(manager.authenticated_future)
            await asyncio.sleep(0)  # panoramisk notes the answer in a callback
        if not manager.authenticated:
            raise AmiDenied(
                f"AMI at {self._where} does not accept user {self._settings.username!r}: asterisk.ami.username and "
                "asterisk.ami.secret must equal a section of manager.conf"
            )
