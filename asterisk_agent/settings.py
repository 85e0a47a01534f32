"""One typed configuration, from a TOML file and environment variables.

Order of precedence: environment variable, then the file, then the default. A variable is named after its
key: ``asterisk.password`` is ``ASTERISK_AGENT_ASTERISK__PASSWORD`` (two underscores between levels).
The file is ``--settings FILE``, else ``$ASTERISK_AGENT_SETTINGS``, else ``/etc/asterisk-agent/settings.toml``
if it exists, else none: every key has a default that works on one machine.
"""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import (
    AfterValidator,
    BaseModel,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from asterisk_agent.settings_section import OptionalPath, Section
from asterisk_agent.settings_systems import Carriers, Returns, Store, Subscriptions, Webhooks
from asterisk_agent.spans import spans

ENV_PREFIX = "ASTERISK_AGENT_"
ENV_FILE = "ASTERISK_AGENT_SETTINGS"
DEFAULT_FILE = Path("/etc/asterisk-agent/settings.toml")


class SettingsError(Exception):
    """A setting is unknown, missing or wrong; the message names the key, the value and the fix."""


class Shop(Section):
    """Who the callers think they have called."""

    name: str = Field("our shop", min_length=1, max_length=60, description="Spoken in the greeting.")
    time_zone: str = Field("America/New_York", description="IANA name; 'today' and 'tomorrow' are said in this zone.")
    country: str = Field(
        "US",
        pattern=r"^[A-Z]{2}$",
        description="ISO 3166 code; phone numbers without a country code are read as this country's.",
    )
    order_number: str = Field(
        r"\d{5}",
        min_length=1,
        description="Regular expression that a whole order number matches, e.g. '[A-Z]{2}\\d{6}'.",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value not in available_timezones():
            close = difflib.get_close_matches(value, available_timezones(), n=1)
            hint = f"; did you mean {close[0]!r}?" if close else ""
            raise ValueError(f"is not an IANA time zone such as 'America/New_York'{hint}")
        return value

    @field_validator("order_number")
    @classmethod
    def _compiles(cls, value: str) -> str:
        try:
            re.compile(value)
        except re.error as error:
            raise ValueError(f"is not a regular expression: {error}") from None
        return value

    @property
    def zone(self) -> ZoneInfo:
        """The time zone as an object."""
        return ZoneInfo(self.time_zone)


class Ami(Section):
    """The manager interface, used to set the hand-off variables."""

    host: str = Field("127.0.0.1", description="AMI host.")
    port: int = Field(5038, ge=1, le=65535, description="AMI port.")
    username: str = Field("asterisk-agent", description="Section name in manager.conf.")
    secret: SecretStr = Field(SecretStr(""), description="Its secret.")


class Asterisk(Section):
    """The PBX."""

    url: str = Field(
        "",
        pattern=r"^(https?://[^\s/]+(/[^\s?#]*)?)?$",
        description="Base address of Asterisk's HTTP server, e.g. 'http://127.0.0.1:8088'. "
        "Empty: no PBX is configured.",
    )
    username: str = Field("asterisk-agent", description="User in ari.conf.")
    password: SecretStr = Field(SecretStr(""), description="Its password.")
    app: str = Field(
        "asterisk-order-agent",
        pattern=r"^[A-Za-z0-9_.-]{1,64}$",
        description="Stasis application; the dialplan's Stasis() names the same.",
    )
    media: Literal["auto", "websocket"] = Field(
        "auto", description="Media transport; 'auto' picks the best that this Asterisk has."
    )
    ami: Ami = Ami()


class HandOff(Section):
    """How a call goes to people."""

    context: str = Field(
        "order-agent-handoff",
        pattern=r"^[A-Za-z0-9_.-]{1,79}$",
        description="Dialplan context that the call continues in; its extensions are the destination keys.",
    )
    destinations: tuple[str, ...] = Field(
        ("support",),
        min_length=1,
        description="Destination keys callers may be sent to: extensions of that context. Nothing else is reachable.",
    )
    default: str = Field("support", description="Key used when no other is asked for.")
    queues: dict[str, str] = Field(
        default_factory=dict,
        description="Asterisk queue behind a key, e.g. {support = 'support'}: callers are told long waits.",
    )

    @field_validator("queues")
    @classmethod
    def _plain_names(cls, value: dict[str, str]) -> dict[str, str]:
        for key, name in value.items():
            if not re.fullmatch(r"[\w.@+-]{1,80}", name):
                raise ValueError(f"has the queue {name!r} for {key!r}; write its name in queues.conf")
        return value

    @field_validator("destinations")
    @classmethod
    def _plain_keys(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for key in value:
            if not re.fullmatch(r"[a-z][a-z0-9_-]{0,39}", key):
                raise ValueError(f"has the key {key!r}; use lower-case letters, digits, '-' and '_'")
        return value


class IdentityRules(Section):
    """What callers must show before they are told things, or things are done for them."""

    most_failures: int = Field(3, ge=1, le=10, description="Details that do not match, then people take over.")
    levels: dict[str, int] = Field(
        default_factory=dict,
        description="Identity level (2 or 3) of single changes, e.g. {hold_at_location = 3}; "
        "defaults: asterisk_agent/dialog/levels.py.",
    )

    @field_validator("levels")
    @classmethod
    def _two_or_three(cls, value: dict[str, int]) -> dict[str, int]:
        for name, level in value.items():
            if level not in (2, 3):
                raise ValueError(f"gives {name!r} the level {level}; changes need 2 or 3")
        return value


class Flows(Section):
    """The shop's own flows and examples."""

    folder: OptionalPath = Field(None, description="Folder with the shop's *.yaml flows; empty: the shipped ones.")


class Understanding(Section):
    """How callers are understood."""

    examples: dict[str, tuple[str, ...]] = Field(
        default_factory=dict,
        description="The shop's own examples of what callers say, by label, e.g. {order_status = ['is my pie baked']}.",
    )


class Knowledge(Section):
    """The shop's own texts about shipping, returns and so on."""

    folder: OptionalPath = Field(None, description="Folder of Markdown files; empty: the demo shop's.")


def _spans(value: str) -> str:
    spans(value)
    return value


Spans = Annotated[str, AfterValidator(_spans)]


class Hours(Section):
    """When people answer. Outside these hours callers can have a callback or leave a message."""

    always: bool = Field(True, description="People answer day and night; false: by the hours below.")
    monday: Spans = Field("09:00-18:00", description="Spans in the shop's time zone, several with commas; '': closed.")
    tuesday: Spans = Field("09:00-18:00", description="As above.")
    wednesday: Spans = Field("09:00-18:00", description="As above.")
    thursday: Spans = Field("09:00-18:00", description="As above.")
    friday: Spans = Field("09:00-18:00", description="As above.")
    saturday: Spans = Field("", description="As above.")
    sunday: Spans = Field("", description="As above.")
    holidays: str = Field(
        "", description="Country, or country and part, whose public holidays are closed: 'US', 'US-CA'."
    )
    closed: tuple[str, ...] = Field((), description="Further closed days: ['2026-12-24'].")
    special: dict[str, Spans] = Field(
        default_factory=dict, description="Days with other hours, holidays too: {'2026-11-27' = '10:00-14:00'}."
    )

    @field_validator("holidays")
    @classmethod
    def _known_holidays(cls, value: str) -> str:
        if value:
            import holidays

            country, _, part = value.partition("-")
            known = holidays.list_supported_countries()
            if country not in known:
                raise ValueError("is no country known to the 'holidays' library; write its ISO code, e.g. 'US'")
            if part and part not in known[country]:
                raise ValueError(f"has no part {part!r}; known: {', '.join(known[country])}")
        return value

    @field_validator("closed", mode="before")
    @classmethod
    def _texts(cls, value: Any) -> Any:
        """TOML has dates of its own, without quotes."""
        listed = isinstance(value, list | tuple)
        return [day.isoformat() if type(day) is date else day for day in value] if listed else value

    @field_validator("closed", "special")
    @classmethod
    def _days(cls, value: Any) -> Any:
        for day in value:
            try:
                known = date.fromisoformat(day).isoformat() == day
            except ValueError:
                known = False
            if not known:
                raise ValueError(f"has {day!r}; write days like '2026-12-24'")
        return value


class Whisper(Section):
    """The embedded recogniser."""

    model: OptionalPath = Field(None, description="Folder of a CTranslate2 Whisper model; empty: the packaged one.")
    window_s: int = Field(12, ge=10, le=30, description="Audio window; below 10 s Whisper repeats itself (measured).")


class Vosk(Section):
    """The Vosk recogniser (extra 'vosk')."""

    model: OptionalPath = Field(None, description="Folder of a Vosk model; 'asterisk-agent models' can pull one.")


class Hibari(Section):
    """The embedded voice."""

    voice: str = Field("heart", description="One of the voices the package carries.")
    speed: float = Field(1.0, ge=0.5, le=2.0, description="1.0 is the voice's own pace.")


class Speech(Section):
    """Ears and mouth."""

    recognizer: Literal["whisper", "vosk"] = Field("whisper", description="Recognition engine.")
    synthesizer: Literal["hibari"] = Field("hibari", description="Synthesis engine.")
    workers: int = Field(0, ge=0, le=64, description="Inference threads; 0: one per core.")
    whisper: Whisper = Whisper()
    vosk: Vosk = Vosk()
    hibari: Hibari = Hibari()


class Turn(Section):
    """Turn-taking, in milliseconds."""

    endpoint_ms: int = Field(200, ge=100, le=2000, description="Silence that ends a complete utterance.")
    incomplete_ms: int = Field(1400, ge=300, le=5000, description="Silence that ends an incomplete one.")
    barge_in_ms: int = Field(200, ge=60, le=1000, description="Speech that stops the agent's voice.")
    silence_ms: int = Field(7000, ge=2000, le=30000, description="Silence before a re-prompt.")
    digit_ms: int = Field(2500, ge=500, le=10000, description="Pause that ends keypad input.")
    max_utterance_ms: int = Field(20000, ge=5000, le=30000, description="Hard cap on one utterance.")


class Limits(Section):
    """What one process takes on."""

    max_calls: int = Field(0, ge=0, le=1000, description="Calls at once; 0: ten per core. More go to people.")
    max_call_s: int = Field(900, ge=10, le=7200, description="Longest call with the agent, then people.")


class Database(Section):
    """Where calls are recorded."""

    url: str = Field(
        "",
        description="SQLAlchemy URL, e.g. 'postgresql://user:password@host/name'; empty: SQLite in the data folder.",
    )


class Log(Section):
    """What the process says about itself."""

    level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least level that is logged.")
    format: Literal["text", "json"] = Field("text", description="'json' for log collectors.")
    personal: bool = Field(False, description="Log transcripts, names and numbers too. Off: redacted.")


def _default_data_dir() -> Path:
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "asterisk-order-agent"


class Settings(Section):
    """Everything that can be configured."""

    data_dir: Path = Field(default_factory=_default_data_dir, description="Database, phrase cache, unwritten records.")
    shop: Shop = Shop()
    store: Store = Store()
    carriers: Carriers = Carriers()
    returns: Returns = Returns()
    subscriptions: Subscriptions = Subscriptions()
    webhooks: Webhooks = Webhooks()
    asterisk: Asterisk = Asterisk()
    handoff: HandOff = HandOff()
    identity: IdentityRules = IdentityRules()
    flows: Flows = Flows()
    understanding: Understanding = Understanding()
    knowledge: Knowledge = Knowledge()
    hours: Hours = Hours()
    speech: Speech = Speech()
    turn: Turn = Turn()
    limits: Limits = Limits()
    database: Database = Database()
    log: Log = Log()


def load(path: Path | None = None, environ: dict[str, str] | None = None) -> Settings:
    """Read the settings file (if any) and the environment.

    Raises SettingsError for a missing or unreadable file, an unknown key or a bad value.
    """
    env = dict(os.environ) if environ is None else environ
    if path is None and env.get(ENV_FILE):
        path = Path(env[ENV_FILE])
    if path is None and DEFAULT_FILE.exists():
        path = DEFAULT_FILE
    data: dict[str, Any] = _read(path) if path else {}
    _overlay(data, env)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        raise SettingsError(_explain(error, path)) from None
    if settings.handoff.default not in settings.handoff.destinations:
        raise SettingsError(
            f"handoff.default = {settings.handoff.default!r} is not in handoff.destinations "
            f"({', '.join(settings.handoff.destinations)}); name one of those or add it there"
        )
    for key in settings.handoff.queues:
        if key not in settings.handoff.destinations:
            raise SettingsError(
                f"handoff.queues has the key {key!r}, which is not in handoff.destinations "
                f"({', '.join(settings.handoff.destinations)}); name one of those or add it there"
            )
    given = settings.hours.model_fields_set
    if given and "always" not in given:
        raise SettingsError(
            f"hours.{min(given)} is given, but people answer day and night unless hours.always = false; set that too"
        )
    return settings


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SettingsError(f"settings file {path} does not exist; create it or leave --settings out") from None
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"settings file {path} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"settings file {path} is not valid TOML: {error}") from None


_LISTS = ("handoff.destinations", "hours.closed", "store.also", "store.amazon.marketplaces", "carriers.systems")
"""Keys whose variable is a list with commas."""


def _overlay(data: dict[str, Any], env: dict[str, str]) -> None:
    for name, value in env.items():
        if not name.startswith(ENV_PREFIX) or name == ENV_FILE:
            continue
        keys = name[len(ENV_PREFIX) :].lower().split("__")
        node = data
        for key in keys[:-1]:
            child = node.setdefault(key, {})
            if not isinstance(child, dict):
                raise SettingsError(f"{name}: {key} is a value in the settings file, not a section")
            node = child
        listed = ".".join(keys) in _LISTS
        node[keys[-1]] = [one.strip() for one in value.split(",") if one.strip()] if listed else value


def _explain(error: ValidationError, path: Path | None) -> str:
    source = f" (settings file {path})" if path else ""
    lines = [_explain_one(dict(item)) + source for item in error.errors()]
    return "\n".join(lines)


def _explain_one(item: dict[str, Any]) -> str:
    location = tuple(str(part) for part in item["loc"])
    key = ".".join(location)
    variable = ENV_PREFIX + "__".join(location).upper()
    if item["type"] == "extra_forbidden":
        known = _known_keys(location[:-1])
        close = difflib.get_close_matches(location[-1], known, n=1)
        hint = f"did you mean {'.'.join((*location[:-1], close[0]))}?" if close else f"known: {', '.join(known)}"
        return f"{key} is not a setting; {hint}"
    message = str(item["msg"]).removeprefix("Value error, ")
    shown = "(hidden)" if any(word in key for word in ("password", "secret", "token", "key")) else repr(item["input"])
    return f"{key} = {shown}: {message}; set {variable} or {key} in the settings file"


def _known_keys(section: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in section:
        field = model.model_fields.get(part)
        if field is None or not (isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)):
            return []
        model = field.annotation
    return list(model.model_fields)


def document() -> str:
    """All keys with their defaults and meanings, as a commented TOML file."""
    lines: list[str] = []
    _document(Settings, (), lines)
    return "\n".join(lines).strip() + "\n"


def _document(model: type[BaseModel], section: tuple[str, ...], lines: list[str]) -> None:
    defaults = model()
    if section:
        lines += [
            "",
            f"[{'.'.join(section)}]",
            *(f"# {line}" for line in (model.__doc__ or "").splitlines() if line),
        ]
    nested: list[tuple[str, type[BaseModel]]] = []
    for name, field in model.model_fields.items():
        annotation = field.annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            nested.append((name, annotation))
            continue
        lines.append(f"# {field.description}")
        lines.append(f"#{name} = {_toml(getattr(defaults, name))}")
    for name, child in nested:
        _document(child, (*section, name), lines)


def _toml(value: object) -> str:
    if value is None:
        return "''"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(item)}" for key, item in value.items()) + "}"
    if isinstance(value, tuple):
        return "[" + ", ".join(_toml(item) for item in value) + "]"
    text = value.get_secret_value() if isinstance(value, SecretStr) else str(value)
    return f"'{text}'"
