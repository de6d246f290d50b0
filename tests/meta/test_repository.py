"""What must not be in the repository: addresses of package servers, paths of one machine, dangerous calls."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Written in pieces, so that this file does not find itself.
HOSTS = ["registry" + ".npmjs", "registry" + ".yarnpkg", "files" + ".pythonhosted", "pypi" + ".org", "npmmirror" + "."]
PATHS = [r"(?<![\w.])/" + place + r"/" for place in ("root", "work", "home/[a-z]+", "Users/[A-Za-z]+")]
BINARY = {".png", ".jpg", ".jpeg", ".webp", ".gif", ".ico", ".woff2", ".mp3", ".ogg", ".wav"}


def tracked() -> list[Path]:
    answer = subprocess.run(["git", "ls-files", "-z", "--cached"], cwd=ROOT, capture_output=True, check=False)
    if answer.returncode != 0:
        pytest.fail("this is no clone: git lists no files")
    return [path for name in answer.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


TEXTS = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in tracked()
    if path.suffix not in BINARY
}


def find(pattern: str, names: list[str]) -> list[str]:
    hits = []
    for name in names:
        for number, line in enumerate(TEXTS[name].splitlines(), 1):
            if re.search(pattern, line):
                hits.append(f"{name}:{number}: {line.strip()[:120]}")
    return hits


def test_no_package_server_is_named():
    assert find("|".join(map(re.escape, HOSTS)), list(TEXTS)) == []


def test_the_lock_file_holds_no_addresses():
    lock = TEXTS["frontend/package-lock.json"]
    assert '"resolved"' not in lock
    assert lock.count('"integrity"') > 50


def test_no_path_of_one_machine():
    assert find("|".join(PATHS), list(TEXTS)) == []


def test_built_files_and_secrets_are_not_tracked():
    built = re.compile(r"(^|/)(\.venv|\.node|node_modules|__pycache__)/|^klepet/static/|^data/")
    secret = re.compile(r"^(?!tests/).*\.(sqlite3?|db|pem|key)$")
    assert [name for name in TEXTS if built.search(name) or secret.search(name)] == []


def test_the_front_end_writes_text_and_never_html():
    """Trusted Types forbid these in the widget, and in the console they are how scripts get in."""
    names = [
        name
        for name in TEXTS
        if name.startswith("frontend/") and name.endswith((".ts", ".svelte")) and "test" not in name
    ]
    assert find(r"\b(innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc)\b|\{@html\b|\beval\(", names) == []


def test_direct_dependencies_are_pinned():
    import json
    import tomllib

    project = tomllib.loads(TEXTS["pyproject.toml"])
    asked = [
        *project["project"]["dependencies"],
        *project["dependency-groups"]["dev"],
        *project["build-system"]["requires"],
    ]
    assert [line for line in asked if "==" not in line] == []
    assert len(project["project"]["dependencies"]) <= 20
    npm = json.loads(TEXTS["frontend/package.json"])
    versions = {**npm.get("dependencies", {}), **npm["devDependencies"]}
    assert {name: version for name, version in versions.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)} == {}


def test_every_pin_is_in_the_constraints():
    import tomllib

    project = tomllib.loads(TEXTS["pyproject.toml"])
    pins = set(re.findall(r"^(\S+==\S+)$", TEXTS["constraints.txt"].lower(), re.MULTILINE))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["dev"]]
    assert [
        pin for line in asked if (pin := re.sub(r"\[.*?\]", "", line).split(";")[0].strip().lower()) not in pins
    ] == []
