"""What keeps klepet from starting is told in one sentence, with exit code 1 and nothing half begun."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from klepet.cli import main
from klepet.store import schema, sqlite
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
NOBODY = 65534
ONLY_POSIX = pytest.mark.skipif(os.name != "posix", reason="owners and signals are those of POSIX")


def environment(data, **settings):
    """The environment of a klepet with ports of its own."""
    port, demo_port = free_port(), free_port()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KLEPET_")}
    given = {"KLEPET_DATA": data, "KLEPET_PORT": port, "KLEPET_DEMO_PORT": demo_port} | settings
    return kept | {"PYTHONPATH": str(ROOT)} | {name: str(value) for name, value in given.items()}


@pytest.fixture
def start(monkeypatch, capsys):
    """Starts klepet, which has to refuse; gives its exit code, and its one line."""

    def run(data, **settings):
        monkeypatch.setattr(os, "environ", environment(data, **settings))
        code = main([])
        said = capsys.readouterr()
        assert said.out == ""
        (line,) = said.err.splitlines()
        return code, line

    return run


def start_as_nobody(data, **settings):
    """The same with the rights of somebody else where the tests run as root, whom no permission stops."""
    script = "import os, sys, klepet.app\nfrom klepet.cli import main\n"
    if os.geteuid() == 0:
        script += f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})\n"
    command = [sys.executable, "-c", script + "sys.exit(main([]))"]
    ended = subprocess.run(
        command, env=environment(data, **settings), capture_output=True, text=True, timeout=60, check=False
    )
    (line,) = ended.stderr.splitlines()
    return ended.returncode, line


@pytest.fixture
def folder():
    """A folder that others may enter."""
    with tempfile.TemporaryDirectory() as name:
        path = Path(name)
        path.chmod(0o755)
        yield path


@pytest.mark.parametrize(
    ("variable", "remedies"),
    [("KLEPET_PORT", ("--port", "KLEPET_PORT")), ("KLEPET_DEMO_PORT", ("KLEPET_DEMO_PORT", "KLEPET_DEMO=0"))],
)
def test_a_port_that_is_taken(start, tmp_path, variable, remedies):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        code, line = start(tmp_path / "data", **{variable: port})
    assert code == 1
    assert line.startswith(f"klepet: port {port} ")
    assert all(word in line for word in remedies)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("host", ["203.0.113.5", "a..b"])
def test_an_address_that_is_not_of_this_machine(start, tmp_path, host):
    code, line = start(tmp_path / "data", KLEPET_HOST=host)
    assert code == 1
    assert "KLEPET_HOST" in line
    assert host in line


@pytest.mark.parametrize("place", ["file", "file/deeper"])
def test_a_data_folder_that_is_a_file(start, tmp_path, place):
    (tmp_path / "file").write_text("")
    code, line = start(tmp_path / place)
    assert (code, line) == (1, f"klepet: KLEPET_DATA has to be a folder, and {tmp_path / place} is or lies in a file")


def test_a_second_klepet_on_the_same_data(start, tmp_path):
    (tmp_path / "data").mkdir()
    with sqlite.lock_for_serving(tmp_path / "data" / "klepet.db"):
        code, line = start(tmp_path / "data")
    assert code == 1
    assert "another klepet is already serving" in line


def test_an_old_sqlite(start, tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite.DRIVER, "sqlite_version_info", (3, 40, 1))
    monkeypatch.setattr(sqlite.DRIVER, "sqlite_version", "3.40.1")
    code, line = start(tmp_path / "data")
    assert (code, line) == (1, "klepet: this Python brings SQLite 3.40.1; klepet needs 3.43 or newer")


@ONLY_POSIX
def test_a_folder_that_may_not_be_written(folder):
    folder.chmod(0o555)
    assert start_as_nobody(folder / "data") == (
        1,
        f"klepet: no permission for {folder / 'data'}; klepet has to read and write there",
    )


@ONLY_POSIX
def test_a_database_that_may_not_be_written(folder):
    """As after a copy made as root."""
    data = folder / "data"
    data.mkdir()
    with sqlite.open_writer(data / "klepet.db") as conn:
        schema.upgrade(conn)
    (data / "klepet.db").chmod(0o444)
    if os.geteuid() == 0:
        os.chown(data, NOBODY, NOBODY)
    assert start_as_nobody(data) == (
        1,
        f"klepet: no permission for {data / 'klepet.db'}; klepet has to read and write there",
    )


@ONLY_POSIX
@pytest.mark.parametrize("command", [["migrate"], ["create-operator", "ana@example.com", "Ana", "owner"]])
def test_the_data_folder_is_for_its_owner_only(tmp_path, monkeypatch, capsys, command):
    monkeypatch.setenv("KLEPET_DATA", str(tmp_path / "data"))
    assert main(command) == 0
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


@ONLY_POSIX
def test_it_starts_prints_its_addresses_and_ends_with_0(tmp_path):
    env = environment(tmp_path / "data")
    with subprocess.Popen([sys.executable, "-m", "klepet"], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        for port in ("KLEPET_PORT", "KLEPET_DEMO_PORT"):
            with socket.create_connection(("127.0.0.1", int(env[port])), timeout=60):
                pass
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
    assert [line.split()[0] for line in lines] == ["Demo", "Console", "Set"]
    assert f"http://127.0.0.1:{env['KLEPET_PORT']}/console/" in lines[1]


@ONLY_POSIX
def test_what_few_need_is_loaded_when_they_need_it(tmp_path, monkeypatch, capsys):
    """Each of these takes one to ten MiB, which a klepet at rest would hold for nothing."""
    seldom = {"alembic", "httpx", "PIL", "prometheus_client", "psycopg", "sqlalchemy.dialects.postgresql", "websockets"}
    if sqlite.DRIVER.__name__.startswith("pysqlite3"):
        seldom.add("sqlite3")
    env = environment(tmp_path / "data") | {"PYTHONPROFILEIMPORTTIME": "1"}
    with monkeypatch.context() as patched:
        patched.setattr(os, "environ", env)
        assert main(["migrate"]) == 0
    capsys.readouterr()
    with (
        (tmp_path / "imports").open("w+") as told,
        subprocess.Popen([sys.executable, "-m", "klepet"], env=env, stdout=subprocess.PIPE, stderr=told) as process,
    ):
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        told.seek(0)
        loaded = {line.rpartition("|")[2].strip() for line in told if line.startswith("import time:")}
    assert {"klepet.app", "sqlalchemy.dialects.sqlite"} <= loaded
    assert loaded & seldom == set()


@ONLY_POSIX
def test_it_ends_with_0_also_when_it_is_told_at_once(tmp_path):
    """A supervisor may stop it as soon as it says that it is there."""
    env = environment(tmp_path / "data", KLEPET_DEMO="0")
    with subprocess.Popen([sys.executable, "-m", "klepet"], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Console")
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
