"""Files and functions that outgrew the limits of the architecture."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CATALOGUES = {"klepet/model/events.py"}
PYTHON = sorted(path for folder in ("klepet", "tools", "tests", "bench") for path in (ROOT / folder).rglob("*.py"))
FRONTEND = sorted(
    path
    for part in ("loader", "widget", "console", "ui")
    for pattern in ("*.ts", "*.svelte")
    for path in (ROOT / "frontend" / part).rglob(pattern)
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_there_is_something_to_measure():
    assert len(PYTHON) > 10
    assert FRONTEND


def test_python_modules_have_at_most_500_lines():
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in PYTHON}
    assert {path: size for path, size in sizes.items() if size > 500 and path not in CATALOGUES} == {}


def test_typescript_and_svelte_files_have_at_most_300_lines():
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in FRONTEND}
    assert {path: size for path, size in sizes.items() if size > 300} == {}


@pytest.mark.parametrize("path", [path for path in PYTHON if path.is_relative_to(ROOT / "klepet")], ids=name)
def test_functions_have_at_most_60_lines(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    sizes = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {function: size for function, size in sizes.items() if size > 60} == {}
