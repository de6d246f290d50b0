"""The command line. Every expected failure is one sentence and exit code 1."""

import argparse
import asyncio
import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

import msgspec

from klepet import __version__
from klepet.actions import links
from klepet.cli import migration, storage
from klepet.cli.doctor import run_doctor
from klepet.kit.clock import SystemClock
from klepet.kit.ids import Ids
from klepet.kit.passwords import hash_password
from klepet.kit.tokens import new_token, token_hash
from klepet.model.errors import KlepetError, NotFound
from klepet.model.ports import Transaction
from klepet.model.words import Role
from klepet.settings import Settings, SettingsError, unknown_settings
from klepet.store import export, operators, schema
from klepet.store.engine import DatabaseUnusable, shown
from klepet.store.opening import open_database, open_engine
from klepet.store.transaction import OpenReader

T = TypeVar("T")

_REFUSALS = (SettingsError, DatabaseUnusable)
"""What is told in one sentence: the error's own."""

_SETTINGS = """\
Settings come from the environment:
  KLEPET_HOST, KLEPET_PORT         where to listen (127.0.0.1, 8420)
  KLEPET_DATABASE                  postgresql://user:password@host/name (a SQLite file in KLEPET_DATA)
  KLEPET_DATA                      folder of the database and uploads (./data)
  KLEPET_BACKUPS                   folder of backups (backups in KLEPET_DATA)
  KLEPET_BACKUPS_KEPT              how many backups stay there (14)
  KLEPET_BACKUP_EVERY              hours between the backups that klepet makes by itself; 0 for none (24)
  KLEPET_BACKUP_BEFORE_MIGRATING   whether one is made before the database changes for a new version: 1 or 0 (1)
  KLEPET_PUBLIC_URL                how people reach klepet (http://host:port)
  KLEPET_DRAIN_SECONDS             how long it still serves once it was told to stop (0)
  KLEPET_METRICS_TOKEN             what /metrics asks for as a bearer (none: there is no /metrics)
  KLEPET_LOG, KLEPET_LOG_LEVEL     how log lines look, and which: text or json, debug to error (text, info)
  KLEPET_DEMO, KLEPET_DEMO_PORT    the demo shop: 1 or 0, and its port (1, 8421)
  KLEPET_TRUSTED_PROXIES           reverse proxies to believe, with commas (none)
  KLEPET_ALLOW_PRIVATE_WEBHOOKS    let webhooks go to private addresses (0)
  KLEPET_RATE_SCALE                multiplies every rate limit (1)
  KLEPET_SOCKETS                   what speaks WebSocket: picows or uvicorn (picows)
"""

_EPILOG = f"""\
{_SETTINGS}
Examples:
  klepet                                          serve; the same as `klepet serve`
  klepet serve --host 0.0.0.0 --port 80           serve to the network
  klepet create-operator ana@example.com Ana operator
  klepet export > everything.jsonl
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = _parser().parse_args(argv)
    try:
        overrides = {"host": getattr(options, "host", None), "port": getattr(options, "port", None)}
        settings = Settings.load(os.environ, overrides)
        if options.run is not _serve:  # which says it in its log
            for sentence in unknown_settings(os.environ):
                print(f"klepet: {sentence}", file=sys.stderr)
        code: int = options.run(settings, options)
        return code
    except BrokenPipeError:
        with contextlib.suppress(OSError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return 130
    except KlepetError as error:
        return _fail(f"{error.problem.field}: {error}" if error.problem.field else str(error))
    except _REFUSALS as error:
        return _fail(str(error))
    except PermissionError as error:
        return _fail(f"no permission for {error.filename or 'the data folder'}; klepet has to read and write there")
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        return _fail(f"the system refused: {error.strerror or error}{where}")


def _fail(sentence: str) -> int:
    print(f"klepet: {sentence}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="klepet",
        description="Live chat for websites that you run yourself.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"klepet {__version__}")
    parser.set_defaults(run=_serve)
    commands = parser.add_subparsers(title="commands", metavar="command")

    def command(name: str, run: Callable[[Settings, argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        made: argparse.ArgumentParser = commands.add_parser(
            name,
            help=text,
            description=text,
            epilog=_SETTINGS,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        made.set_defaults(run=run)
        return made

    serve = command("serve", _serve, "Serve until stopped (what happens without a command).")
    serve.add_argument("--host", help="address to listen on; 0.0.0.0 is every one of this machine")
    serve.add_argument("--port", help="port to listen on")
    migrate = command(
        "migrate", migration.run_migrate, "Bring the database to this version; serving does so by itself."
    )
    migrate.add_argument(
        "--check", action="store_true", help="only tell what would run; exit code 3 when anything would"
    )
    migrate.add_argument("--without-backup", action="store_true", help="make no backup first")
    doctor = command("doctor", run_doctor, "Look for what usually breaks live chat, and say what mends it.")
    doctor.add_argument("--json", action="store_true", help="for programs: the findings as JSON")
    command("check-config", _check_config, "Read the settings and show what they come to.")
    create = command("create-operator", _create_operator, "Add an operator; prints a link to choose a password by.")
    create.add_argument("email", help="what the operator signs in with")
    create.add_argument("name", help="the name that visitors see")
    create.add_argument("role", choices=[role.value for role in Role], help="what the operator may do")
    reset = command("reset-password", _reset_password, "Print a link by which an operator chooses a new password.")
    reset.add_argument("email", help="what the operator signs in with")
    make = command("backup", storage.run_backup, "Write a backup of everything; klepet may be serving meanwhile.")
    make.add_argument("--to", help="a file, or a folder to put it in (backups in the data folder, the newest 14 kept)")
    restore = command("restore", storage.run_restore, "Load a backup into an empty data folder or database.")
    restore.add_argument("backup", help="the file that `klepet backup` wrote")
    restore.add_argument("--check", action="store_true", help="only read it and compare what is in it; change nothing")
    copy = command("copy", storage.run_copy, "Copy a database into another, empty one; nobody may be serving.")
    copy.add_argument("--from", dest="source", required=True, help="sqlite:path or postgresql://…")
    copy.add_argument("--to", dest="target", required=True, help="sqlite:path or postgresql://…")
    command("export", _export, "Write all rows but secrets as JSON Lines; klepet may be serving meanwhile.")
    return parser


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    from klepet.app import run

    return run(settings)


def _check_config(settings: Settings, _: argparse.Namespace) -> int:
    proxies = ", ".join(map(str, settings.trusted_proxies))
    lines = {
        "listens on": f"{settings.host} port {settings.port}",
        "reached at": settings.public_url,
        "data folder": str(settings.data),
        "database": shown(settings.database),
        "backups": f"in {settings.backups}, {_rhythm(settings.backup_hours)}; the newest {settings.backups_kept} stay",
        "demo shop": f"port {settings.demo_port}" if settings.is_demo else "off",
        "trusted proxies": proxies or "none",
        "webhooks to private addresses": "allowed" if settings.is_private_webhook_allowed else "refused",
        "rate limits": f"times {settings.rate_scale:g}",
        "sockets": settings.sockets.value,
        "metrics": "for who has the token" if settings.metrics_token else "off",
        "log": f"{settings.log_style}, from {settings.log_level} on",
    }
    for name, value in lines.items():
        print(f"{name + ':':<31}{value}")
    return 0


def _rhythm(hours: int) -> str:
    return f"every {hours} hours" if hours else "none by itself"


def _create_operator(settings: Settings, options: argparse.Namespace) -> int:
    clock = SystemClock()
    ids = Ids(clock)
    token = new_token()
    unknown_password = hash_password(secrets.token_urlsafe(32))

    def run(tx: Transaction) -> None:
        made = links.create_operator(
            tx,
            email=options.email,
            name=options.name,
            role=Role(options.role),
            password_hash=unknown_password,
            language="en",
            now=clock.now(),
            ids=ids,
        )
        links.create_password_link(tx, None, token_hash(token), operator_id=made.id, now=clock.now(), ids=ids)

    _write(settings, run)
    return _print_link(settings, token)


def _reset_password(settings: Settings, options: argparse.Namespace) -> int:
    clock = SystemClock()
    ids = Ids(clock)
    token = new_token()

    def run(tx: Transaction) -> None:
        account = operators.account_by_email(tx, options.email.strip().lower())
        if account is None:
            raise NotFound(f"there is no operator with the address {options.email}")
        links.create_password_link(tx, None, token_hash(token), operator_id=account.id, now=clock.now(), ids=ids)

    _write(settings, run)
    return _print_link(settings, token)


def _print_link(settings: Settings, token: str) -> int:
    print("Choose a password here, once, within 24 hours:")
    print(f"{settings.public_url}/console/#/reset/{token}")
    return 0


def _write(settings: Settings, run: Callable[[Transaction], T]) -> T:
    """Run one unit while nobody serves."""

    async def write() -> T:
        before = migration.backup_before(settings) if settings.is_backed_up_before_migrating else None
        db = open_database(settings.database, SystemClock(), lambda _: None, before)
        try:
            return await db.write(run)
        finally:
            db.close()

    settings.make_data_folder()
    return asyncio.run(write())


def _export(settings: Settings, _: argparse.Namespace) -> int:
    encode = msgspec.json.Encoder().encode
    with (
        contextlib.closing(open_engine(settings.database, is_read_only=True)) as engine,
        storage.told(engine),
        engine.open_snapshot() as conn,
    ):
        if not schema.is_usable(schema.current_revision(conn)):
            return _fail("the database is of another version; run `klepet migrate` first")
        for table, row in export.rows(OpenReader(conn)):
            sys.stdout.write(encode({"table": table, "row": row}).decode() + "\n")
        sys.stdout.flush()
    return 0
