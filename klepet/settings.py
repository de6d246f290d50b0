"""Settings: defaults, then the environment (`KLEPET_*`), then what the command line says."""

import difflib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from klepet.kit.logs import LogLevel, LogStyle
from klepet.kit.proxies import Network

Choice = TypeVar("Choice", bound=StrEnum)

_ON = frozenset({"1", "true", "yes", "on"})
_OFF = frozenset({"0", "false", "no", "off"})


VARIABLES = frozenset(
    {
        "KLEPET_ALLOW_PRIVATE_WEBHOOKS",
        "KLEPET_BACKUPS",
        "KLEPET_BACKUPS_KEPT",
        "KLEPET_BACKUP_BEFORE_MIGRATING",
        "KLEPET_BACKUP_EVERY",
        "KLEPET_DATA",
        "KLEPET_DATABASE",
        "KLEPET_DEMO",
        "KLEPET_DEMO_PORT",
        "KLEPET_DRAIN_SECONDS",
        "KLEPET_HOST",
        "KLEPET_LOG",
        "KLEPET_LOG_LEVEL",
        "KLEPET_METRICS_TOKEN",
        "KLEPET_PORT",
        "KLEPET_PUBLIC_URL",
        "KLEPET_RATE_SCALE",
        "KLEPET_SOCKETS",
        "KLEPET_TRUSTED_PROXIES",
    }
)
"""Every setting's variable."""
_PREFIX = "KLEPET_"
_OF_OTHERS = ("TEST_", "FUZZ_", "NODE", "CHROMIUM", "FAULTS", "FRONTEND", "SEED")
"""What follows the prefix in variables of the tests and of the build, which are no business of a running klepet."""


class Sockets(StrEnum):
    """The implementations of the socket transport."""

    PICOWS = "picows"
    UVICORN = "uvicorn"


class SettingsError(Exception):
    """A setting has a value that klepet cannot work with. The message is one sentence for whoever set it."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All that can be set. Each field's variable is `KLEPET_` and its name, unless said otherwise."""

    host: str
    """The address to listen on. KLEPET_HOST, by default 127.0.0.1: only this machine."""
    port: int
    """The port to listen on. KLEPET_PORT, by default 8420."""
    data: Path
    """The folder of the database and of uploads. KLEPET_DATA, by default `data` where klepet is started."""
    is_demo: bool
    """Whether the demo shop runs beside klepet. KLEPET_DEMO, by default on."""
    demo_port: int
    """The port of the demo shop. KLEPET_DEMO_PORT, by default 8421."""
    public_url: str
    """How people reach klepet, without a slash at its end. KLEPET_PUBLIC_URL, by default http://host:port."""
    trusted_proxies: tuple[Network, ...]
    """Proxies whose X-Forwarded-For is believed: addresses or networks, by default none. KLEPET_TRUSTED_PROXIES."""
    is_private_webhook_allowed: bool
    """Whether webhooks may go to private addresses. KLEPET_ALLOW_PRIVATE_WEBHOOKS, by default off."""
    rate_scale: float
    """Multiplies every rate limit. KLEPET_RATE_SCALE, by default 1."""
    sockets: Sockets
    """What speaks WebSocket: `picows`, or `uvicorn`, its own and slower. KLEPET_SOCKETS, by default picows."""

    drain_seconds: int
    """How long klepet still serves after it was told to stop, while /readyz says that it is not ready.
    KLEPET_DRAIN_SECONDS, by default 0."""

    metrics_token: str | None
    """What /metrics asks for as a bearer. KLEPET_METRICS_TOKEN, by default none: then there is no /metrics."""
    log_style: LogStyle
    """How log lines look: `text`, or `json`. KLEPET_LOG, by default text."""
    log_level: LogLevel
    """From which level on lines are written: debug, info, warning, error. KLEPET_LOG_LEVEL, by default info."""

    database_url: str | None
    """A PostgreSQL server: postgresql://user:password@host/name. KLEPET_DATABASE, by default none: SQLite in the
    data folder."""

    backups: Path
    """The folder of backups. KLEPET_BACKUPS, by default `backups` in the data folder."""
    backups_kept: int
    """How many backups stay there. KLEPET_BACKUPS_KEPT, by default 14."""
    backup_hours: int
    """After how many hours klepet makes the next backup by itself; 0: never. KLEPET_BACKUP_EVERY, by default 24."""
    is_backed_up_before_migrating: bool
    """Whether a backup is made before the database is changed for a new version. KLEPET_BACKUP_BEFORE_MIGRATING, by
    default on."""

    @property
    def database(self) -> Path | str:
        """The database: a file, or the address of a PostgreSQL server."""
        return self.data / "klepet.db" if self.database_url is None else self.database_url

    @property
    def uploads(self) -> Path:
        """The folder of uploads."""
        return self.data / "uploads"

    def make_data_folder(self) -> None:
        """Make the folder of all data, if there is none, for its owner only. Raises SettingsError."""
        try:
            self.data.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):
            raise SettingsError(f"KLEPET_DATA has to be a folder, and {self.data} is or lies in a file") from None
        if self.data.stat().st_mode & 0o077:
            self.data.chmod(0o700)

    @staticmethod
    def load(environ: Mapping[str, str], overrides: Mapping[str, Any] | None = None) -> "Settings":
        """Read the settings; `overrides` go by field name, None counts as not given. Raises SettingsError."""
        given = {name: str(value) for name, value in (overrides or {}).items() if value is not None}

        def value(field: str, variable: str, default: str) -> tuple[str, str]:
            if field in given:
                return f"--{field.replace('_', '-')}", given[field].strip()
            return variable, environ.get(variable, "").strip() or default

        _, host = value("host", "KLEPET_HOST", "127.0.0.1")
        port = _port(*value("port", "KLEPET_PORT", "8420"))
        is_demo = _switch(*value("is_demo", "KLEPET_DEMO", "1"))
        demo_port = _port(*value("demo_port", "KLEPET_DEMO_PORT", "8421"))
        if is_demo and demo_port == port:
            raise SettingsError(
                f"klepet and the demo shop cannot share port {port}; set KLEPET_DEMO_PORT or KLEPET_DEMO=0"
            )
        data = Path(value("data", "KLEPET_DATA", "data")[1]).expanduser().resolve()
        _, backups = value("backups", "KLEPET_BACKUPS", "")
        return Settings(
            host=host,
            port=port,
            drain_seconds=_count(*value("drain_seconds", "KLEPET_DRAIN_SECONDS", "0"), least=0, most=300),
            metrics_token=_token(*value("metrics_token", "KLEPET_METRICS_TOKEN", "")),
            log_style=_choice(LogStyle, *value("log_style", "KLEPET_LOG", "text")),
            log_level=_choice(LogLevel, *value("log_level", "KLEPET_LOG_LEVEL", "info")),
            database_url=_database(*value("database_url", "KLEPET_DATABASE", "")),
            backups_kept=_count(*value("backups_kept", "KLEPET_BACKUPS_KEPT", "14")),
            backups=Path(backups).expanduser().resolve() if backups else data / "backups",
            backup_hours=_count(*value("backup_hours", "KLEPET_BACKUP_EVERY", "24"), least=0, most=8_760),
            is_backed_up_before_migrating=_switch(
                *value("is_backed_up_before_migrating", "KLEPET_BACKUP_BEFORE_MIGRATING", "1")
            ),
            data=data,
            is_demo=is_demo,
            demo_port=demo_port,
            public_url=_url(*value("public_url", "KLEPET_PUBLIC_URL", _own_url(host, port))),
            trusted_proxies=_networks(*value("trusted_proxies", "KLEPET_TRUSTED_PROXIES", "")),
            is_private_webhook_allowed=_switch(
                *value("is_private_webhook_allowed", "KLEPET_ALLOW_PRIVATE_WEBHOOKS", "0")
            ),
            rate_scale=_scale(*value("rate_scale", "KLEPET_RATE_SCALE", "1")),
            sockets=_choice(Sockets, *value("sockets", "KLEPET_SOCKETS", "picows")),
        )


def unknown_settings(environ: Mapping[str, str]) -> list[str]:
    """Of each variable that looks like a setting and is none, a sentence that names it and what it may stand for."""
    said = []
    for name in sorted(environ.keys() - VARIABLES):
        rest = name.removeprefix(_PREFIX)
        if rest == name or rest.startswith(_OF_OTHERS):
            continue
        near = difflib.get_close_matches(rest, [known.removeprefix(_PREFIX) for known in sorted(VARIABLES)], 1)
        said.append(f"{name} is no setting of klepet{f'; {_PREFIX}{near[0]} is one' if near else ''}")
    return said


def _database(name: str, text: str) -> str | None:
    if not text:
        return None
    if not text.startswith(("postgresql://", "postgres://")):
        raise SettingsError(f"{name} has to begin with postgresql://; without it klepet keeps a SQLite file by itself")
    check_address(name, text)
    return text


def check_address(name: str, text: str) -> None:
    """Raise SettingsError where the address of a database cannot be taken apart: most often the password holds signs
    that mean something in addresses. Such a text is not shown, since parts of the password would be.
    """
    if not _is_address(text):
        raise SettingsError(
            f"{name} cannot be read as an address; in the user and the password write @ as %40, : as %3A, / as %2F,"
            " ? as %3F, # as %23, [ as %5B, ] as %5D and % as %25"
        )


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
        has_several = "," in parts.netloc  # servers, each with its port
        is_port_good = has_several or parts.port != 0
    except ValueError:
        return False
    return is_port_good and "@" not in parts.path + parts.query and not parts.fragment and parts.netloc.count("@") <= 1


def _own_url(host: str, port: int) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host)  # noqa: S104 - where one listens is no place to go to
    return f"http://{reachable or (f'[{host}]' if ':' in host else host)}:{port}"


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 65535):
        raise SettingsError(f"{name} has to be a port from 1 to 65535, not {text!r}")
    return int(text)


def _count(name: str, text: str, *, least: int = 1, most: int = 10_000) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 5 and least <= int(text) <= most):
        raise SettingsError(f"{name} has to be a number from {least} to {most}, not {text!r}")
    return int(text)


def _token(name: str, text: str) -> str | None:
    if text and not (text.isascii() and text.isprintable() and 16 <= len(text) <= 200 and " " not in text):
        raise SettingsError(f"{name} has to have 16 to 200 letters, digits or signs, and no space")
    return text or None


def _switch(name: str, text: str) -> bool:
    if text.lower() in _ON:
        return True
    if text.lower() in _OFF:
        return False
    raise SettingsError(f"{name} has to be 1 or 0, not {text!r}")


def _choice(kind: type[Choice], name: str, text: str) -> Choice:
    try:
        return kind(text.lower())
    except ValueError:
        raise SettingsError(f"{name} has to be {' or '.join(kind)}, not {text!r}") from None


def _url(name: str, text: str) -> str:
    try:
        parts = urlsplit(text)
        is_good = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_good = False
        parts = urlsplit("")
    if not is_good or parts.username is not None or parts.path.strip("/") or parts.query or parts.fragment:
        raise SettingsError(
            f"{name} has to be an address such as https://chat.example.com, without a path, not {text!r}"
        )
    return text.rstrip("/")


def _networks(name: str, text: str) -> tuple[Network, ...]:
    found: list[Network] = []
    for part in filter(None, (part.strip() for part in text.split(","))):
        try:
            found.append(ip_network(part))
        except ValueError:
            raise SettingsError(
                f"{name} has to be addresses or networks such as 10.0.0.0/8, with commas, and {part!r} is none"
            ) from None
    return tuple(found)


def _scale(name: str, text: str) -> float:
    try:
        scale = float(text)
    except ValueError:
        scale = math.nan
    if not 0 < scale <= 1_000_000:
        raise SettingsError(f"{name} has to be a number above 0 and at most 1000000, not {text!r}")
    return scale
