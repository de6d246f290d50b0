"""The samples of docs/identify sign identities that are believed, in every language installed here."""

import os
import shutil
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from klepet.kit.tokens import verify_identity

SAMPLES = Path(__file__).parents[3] / "docs" / "identify"
COMMANDS = {"sample.py": sys.executable, "sample.mjs": shutil.which("node"), "sample.php": shutil.which("php")}
INSTALLED = [(sample, command) for sample, command in COMMANDS.items() if command]
SECRET = "ks_Zażółć-gęślą-jaźń"


def test_there_is_a_sample_for_each_language_and_no_other() -> None:
    assert {path.name for path in SAMPLES.glob("sample.*")} == set(COMMANDS)


@pytest.mark.parametrize(("sample", "command"), INSTALLED, ids=[sample for sample, _ in INSTALLED])
def test_sample(sample: str, command: str) -> None:
    result = subprocess.run(
        [command, str(SAMPLES / sample), "customer-42", "Łucja \"L\" 'Ž' 😀", "ana@shop.example"],
        env=os.environ | {"KLEPET_KEY_ID": "key-1", "KLEPET_SECRET": SECRET, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=30,
        check=True,
    )
    claims = verify_identity(result.stdout.strip(), {"key-1": SECRET.encode()}, datetime.now(UTC))
    assert (claims.user_id, claims.name, claims.email) == ("customer-42", "Łucja \"L\" 'Ž' 😀", "ana@shop.example")
    assert claims.attributes == {"plan": "gold"}
