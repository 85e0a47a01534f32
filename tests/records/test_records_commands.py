"""The commands 'db' and 'calls', as an administrator sees them."""

from __future__ import annotations

import asyncio
import io
import json
import os
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

import pytest
from records_world import ended, sqlite_url, started, turn, whole_call

from asterisk_agent.cli import main
from asterisk_agent.records import migrate
from asterisk_agent.records.database import open_engine
from asterisk_agent.records.rows import Record, Requested
from asterisk_agent.records.store import store


def run(data: Path, *arguments: str, database: str = "") -> subprocess.CompletedProcess[str]:
    """The command in this process: a start of Python for each takes longer than all the rest."""
    env = {"ASTERISK_AGENT_DATA_DIR": str(data), "ASTERISK_AGENT_DATABASE__URL": database}
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, env),
        mock.patch.object(sys, "argv", ["asterisk-agent", *arguments]),
        mock.patch.object(sys, "stdin", io.StringIO()),
        redirect_stdout(out),
        redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as ending:
            code = int(ending.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())


def fill(data: Path, records: list[Record]) -> None:
    async def write() -> None:
        await migrate.upgrade(sqlite_url(data))
        engine = open_engine(sqlite_url(data))
        await store(engine, records)
        await engine.dispose()

    asyncio.run(write())


def test_db_upgrade_says_what_it_did(tmp_path: Path) -> None:
    before = run(tmp_path, "db", "status")
    assert (before.returncode, "has no tables yet" in before.stdout) == (1, True)
    assert "created the tables (revision" in run(tmp_path, "db", "upgrade").stdout
    again = run(tmp_path, "db", "upgrade")
    assert (again.returncode, "is up to date" in again.stdout) == (0, True)
    status = run(tmp_path, "db", "status", "--json")
    assert status.returncode == 0
    assert json.loads(status.stdout)["current"] == migrate.head()


@pytest.mark.parametrize("command", [["db", "upgrade"], ["db", "status"], ["calls"], ["requests"]])
@pytest.mark.parametrize(
    ("database", "code"), [("postgresql://u:hidden@127.0.0.1:9/n", 1), ("oracle://u:hidden@h/n", 2)]
)
def test_an_unusable_database_is_one_line_and_no_stack_trace(
    tmp_path: Path, command: list[str], database: str, code: int
) -> None:
    done = run(tmp_path, *command, database=database)
    assert done.returncode == code
    assert len(done.stderr.strip().splitlines()) == 1
    assert "database" in done.stderr
    assert "hidden" not in done.stderr


def test_no_calls_yet(tmp_path: Path) -> None:
    done = run(tmp_path, "calls")
    assert (done.returncode, done.stdout) == (0, "No calls yet.\n")


def test_the_history_redacts_what_is_personal_unless_asked(tmp_path: Path) -> None:
    fill(tmp_path, whole_call("call-1"))
    plain = run(tmp_path, "calls").stdout + run(tmp_path, "calls", "show", "call-1").stdout
    for shown in ("order_status", "10442", "42 s", "400 ms", "…42"):
        assert shown in plain
    as_json = run(tmp_path, "calls", "--json").stdout + run(tmp_path, "calls", "show", "call-1", "--json").stdout
    for hidden in ("6175550142", "words 1"):
        assert hidden not in plain
        assert hidden not in as_json
        assert hidden in run(tmp_path, "calls", "show", "call-1", "--personal").stdout


def test_one_call_as_json_has_turns_with_timings_audit_and_transfers(tmp_path: Path) -> None:
    fill(tmp_path, whole_call("call-1"))
    call = json.loads(run(tmp_path, "calls", "show", "call", "--personal", "--json").stdout)
    assert [turn["response_ms"] for turn in call["turns"]] == [300, 500]
    assert call["turns"][0]["said"] == "words 1"
    assert call["audit"][0]["fields"] == ["status", "expected"]
    assert call["transfers"] == [{"at_ms": 0, "destination": "support", "reason": "caller_asked"}]
    assert call["duration_s"] == 42.0


def test_calls_without_an_end_are_live_and_after_the_longest_call_lost(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    fill(tmp_path, [started("live", at=now), started("old", at=now - timedelta(hours=3)), turn("old", 1)])
    rows = {row["id"]: row for row in json.loads(run(tmp_path, "calls", "--json").stdout)}
    assert rows["live"]["outcome"] == "live"
    assert rows["old"]["outcome"] == "lost"
    assert rows["old"]["duration_s"] is None


@pytest.mark.parametrize(
    ("call_id", "says"), [("nothing", "no call has the id 'nothing'"), ("call", "more than one call's id begins")]
)
def test_a_call_that_is_not_clear_is_a_clear_error(tmp_path: Path, call_id: str, says: str) -> None:
    fill(tmp_path, [*whole_call("call-1"), *whole_call("call-2")])
    done = run(tmp_path, "calls", "show", call_id)
    assert done.returncode == 1
    assert says in done.stderr


def test_purge_deletes_only_what_is_old_enough(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    young = started("young", at=now - timedelta(days=89))
    fill(tmp_path, [started("old", at=now - timedelta(days=91)), ended("old"), young])
    assert run(tmp_path, "calls", "purge", "--older-than", "3 months", "--yes").returncode == 2
    assert run(tmp_path, "calls", "purge", "--older-than", "90d").returncode == 1  # nobody confirms
    assert run(tmp_path, "calls", "purge", "--older-than", "90d", "--yes").stdout == "1 call deleted.\n"
    assert [row["id"] for row in json.loads(run(tmp_path, "calls", "--json").stdout)] == ["young"]


CALLBACK = Requested(
    id="K4RX72-KKKKKKKKK",
    call_id="c1",
    at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC),
    kind="schedule_callback",
    order_number="10442",
    intent="refund_status",
    summary="asks about a refund",
    words="after lunch",
    phone="+16175550142",
    destination="sales",
    due=datetime(2090, 11, 24, 14, 30, tzinfo=UTC),
)
TWIN = replace(CALLBACK, id="K4RX72-MMMMMMMMM", call_id="c3", due=None)
HOSTILE = replace(
    CALLBACK, id="M23M23-MMMMMMMMM", call_id="c2", kind="take_message", words="tell\x1b[2J Ann", due=None, phone=""
)


def test_people_see_what_was_promised_and_tick_it_off(tmp_path: Path) -> None:
    assert run(tmp_path, "requests").stdout == "No open requests.\n"
    fill(tmp_path, [HOSTILE, CALLBACK])
    shown = run(tmp_path, "requests").stdout
    assert shown.index("K4RX72") < shown.index("M23M23"), "what has a time comes first"
    for word in ("due 2090-11-24 09:30", "+16175550142", "order 10442", "for sales", "asks about", "“after lunch”"):
        assert word in shown
    assert "\x1b" not in shown, "a caller's words do not command the terminal"
    (row,) = json.loads(run(tmp_path, "requests", "--kind", "schedule_callback", "--json").stdout)
    assert (row["reference"], row["due"], row["phone"]) == ("K4RX72", "2090-11-24T09:30:00-05:00", "+16175550142")
    done = run(tmp_path, "requests", "done", "k4rx72", "M23M23")
    assert (done.returncode, done.stdout) == (0, "✓ K4RX72 is done\n✓ M23M23 is done\n")
    assert run(tmp_path, "requests").stdout == "No open requests.\n"
    assert run(tmp_path, "requests", "--all").stdout.count("done 20") == 2


def test_a_request_that_is_not_clear_is_a_clear_error(tmp_path: Path) -> None:
    fill(tmp_path, [TWIN, CALLBACK])
    for arguments, code, says in (
        (["done", "RRRRRR"], 1, "no open request has the reference 'RRRRRR'"),
        (["done", "K4RX72"], 1, "names more than one open request; give one whole id: K4RX72-"),
        (["--kind", "callback"], 2, "--kind 'callback' is none of schedule_callback, "),
        (["done"], 2, "REFERENCE"),
    ):
        ending = run(tmp_path, "requests", *arguments)
        assert (ending.returncode, says in ending.stderr) == (code, True), ending.stderr
    assert run(tmp_path, "requests", "done", TWIN.id).returncode == 0
    assert run(tmp_path, "requests", "done", "K4RX72").returncode == 0


def test_a_time_that_has_passed_is_marked(tmp_path: Path) -> None:
    fill(tmp_path, [replace(CALLBACK, due=datetime(2020, 1, 2, 15, 0, tzinfo=UTC))])
    assert "due 2020-01-02 10:00 (overdue)" in run(tmp_path, "requests").stdout
