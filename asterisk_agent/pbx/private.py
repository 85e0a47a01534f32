"""A private Asterisk on loopback, for the demo, measurements and tests. It is configured by the very files in
``dialplan/`` that an administrator installs; only ports, passwords and folders are its own.
"""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import SecretStr

from asterisk_agent.pbx.ari import AriClient, AriDenied, AriError, AriUnreachable
from asterisk_agent.pbx.private_files import MODULES, PEOPLE, PJSIP
from asterisk_agent.pbx.transports import websocket_works
from asterisk_agent.settings import Ami, Asterisk

START_S = 20.0
_POLL_S = 0.05
_PORTS = range(21_000, 32_000)
"""Below the range that Linux gives to outgoing connections: one of those could take a port before Asterisk does."""
_PREFIX = "order-agent-"
_PACKAGE_DIALPLAN = Path(__file__).parent.parent / "dialplan"
_CHECKOUT_DIALPLAN = Path(__file__).parent.parent.parent / "dialplan"
_PRODUCT_FILES = ("extensions_order_agent.conf", "http.conf", "ari.conf", "manager.conf", "queues.conf")


class AsteriskNotFound(Exception):
    """There is no Asterisk to start; the message says how to get one."""


class AsteriskFailed(Exception):
    """Asterisk did not start; the message has the end of its log."""


@dataclass(frozen=True)
class Installation:
    """An Asterisk that can be started: on this system (``root`` is None) or in a root file system of its own."""

    root: Path | None

    def inside(self, path: Path) -> str:
        """``path`` as Asterisk sees it."""
        return str(path) if self.root is None else "/" + str(path.relative_to(self.root))

    def command(self, *arguments: str) -> list[str]:
        """The command line that runs ``asterisk`` with these arguments."""
        return [*(["chroot", str(self.root)] if self.root else []), "asterisk", *arguments]


def cached_root() -> Path:
    """Where deploy/demo and deploy/test keep Asterisk's root file system."""
    cache = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(cache) / "asterisk-order-agent" / "asterisk-root"


def find() -> Installation:
    """An Asterisk that is new enough: from the PATH, else from the user's cache. Raises AsteriskNotFound."""
    seen = ""
    if shutil.which("asterisk"):
        text = subprocess.run(["asterisk", "-V"], capture_output=True, text=True, check=False).stdout
        numbers = [int(number) for number in re.findall(r"\d+", text)[:3]]
        if len(numbers) == 3 and websocket_works((numbers[0], numbers[1], numbers[2])):
            return Installation(None)
        seen = f" (the one on the PATH, {text.strip() or 'unknown'}, is too old)"
    root = cached_root()
    if (root / "usr/sbin/asterisk").exists():
        return Installation(root)
    raise AsteriskNotFound(f"no Asterisk 20.18, 22.8, 23.2 or later was found{seen}; run deploy/demo once, it gets one")


def dialplan_folder() -> Path:
    """The product's dialplan files, in the installed package or the checkout."""
    return _PACKAGE_DIALPLAN if _PACKAGE_DIALPLAN.is_dir() else _CHECKOUT_DIALPLAN


class PrivateAsterisk:
    """One Asterisk process with folders of its own. Use as an async context manager; several may run at once.

    ``members``: human agents in the queue 'support' who answer at once. ``extra_dialplan``: more of extensions.conf.
    """

    def __init__(self, members: int = 1, extra_dialplan: str = "", sip_bind: str = "127.0.0.1") -> None:
        self._installation = find()
        self._members = members
        self._extra = extra_dialplan
        self._http_port, self._ami_port, self.sip_port = _free_port(), _free_port(), _free_port(socket.SOCK_DGRAM)
        self.sip_bind = sip_bind
        self.sip_password = secrets.token_hex(6)
        self._password, self._secret = secrets.token_hex(16), secrets.token_hex(16)
        self._process: asyncio.subprocess.Process | None = None
        base = (self._installation.root or Path("/")) / "var/tmp"
        _remove_left_over(base)
        self.folder = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=base))
        self.recordings = self.folder / "recordings"

    async def __aenter__(self) -> Self:
        try:
            await asyncio.to_thread(self._write)
            await self.start()
        except BaseException:
            await self.stop()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @property
    def asterisk(self) -> Asterisk:
        """Settings with which an agent reaches it."""
        return Asterisk(
            url=f"http://127.0.0.1:{self._http_port}",
            password=SecretStr(self._password),
            ami=Ami(port=self._ami_port, secret=SecretStr(self._secret)),
        )

    @property
    def environment(self) -> dict[str, str]:
        """The same as environment variables, for an agent in a process of its own."""
        return {
            "ASTERISK_AGENT_ASTERISK__URL": f"http://127.0.0.1:{self._http_port}",
            "ASTERISK_AGENT_ASTERISK__PASSWORD": self._password,
            "ASTERISK_AGENT_ASTERISK__AMI__PORT": str(self._ami_port),
            "ASTERISK_AGENT_ASTERISK__AMI__SECRET": self._secret,
        }

    @property
    def recordings_inside(self) -> str:
        """The folder ``recordings`` as Asterisk sees it."""
        return self._installation.inside(self.recordings)

    @property
    def pid(self) -> int:
        """Process id while it runs."""
        if self._process is None:
            raise RuntimeError("Asterisk is not running")
        return self._process.pid

    def log(self) -> str:
        """Everything Asterisk has logged."""
        return self._read("log/full")

    def queue_log(self) -> str:
        """The queue_log, as reports read it."""
        return self._read("log/queue_log")

    def cdr(self) -> str:
        """The call detail records as CSV."""
        return self._read("log/cdr-csv/Master.csv")

    async def start(self) -> None:
        """Start it and wait until ARI answers. Raises AsteriskFailed."""
        config = self._installation.inside(self.folder / "etc/asterisk.conf")
        with (self.folder / "console").open("ab") as console:
            self._process = await asyncio.create_subprocess_exec(
                # Asterisk must not outlive this process, however it ends.
                *("setpriv", "--pdeathsig", "KILL", *self._installation.command("-C", config, "-f")),
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=console,
                start_new_session=True,
            )
        settings = self.asterisk
        try:
            async with (
                asyncio.timeout(START_S),
                AriClient(settings.url, settings.username, self._password, settings.app) as ari,
            ):
                while self._process.returncode is None:
                    try:
                        await ari.info()
                        if await ari.module_loaded("chan_websocket.so") and self._booted():
                            return
                    except AriDenied:
                        break  # another Asterisk has taken the port
                    except (AriUnreachable, AriError):
                        pass  # not yet up, or its modules are not yet loaded
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            pass
        raise AsteriskFailed(f"Asterisk did not start:\n{self._read('console')[-2000:]}\n{self.log()[-2000:]}")

    async def kill(self) -> None:
        """End the process at once; its folders stay."""
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        self._process = None

    async def restart(self) -> None:
        """Kill it and start it again on the same ports."""
        await self.kill()
        (self.folder / "log/full").unlink(missing_ok=True)
        await self.start()

    def suspend(self, suspended: bool) -> None:
        """Stop it from running without ending it, or let it run again: an Asterisk that hangs."""
        os.kill(self.pid, signal.SIGSTOP if suspended else signal.SIGCONT)

    async def stop(self) -> None:
        """End it and remove everything it wrote."""
        await self.kill()
        await asyncio.to_thread(shutil.rmtree, self.folder, True)

    def _booted(self) -> bool:
        return "Asterisk Ready" in self.log()

    def _read(self, name: str) -> str:
        try:
            return (self.folder / name).read_text(encoding="utf-8", errors="replace")
        except FileNotFoundError:
            return ""

    def _write(self) -> None:
        etc = self.folder / "etc"
        for name in ("etc", "run", "log/cdr-csv", "spool", "db", "var", "keys/keys", "recordings"):
            (self.folder / name).mkdir(parents=True)
        for name in _PRODUCT_FILES:
            text = (dialplan_folder() / name).read_text(encoding="utf-8")
            (etc / name).write_text(self._own(name, text), encoding="utf-8")
        for name, text in self._overlay().items():
            (etc / name).write_text(text, encoding="utf-8")

    def _own(self, name: str, text: str) -> str:
        match name:
            case "http.conf":
                return _replaced(text, "bindport=8088", f"bindport={self._http_port}")
            case "ari.conf":
                return _replaced(text, "password=CHANGE-ME", f"password={self._password}")
            case "manager.conf":
                text = _replaced(text, "port=5038", f"port={self._ami_port}")
                return _replaced(text, "secret=CHANGE-ME", f"secret={self._secret}")
            case "queues.conf":
                text = _replaced(text, "wrapuptime=5", "wrapuptime=0")
                members = (f"member => Local/{number}@test-agent/n" for number in range(1, self._members + 1))
                return "\n".join([text, *members, ""])
            case _:
                return text

    def _overlay(self) -> dict[str, str]:
        inside = self._installation.inside
        root = self._installation.root or Path("/")
        modules = next(iter(sorted(root.glob("usr/lib/*/asterisk/modules"))), root / "usr/lib/asterisk/modules")
        folders = {
            "astetcdir": "etc",
            "astrundir": "run",
            "astlogdir": "log",
            "astspooldir": "spool",
            "astdbdir": "db",
            "astvarlibdir": "var",
            "astkeydir": "keys",
        }
        directories = [f"{key} => {inside(self.folder / name)}" for key, name in folders.items()]
        directories += [f"astmoddir => {inside(modules)}", "astdatadir => /usr/share/asterisk"]
        return {
            "asterisk.conf": "\n".join(["[directories]", *directories, "[options]", "verbose=3", "nocolor=yes", ""]),
            "modules.conf": MODULES,
            "logger.conf": "[general]\ndateformat=%F %T.%3q\nqueue_log=yes\n[logfiles]\n"
            "full => notice,warning,error,verbose,dtmf\n",
            "cdr.conf": "[general]\nenable=yes\n[csv]\nusegmtime=yes\n",
            "rtp.conf": "[general]\nrtpstart=20000\nrtpend=20200\n",
            "extensions.conf": '#include "extensions_order_agent.conf"\n' + PEOPLE + self._extra,
            "pjsip.conf": PJSIP.format(bind=self.sip_bind, port=self.sip_port, password=self.sip_password),
        }


def _replaced(text: str, old: str, new: str) -> str:
    if old not in text:
        raise AsteriskFailed(f"the product's dialplan files have no line {old!r} to replace")
    return text.replace(old, new)


def _free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    while True:
        with socket.socket(socket.AF_INET, kind) as probe, suppress(OSError):
            port = _PORTS.start + secrets.randbelow(len(_PORTS))
            probe.bind(("127.0.0.1", port))
            return port


def _remove_left_over(base: Path) -> None:
    for folder in base.glob(f"{_PREFIX}*"):
        owner = re.match(rf"{_PREFIX}(\d+)-", folder.name)
        if owner and not Path(f"/proc/{owner[1]}").exists():
            shutil.rmtree(folder, ignore_errors=True)
