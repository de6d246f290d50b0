"""A backup made while klepet runs holds everything, goes to either engine, and is refused where it is not whole."""

import io
import os
import stat
import zipfile
from contextlib import closing
from datetime import UTC, datetime

import pytest
from PIL import Image

from klepet.store import backup, log, search
from klepet.store.opening import open_engine
from tests.api.conftest import Browser
from tests.api.people import add_contact, add_visitor, say


@pytest.fixture
def lived_in(klepet, owner):
    """A klepet with people, words, a photo and secrets; gives the conversation."""
    site = owner.post("/sites", {"name": "Shop"}).json()
    visitor = add_visitor(klepet, add_contact(klepet, name="Žofia", attributes={"vip": True}), site["id"])
    conversation = say(klepet, visitor, "Gdzie jest moja paczka?")
    owner.post(f"/conversations/{conversation}/messages", {"client_id": "answer-one", "text": "Already on its way"})
    owner.post(f"/contacts/{visitor.contact_id}/orders", {"id": "A-1", "value": "12.50", "currency": "EUR"})
    picture = io.BytesIO()
    Image.new("RGB", (300, 200), "teal").save(picture, "PNG")
    owner.put("/me/photo", content=picture.getvalue())
    klepet.index_messages()
    return conversation


def back_up(klepet, target):
    place = klepet.config.data / "klepet.sqlite" if klepet.database is None else klepet.database
    with closing(open_engine(place, is_read_only=True)) as engine:
        return backup.write(engine, klepet.config.data / "uploads", target, version="1", now=klepet.clock.now())


@pytest.fixture
def other_engine(request, tmp_path):
    """An empty place on each engine."""

    def make(kind):
        folder = tmp_path / f"restored-{kind}"
        folder.mkdir()
        if kind == "sqlite":
            return folder / "klepet.sqlite", folder
        server, template, free = request.getfixturevalue("postgres")
        url = free.pop() if free else server.create(template=template)

        def give_back():
            server.empty(url)
            free.append(url)

        request.addfinalizer(give_back)
        return url, folder

    return make


@pytest.mark.skipif(os.name != "posix", reason="elsewhere folders are not synced")
def test_a_backup_and_its_name_are_on_the_disk_before_it_counts(klepet, owner, tmp_path, monkeypatch):
    """Older ones are removed then: after a power failure there would be none."""
    target = tmp_path / "one.klepet.zip"
    synced, sync = [], os.fsync

    def note(descriptor):
        synced.append((stat.S_ISDIR(os.fstat(descriptor).st_mode), target.exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    back_up(klepet, target)
    assert synced == [(False, False), (True, True)]


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_everything_comes_back_on_either_engine(klepet, owner, lived_in, make_klepet, other_engine, tmp_path, kind):
    file = tmp_path / "one.klepet.zip"
    manifest = back_up(klepet, file)
    assert file.stat().st_mode & 0o077 == 0
    assert manifest.tables["messages"].count >= 3
    place, folder = other_engine(kind)
    with closing(open_engine(place)) as engine:
        backup.restore(file, engine, folder / "uploads", epoch="new")

    restored = make_klepet(at=(place, folder))
    browser = Browser(restored)
    browser.sign_in("ada@shop.test")
    texts = [message["text"] for message in browser.get(f"/conversations/{lived_in}/messages").json()["items"]]
    assert texts == [m["text"] for m in owner.get(f"/conversations/{lived_in}/messages").json()["items"]]
    assert browser.get("/me").json()["operator"] == owner.get("/me").json()["operator"]
    photo = browser.get("/me").json()["operator"]["photo_url"]
    assert restored.client.get(photo).content == klepet.client.get(photo).content
    assert len(restored.read(lambda r: search.find(r, ["paczka"], before=None, limit=5))) == 1
    old, new = klepet.read(log.head), restored.read(log.head)
    assert new[0] >= old[0]
    assert new[1] != old[1]
    answer = browser.post(f"/conversations/{lived_in}/messages", {"client_id": "after-it", "text": "Welcome back"})
    assert answer.status_code == 201, answer.text
    restored.index_messages()
    assert len(restored.read(lambda r: search.find(r, ["welcome"], before=None, limit=5))) == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_copy_is_whole(klepet, lived_in, other_engine, kind):
    place, _ = other_engine(kind)
    source = klepet.config.data / "klepet.sqlite" if klepet.database is None else klepet.database
    with closing(open_engine(source, is_read_only=True)) as old, closing(open_engine(place)) as new:
        counts = backup.copy(old, new, epoch="new")
        assert counts["conversations"] == 1
        with pytest.raises(backup.BackupUnusable, match="holds rows already"):
            backup.copy(old, new, epoch="new")


def test_a_damaged_backup_changes_nothing(klepet, lived_in, other_engine, tmp_path):
    file, damaged = tmp_path / "one.klepet.zip", tmp_path / "two.klepet.zip"
    back_up(klepet, file)
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(damaged, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(b"paczka", b"Paczka") if name.endswith("messages.jsonl") else data)
    place, folder = other_engine("sqlite")
    with closing(open_engine(place)) as engine:
        with pytest.raises(backup.BackupUnusable, match="the table messages"):
            backup.restore(damaged, engine, folder / "uploads", epoch="new")
        assert not (folder / "uploads").exists()
        backup.restore(file, engine, folder / "uploads", epoch="new")
        with pytest.raises(backup.BackupUnusable, match="not empty"):
            backup.restore(file, engine, folder / "uploads", epoch="new")


def test_whatever_byte_is_damaged_the_refusal_is_a_sentence(klepet, lived_in, tmp_path):
    """Every 29th byte of a backup, one after the other: either it does not count, or the backup is refused."""
    file, damaged = tmp_path / "one.klepet.zip", tmp_path / "two.klepet.zip"
    manifest = back_up(klepet, file)
    whole = file.read_bytes()
    refused = 0
    for place in range(0, len(whole), 29):
        damaged.write_bytes(whole[:place] + bytes([whole[place] ^ 0x55]) + whole[place + 1 :])
        try:
            assert backup.verify(damaged) == manifest
        except backup.BackupUnusable:
            refused += 1
    assert refused > len(whole) // 29 // 3


def test_what_is_no_backup_is_refused(tmp_path):
    file = tmp_path / "none.klepet.zip"
    with pytest.raises(backup.BackupUnusable, match=r"there is no file .*none\.klepet\.zip$"):
        backup.read_manifest(file)
    file.write_bytes(b"PK nothing")
    with pytest.raises(backup.BackupUnusable, match="is no backup"):
        backup.read_manifest(file)


def test_only_the_newest_backups_are_kept(tmp_path):
    for number in range(5):
        (tmp_path / f"klepet-2026010{number}T000000Z.klepet.zip").write_bytes(b"")
    (tmp_path / "mine.zip").write_bytes(b"")
    backup.prune(tmp_path, 2, now=datetime(2026, 1, 5, tzinfo=UTC))
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "klepet-20260103T000000Z.klepet.zip",
        "klepet-20260104T000000Z.klepet.zip",
        "mine.zip",
    ]
