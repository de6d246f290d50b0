"""The commands that move whole databases: backup, restore, copy."""

import argparse
import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from klepet import __version__
from klepet.settings import Settings, SettingsError, check_address
from klepet.store import backup
from klepet.store.engine import DatabaseUnusable, Engine, shown
from klepet.store.opening import open_engine


def run_backup(settings: Settings, options: argparse.Namespace) -> int:
    """Write one backup; klepet may be serving meanwhile."""
    now = datetime.now(UTC)
    target = Path(options.to).expanduser() if options.to else settings.backups
    with contextlib.closing(open_engine(settings.database, is_read_only=True)) as engine, told(engine):
        if target == settings.backups:
            target, manifest = backup.make(
                engine, settings.uploads, target, version=__version__, now=now, keep=settings.backups_kept
            )
        else:
            if target.is_dir() or not target.suffix:
                target = target / backup.name_at(now)
            target.parent.mkdir(parents=True, exist_ok=True)
            backup.check_room(engine, settings.uploads, target.parent)
            manifest = backup.write(engine, settings.uploads, target, version=__version__, now=now)
    size = backup.size_of(target.stat().st_size)
    print(f"{target}: {manifest.rows} rows, {len(manifest.uploads)} uploads, {size}; read again and compared.")
    return 0


def run_restore(settings: Settings, options: argparse.Namespace) -> int:
    """Load a backup into an empty database and an empty folder of uploads."""
    source = Path(options.backup).expanduser()
    if options.check:
        manifest = backup.verify(source)
        made = f"klepet {manifest.version} at {manifest.made_at:%Y-%m-%d %H:%M} UTC"
        print(f"{source} is whole: {manifest.rows} rows and {len(manifest.uploads)} uploads, made by {made}.")
        return 0
    backup.read_manifest(source)
    settings.make_data_folder()
    with contextlib.closing(open_engine(settings.database)) as engine, told(engine):
        manifest = backup.restore(source, engine, settings.uploads, epoch=token_hex(8))
    made = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    print(f"Restored what was backed up at {made}: {manifest.rows} rows, all compared.")
    return 0


def run_copy(settings: Settings, options: argparse.Namespace) -> int:
    """Copy a database into another, empty one."""
    old, new = place(options.source, "--from"), place(options.target, "--to")
    if old == new:
        raise SettingsError("--from and --to name the same database")
    if isinstance(old, Path) and not old.exists():
        raise SettingsError(f"there is no database at {old}")
    if isinstance(new, Path) and not new.parent.is_dir():
        raise SettingsError(f"there is no folder {new.parent}")
    with (
        contextlib.closing(open_engine(old)) as source,
        contextlib.closing(open_engine(new)) as target,
        told(source),
        told(target),
    ):
        counts = backup.copy(source, target, epoch=token_hex(8))
    for name, count in counts.items():
        print(f"{name:<22}{count:>10}")
    print(f"Copied from {shown(old)} to {shown(new)}; every table was compared. Uploads stay in the data folder.")
    return 0


@contextlib.contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Say in one sentence what a database failed at, such as a damaged page. Raises DatabaseUnusable."""
    try:
        yield
    except engine.errors as error:
        cause = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise DatabaseUnusable(f"{engine.name} cannot be used: {cause}") from None


def place(text: str, option: str) -> Path | str:
    """A database as `sqlite:path` or `postgresql://…`. Raises SettingsError."""
    scheme, _, rest = text.partition(":")
    if scheme == "sqlite" and rest:
        return Path(rest.removeprefix("//")).expanduser().resolve()
    if scheme in {"postgresql", "postgres"}:
        check_address(option, text)
        return text
    raise SettingsError(f"{option} has to be sqlite: and a path, or postgresql://, not {text!r}")
