"""Old code on a newer schema, as after a rollback, or while processes are restarted one after another.

The commit of each version stands in a file of its name beside this one. Its own API suite runs, on databases that the
migrations of this version made, on both engines. See docs/decisions/0020-old-code-on-a-new-schema.md.
"""

import io
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from klepet.store import schema
from klepet.store.tables import metadata
from tests.schemas import OTHER

ROOT = Path(__file__).parents[2]
VERSIONS = sorted(path for path in Path(__file__).parent.iterdir() if re.fullmatch(r"\d+\.\d+\.\d+", path.name))

pytestmark = pytest.mark.timeout(3600)

AHEAD = '''"""What a later version may do: a column more in every table, a table and an index."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the schema to this revision."""
    for table in {tables}:
        op.add_column(table, sa.Column("later", sa.Text()))
        op.add_column(table, sa.Column("later_count", sa.Integer(), nullable=False, server_default="0"))
    op.create_table("later", sa.Column("id", sa.Integer(), primary_key=True))
    op.create_index("ix_messages_later", "messages", ["later"])


def downgrade() -> None:
    """Take the schema back."""
    op.drop_index("ix_messages_later", "messages")
    op.drop_table("later")
    for table in {tables}:
        op.drop_column(table, "later_count")
        op.drop_column(table, "later")
'''


def checked_out(commit: str, folder: Path) -> Path:
    """The tree of a commit, with the front end that is built here: it is not what is tried."""
    archive = subprocess.run(["git", "archive", "--format=zip", commit], cwd=ROOT, capture_output=True, check=False)
    if archive.returncode != 0:
        pytest.skip(f"this clone does not reach back to {commit[:12]}: git fetch --unshallow")
    with zipfile.ZipFile(io.BytesIO(archive.stdout)) as files:
        files.extractall(folder)
    built = ROOT / "klepet" / "static"
    if built.exists():
        shutil.copytree(built, folder / "klepet" / "static", dirs_exist_ok=True)
    return folder


def run_api_suite(tree: Path, schema_of: Path) -> None:
    told = {OTHER: str(schema_of), "KLEPET_FAULTS": ""}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--timeout=600", "tests/api"]
    ran = subprocess.run(command, cwd=tree, env=os.environ | told, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-6000:] + ran.stderr[-2000:]
    summary = ran.stdout.strip().splitlines()[-1]
    counted = re.search(r"(\d+) passed", summary)
    assert counted, summary
    assert int(counted[1]) > 200, summary


def ahead(folder: Path) -> Path:
    """This version with one migration more, as a later one may have it."""
    shutil.copytree(ROOT / "klepet", folder / "klepet", ignore=shutil.ignore_patterns("__pycache__", "static"))
    revision = f"{schema.number_of(schema.HEAD) + 1:04}_since_{schema.HEAD[:4]}"
    text = AHEAD.format(revision=revision, before=schema.HEAD, tables=repr(sorted(metadata.tables)))
    (folder / "klepet/store/migrations/versions" / f"{revision}_ahead.py").write_text(text)
    module = folder / "klepet/store/schema.py"
    module.write_text(module.read_text().replace(f'HEAD = "{schema.HEAD}"', f'HEAD = "{revision}"'))
    assert f'HEAD = "{revision}"' in module.read_text()
    return folder


@pytest.mark.parametrize("version", VERSIONS, ids=lambda path: path.name)
def test_the_code_of_an_earlier_version_passes_its_suite_on_this_schema(version: Path, tmp_path: Path) -> None:
    run_api_suite(checked_out(version.read_text().strip(), tmp_path / "old"), ROOT)


def test_this_code_passes_its_suite_on_a_schema_with_more_in_it(tmp_path: Path) -> None:
    """What decides whether the next version can add to the schema and still be rolled back."""
    run_api_suite(ROOT, ahead(tmp_path / "ahead"))
