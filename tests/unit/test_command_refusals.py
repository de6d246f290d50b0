"""What commands say of wrong arguments: one sentence that names them, exit code 1, and nothing left behind."""

from pathlib import Path

import pytest

from klepet.cli import main


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KLEPET_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.mark.parametrize(
    ("email", "name", "said"),
    [
        ("nobody", "Ana", "klepet: email: this is no e-mail address\n"),
        ("ana@example.com", " ", "klepet: name: this must not be empty\n"),
    ],
)
def test_a_refused_argument_is_named(
    data: Path, capsys: pytest.CaptureFixture[str], email: str, name: str, said: str
) -> None:
    assert main(["create-operator", email, name, "owner"]) == 1
    assert capsys.readouterr().err == said


def test_copying_from_where_nothing_is(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old.db", tmp_path / "new.db"
    assert main(["copy", "--from", f"sqlite:{old}", "--to", f"sqlite:{new}"]) == 1
    assert capsys.readouterr().err == f"klepet: there is no database at {old}\n"
    assert list(tmp_path.iterdir()) == []


def test_copying_a_database_onto_itself(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"sqlite:{tmp_path / 'one.db'}"
    assert main(["copy", "--from", place, "--to", place]) == 1
    assert capsys.readouterr().err == "klepet: --from and --to name the same database\n"


def test_files_in_folders_that_do_not_exist(tmp_path: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["create-operator", "ana@example.com", "Ana", "owner"]) == 0
    target = tmp_path / "no" / "new.db"
    capsys.readouterr()
    assert main(["copy", "--from", f"sqlite:{data / 'klepet.db'}", "--to", f"sqlite:{target}"]) == 1
    assert capsys.readouterr().err == f"klepet: there is no folder {target.parent}\n"
    assert main(["backup", "--to", str(tmp_path / "new" / "one.zip")]) == 0
    assert (tmp_path / "new" / "one.zip").exists()


@pytest.mark.parametrize("command", ["backup", "export"])
def test_a_damaged_database_is_told_in_one_sentence(
    data: Path, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    assert main(["create-operator", "ana@example.com", "Ana", "owner"]) == 0
    with (data / "klepet.db").open("r+b") as file:
        file.seek(4096)
        file.write(bytes(range(256)) * 320)
    capsys.readouterr()
    assert main([command]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"klepet: {data / 'klepet.db'} ")
    assert not list((data / "backups").glob("*"))
