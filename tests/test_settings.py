"""What an administrator sees of the settings: defaults that work, and errors that say what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from asterisk_agent import settings
from asterisk_agent.settings import SettingsError


def write(folder: Path, text: str) -> Path:
    path = folder / "settings.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_no_file_and_no_variables_give_working_defaults() -> None:
    loaded = settings.load(environ={})
    assert loaded.speech.recognizer == "whisper"
    assert loaded.handoff.default in loaded.handoff.destinations


def test_a_variable_wins_over_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, '[shop]\nname = "From file"\ntime_zone = "Europe/Berlin"\n')
    loaded = settings.load(path, {"ASTERISK_AGENT_SHOP__NAME": "From variable"})
    assert loaded.shop.name == "From variable"
    assert loaded.shop.time_zone == "Europe/Berlin"


def test_the_file_may_be_named_by_a_variable(tmp_path: Path) -> None:
    path = write(tmp_path, "[limits]\nmax_calls = 7\n")
    assert settings.load(environ={"ASTERISK_AGENT_SETTINGS": str(path)}).limits.max_calls == 7


def test_destinations_come_as_a_list_from_a_variable() -> None:
    loaded = settings.load(environ={"ASTERISK_AGENT_HANDOFF__DESTINATIONS": "support,sales"})
    assert loaded.handoff.destinations == ("support", "sales")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[shopp]\nname = 'x'\n", "did you mean shop"),
        ("[shop]\nnmae = 'x'\n", "did you mean shop.name"),
        ("[turn]\nendpoint_ms = 5\n", "turn.endpoint_ms = 5"),
        ("[turn]\nendpoint_ms = 5\n", "ASTERISK_AGENT_TURN__ENDPOINT_MS"),
        ("[shop]\ntime_zone = 'America/New_Yrk'\n", "did you mean 'America/New_York'"),
        ("[shop]\norder_number = '['\n", "not a regular expression"),
        ("[asterisk]\nurl = 'localhost:8088'\n", "asterisk.url"),
        ("[handoff]\ndestinations = ['from-internal,1']\n", "lower-case letters"),
        ("[handoff]\ndefault = 'sales'\n", "handoff.destinations (support)"),
        ("[handoff]\nqueues = {sales = 'sales'}\n", "handoff.queues has the key 'sales', which is not in"),
        ("[handoff]\nqueues = {support = 'a, b'}\n", "write its name in queues.conf"),
        ("[shop\n", "not valid TOML"),
        ("shop = 3\n", "shop = 3"),
    ],
)
def test_a_wrong_setting_is_named_with_its_fix(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(SettingsError) as caught:
        settings.load(write(tmp_path, text), {})
    assert named in str(caught.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="does not exist"):
        settings.load(tmp_path / "none.toml", {})


def test_secrets_are_not_shown_in_errors(tmp_path: Path) -> None:
    path = write(tmp_path, "[asterisk]\npassword = [1, 'hunter2']\n")
    with pytest.raises(SettingsError) as caught:
        settings.load(path, {})
    assert "hunter2" not in str(caught.value)


def test_the_printed_settings_are_valid_and_are_the_defaults(tmp_path: Path) -> None:
    lines = settings.document().splitlines()
    text = "\n".join(line if line.startswith("# ") else line.removeprefix("#") for line in lines)
    loaded = settings.load(write(tmp_path, text), {})
    assert loaded == settings.load(environ={})
