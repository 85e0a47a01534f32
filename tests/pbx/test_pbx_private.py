"""The private Asterisk: several at once, and nothing is left of it however its owner ends."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
from pbx_world import client, private
from real_programs import eventually

from asterisk_agent.pbx.private import AsteriskFailed, AsteriskNotFound, Installation, PrivateAsterisk, find

pytestmark = [pytest.mark.asterisk]

OWNER = """
import asyncio
from asterisk_agent.pbx.private import PrivateAsterisk

async def main() -> None:
    async with PrivateAsterisk() as pbx:
        print(pbx.pid, pbx.folder, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


async def test_several_run_side_by_side_and_nothing_is_left_of_them() -> None:
    several = [private() for _ in range(3)]
    await asyncio.gather(*(pbx.__aenter__() for pbx in several))
    pids = [pbx.pid for pbx in several]
    try:
        addresses = {(pbx.asterisk.url, pbx.asterisk.ami.port, pbx.sip_port) for pbx in several}
        assert len(addresses) == 3
        for pbx in several:
            async with client(pbx) as ari:
                await ari.create_bridge("mine")
                assert await ari.bridges() == ["mine"]
    finally:
        for pbx in several:
            await pbx.stop()
    assert not any(pbx.folder.exists() for pbx in several)
    assert not any(psutil.pid_exists(pid) for pid in pids)


async def test_it_listens_on_loopback_only() -> None:
    async with private() as pbx:
        sockets = psutil.Process(pbx.pid).net_connections(kind="inet")
        # PJSIP's two sockets for asking DNS are on ports that it makes up and are no service.
        offered = [one.laddr for one in sockets if one.status == psutil.CONN_LISTEN or one.laddr.port == pbx.sip_port]
        assert len(offered) == 3, "HTTP, AMI and SIP"
        assert {address.ip for address in offered} == {"127.0.0.1"}


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
async def test_it_ends_with_its_owner_and_the_next_one_clears_up(how: signal.Signals) -> None:
    private()  # skips where there is no Asterisk
    owner = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", OWNER), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert owner.stdout is not None
    async with asyncio.timeout(30):
        pid, folder = (await owner.stdout.readline()).decode().split()
    owner.send_signal(how)
    await owner.wait()
    await eventually(lambda: not psutil.pid_exists(int(pid)), 15, "Asterisk has ended")
    async with private():
        assert not Path(folder).exists()


async def test_a_broken_configuration_is_shown_with_asterisks_own_words(monkeypatch: pytest.MonkeyPatch) -> None:
    pbx = private()
    monkeypatch.setattr("asterisk_agent.pbx.private.START_S", 3.0)
    overlay = pbx._overlay()
    monkeypatch.setattr(pbx, "_overlay", lambda: overlay | {"asterisk.conf": "[directories]\nastetcdir => /nowhere\n"})
    with pytest.raises(AsteriskFailed, match="did not start"):
        async with pbx:
            pass
    assert not pbx.folder.exists()


async def test_no_asterisk_at_all_says_how_to_get_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(AsteriskNotFound, match="run deploy/demo"):
        PrivateAsterisk()


@pytest.mark.parametrize(("version", "taken"), [("Asterisk 22.9.0", True), ("Asterisk 20.6.0~dfsg", False)])
async def test_an_asterisk_on_the_path_is_taken_if_it_is_new_enough(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, version: str, taken: bool
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    program = tmp_path / "asterisk"
    program.write_text(f"#!/bin/sh\necho '{version}'\n", encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin")
    if taken:
        assert find() == Installation(None)
    else:
        with pytest.raises(AsteriskNotFound, match="too old"):
            find()
