"""A disk that forgets what was not synced. Serves as klepet does, and keeps beside each database file a copy of what
the disk would still hold if the power failed now.

    python -m tests.fault.power serve ...      KLEPET_TEST_SYNCHRONOUS: FULL, or what a test wants to see fail

SQLite writes through a table of functions (sqlite3_io_methods). Writing, truncating and syncing are replaced by ones
that do the same and keep the books: what is written waits, and goes into the copy when the file is synced.
"""

import ctypes
import importlib
import os
import shutil
import sys
from ctypes import CFUNCTYPE, POINTER, Structure, c_char_p, c_int, c_int64, c_void_p
from pathlib import Path
from typing import Any

from klepet.store import sqlite

SUFFIX = ".durable"


class IoMethods(Structure):
    """sqlite3_io_methods, the part that every version has."""


class File(Structure):
    """sqlite3_file: the methods come first."""

    _fields_ = (("methods", POINTER(IoMethods)),)


_Close = CFUNCTYPE(c_int, POINTER(File))
_Write = CFUNCTYPE(c_int, POINTER(File), c_void_p, c_int, c_int64)
_Truncate = CFUNCTYPE(c_int, POINTER(File), c_int64)
_Sync = CFUNCTYPE(c_int, POINTER(File), c_int)
IoMethods._fields_ = (
    ("version", c_int),
    ("close", _Close),
    ("read", c_void_p),
    ("write", _Write),
    ("truncate", _Truncate),
    ("sync", _Sync),
    ("others", c_void_p * 13),
)


class Vfs(Structure):
    """sqlite3_vfs, up to xOpen."""


_Open = CFUNCTYPE(c_int, POINTER(Vfs), c_void_p, POINTER(File), c_int, POINTER(c_int))
Vfs._fields_ = (
    ("version", c_int),
    ("file_size", c_int),
    ("path_max", c_int),
    ("next", c_void_p),
    ("name", c_char_p),
    ("data", c_void_p),
    ("open", _Open),
)


class ForgetfulFile:
    """The books of one open file."""

    def __init__(self, path: Path, inner: IoMethods) -> None:
        self.inner = inner
        self.waiting: list[tuple[int, bytes | None]] = []
        copy = Path(f"{path}{SUFFIX}")
        copy.touch()
        self.copy = copy.open("r+b")
        self.methods = IoMethods()
        ctypes.pointer(self.methods)[0] = inner
        self.methods.write = _Write(self.write)
        self.methods.truncate = _Truncate(self.truncate)
        self.methods.sync = _Sync(self.sync)

    def write(self, file: Any, data: int, size: int, offset: int) -> int:
        """xWrite."""
        self.waiting.append((offset, ctypes.string_at(data, size)))
        return int(self.inner.write(file, data, size, offset))

    def truncate(self, file: Any, size: int) -> int:
        """xTruncate."""
        self.waiting.append((size, None))
        return int(self.inner.truncate(file, size))

    def sync(self, file: Any, flags: int) -> int:
        """xSync: what waited is on the disk now."""
        code = int(self.inner.sync(file, flags))
        for offset, data in self.waiting:
            if data is None:
                self.copy.truncate(offset)
            else:
                self.copy.seek(offset)
                self.copy.write(data)
        self.waiting.clear()
        self.copy.flush()
        return code


_kept: list[Any] = []


def forget_unsynced_writes() -> None:
    """Let SQLite, as klepet's driver brings it, write through ForgetfulFile from now on."""
    is_own = sqlite.DRIVER.__name__.startswith("pysqlite3")
    library = ctypes.CDLL(importlib.import_module("pysqlite3._sqlite3" if is_own else "_sqlite3").__file__)
    library.sqlite3_vfs_find.restype = POINTER(Vfs)
    vfs = library.sqlite3_vfs_find(None).contents
    inner = _Open(ctypes.cast(vfs.open, c_void_p).value or 0)

    def open_file(which: Any, address: int | None, file: Any, flags: int, out_flags: Any) -> int:
        code = int(inner(which, address, file, flags, out_flags))  # SQLite keeps the address of the name: no copy of it
        name = ctypes.string_at(address) if address else b""
        if code == 0 and name.endswith((b".db", b".db-wal")) and flags & 0x2:  # opened for reading and writing
            forgetful = ForgetfulFile(Path(os.fsdecode(name)), file.contents.methods.contents)
            _kept.append(forgetful)
            file.contents.methods = ctypes.pointer(forgetful.methods)
        return code

    vfs.open = _Open(open_file)
    _kept.extend([vfs, inner, vfs.open])


def lose_power(database: Path) -> None:
    """After the process was killed: put back what the disk held."""
    for path in (database, database.with_name(database.name + "-wal")):
        path.unlink(missing_ok=True)
        copy = Path(f"{path}{SUFFIX}")
        if copy.exists():
            shutil.copyfile(copy, path)
    database.with_name(database.name + "-shm").unlink(missing_ok=True)


def main() -> int:
    """Serve, with the forgetful disk and the `synchronous` that the test asks for."""
    from klepet import cli
    from klepet.store import database

    synchronous: Any = os.environ["KLEPET_TEST_SYNCHRONOUS"]
    forget_unsynced_writes()
    if synchronous != "FULL":
        open_writer = sqlite.open_writer
        database.sqlite.open_writer = lambda path, **_: open_writer(path, synchronous=synchronous)  # type: ignore[attr-defined]
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
