"""A PostgreSQL server of our own on loopback, that tests may stop, freeze and start again."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import asyncpg

USER = "agent"
PASSWORD = "s3cret"
DATABASE = "calls"


class NoPostgresql(Exception):
    """No server program is installed."""


def programs() -> Path:
    """The folder of the server's programs, the newest version first."""
    candidates = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name), reverse=True
    )
    on_path = shutil.which("postgres")
    for folder in [*candidates, *([Path(on_path).resolve().parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise NoPostgresql("no PostgreSQL server program is installed (Debian: apt-get install postgresql)")


class PrivatePostgresql:
    """One server with one user (password needed) in a folder of its own."""

    def __init__(self) -> None:
        self._bin = programs()
        # Not below pytest's folder: that is closed to the unprivileged user that the server must run as.
        self.folder = Path(tempfile.mkdtemp(prefix="agent-postgresql-"))
        self._data = self.folder / "data"
        self.port = _free_port()
        self._frozen = False
        if os.geteuid() == 0:
            known = subprocess.run(["id", "postgres"], check=False, capture_output=True)
            account = "postgres" if known.returncode == 0 else "nobody"
            shutil.chown(self.folder, account)
            self._as = ["runuser", "-u", account, "--"]
        else:
            self._as = []
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        secret.chmod(0o644)
        options = ["-D", str(self._data), "-U", USER, "--pwfile", str(secret), "-A", "scram-sha-256"]
        self._run("initdb", *options, "-E", "UTF8", "--no-locale", "--no-sync")
        self.start()

    def renew(self) -> None:
        """Replace the database behind ``url`` by an empty one."""
        asyncio.run(self._renew())

    async def _renew(self) -> None:
        connection = await asyncpg.connect(self.url("postgres"))
        try:
            await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
            await connection.execute(f"CREATE DATABASE {DATABASE}")
        finally:
            await connection.close()

    def url(self, database: str = DATABASE, password: str = PASSWORD) -> str:
        return f"postgresql://{USER}:{password}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run(
            "pg_ctl", "-D", str(self._data), "-w", "-t", "30", "-l", str(self.folder / "log"), "-o", options, "start"
        )

    def stop(self) -> None:
        """As an administrator would in a hurry: open connections are cut."""
        self._run("pg_ctl", "-D", str(self._data), "-w", "-m", "immediate", "stop")

    def freeze(self) -> None:
        """The server hangs: it accepts, and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def close(self) -> None:
        self.thaw()
        self.stop()
        shutil.rmtree(self.folder)

    def _signal(self, number: signal.Signals) -> None:
        postmaster = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for process in (postmaster, *map(int, children)):
            with suppress(ProcessLookupError):  # a connection's process that has just ended
                os.kill(process, number)

    def _run(self, program: str, *arguments: str) -> None:
        command = [*self._as, str(self._bin / program), *arguments]
        # Not captured by pipes: the server would inherit them and keep them open.
        with (self.folder / "output").open("w") as output:
            done = subprocess.run(command, check=False, stdout=output, stderr=subprocess.STDOUT, cwd="/", timeout=60)
        if done.returncode != 0:
            raise RuntimeError(f"{program} failed:\n{(self.folder / 'output').read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
