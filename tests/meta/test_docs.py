"""The documents: their links lead somewhere, and what they have to name they name."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from klepet.cli import _parser
from klepet.model.events import EVENT_TYPES, PUBLIC_EVENT_TYPES
from klepet.web.api import api_routes
from klepet.web.openapi import describe

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = sorted(
    path.relative_to(ROOT).as_posix()
    for path in [
        *DOCS.rglob("*.md"),
        *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "frontend/klepet-js/README.md")),
        *(ROOT / "bench").glob("*.md"),
    ]
)
LINK = re.compile(r"(?<!\\)!?\[[^\]]*\]\(([^)\s]+)\)")


def text_of(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def prose_of(page: str) -> str:
    """A page without its blocks of code and its spans of code."""
    without_blocks = re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]*`", "`code`", without_blocks)


def anchors_of(page: str) -> set[str]:
    """The anchors of a page's headings, as forges make them."""
    blocks_gone = re.sub(r"^ *```.*?^ *```", "", text_of(page), flags=re.MULTILINE | re.DOTALL)
    headings = re.findall(r"^#+ +(.+)$", blocks_gone, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def broken_links(page: str) -> Iterator[str]:
    for target in LINK.findall(prose_of(page)):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = target.partition("#")
        path = ((ROOT / page).parent / name if name else ROOT / page).resolve()
        is_there = path.exists() and path.is_relative_to(ROOT)
        if not is_there or (anchor and anchor not in anchors_of(path.relative_to(ROOT).as_posix())):
            yield target


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    assert list(broken_links(page)) == []


def test_a_broken_link_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.meta.test_docs.ROOT", tmp_path)
    (tmp_path / "page.md").write_text(
        "# A *title*, twice\n[a](page.md#a-title-twice) [b](gone.md) [c](#gone) `[d](no)`"
    )
    assert list(broken_links("page.md")) == ["gone.md", "#gone"]


def test_every_document_is_found_from_the_index() -> None:
    seen: set[str] = set()
    waiting = ["README.md"]
    while waiting:
        page = waiting.pop()
        seen.add(page)
        for target in LINK.findall(prose_of(page)):
            path = ((ROOT / page).parent / target.partition("#")[0]).resolve()
            if path.suffix == ".md" and path.is_relative_to(ROOT):
                name = path.relative_to(ROOT).as_posix()
                waiting += [name] if name not in seen and path.exists() else []
    assert [page for page in PAGES if page not in seen] == []


HELP = {
    name: command.format_help()
    for name, command in _parser()._subparsers._group_actions[0].choices.items()  # type: ignore[union-attr]
}
COMMANDS = sorted(HELP)
SETTINGS = re.findall(r'value\("\w+", "(KLEPET_\w+)", (?:"([^"]*)"|(\w+))', (ROOT / "klepet/settings.py").read_text())


def test_the_settings_are_found() -> None:
    named = set(re.findall(r"KLEPET_[A-Z_]+", (ROOT / "klepet/settings.py").read_text())) - {"KLEPET_"}
    assert {variable for variable, *_ in SETTINGS} == named


@pytest.mark.parametrize(("variable", "default", "computed"), SETTINGS)
def test_every_setting_is_documented(variable: str, default: str, computed: str) -> None:
    """In the table of docs/operations.md with its default, in the README, and in the help of the command."""
    (row,) = [line for line in text_of("docs/operations.md").splitlines() if line.startswith(f"| `{variable}` |")]
    shown = row.split("|")[2].strip()
    assert shown == (f"`{default}`" if default else "none") or computed
    assert variable in text_of("README.md")
    assert variable in _parser().format_help()
    assert variable in HELP["serve"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command: str) -> None:
    assert re.search(rf"^\| `klepet {command}[ `]", text_of("docs/operations.md"), re.MULTILINE)


@pytest.mark.parametrize("page", PAGES)
def test_no_command_is_made_up(page: str) -> None:
    written = set(re.findall(r"(?:`|^|\s|bin/)klepet ([a-z][a-z-]+)(?=[`\s])", "\n".join(code_of(page)), re.MULTILINE))
    assert written <= {*COMMANDS, "serve"}


def code_of(page: str) -> list[str]:
    """The spans of code of a page, and the lines of its shell blocks that begin with a command of ours."""
    spans = [f"`{span}`" for span in re.findall(r"`([^`\n]+)`", text_of(page)) if span.startswith("klepet ")]
    lines = [line.strip() for line in text_of(page).splitlines() if re.match(r"\s*(\S*bin/)?klepet [a-z]", line)]
    blocks = "\n".join(re.findall(r"^ *```(?:sh|ini)\n(.*?)^ *```", text_of(page), re.MULTILINE | re.DOTALL))
    return spans + [line for line in lines if line in blocks]


def test_every_operation_is_documented() -> None:
    router, *_ = api_routes()
    spec = describe([router])
    operations = {f"`{method.upper()} {path}`" for path, found in spec["paths"].items() for method in found}
    written = set(re.findall(r"^\| (`[A-Z]+ /api/v1/[^`]*`) \|", text_of("docs/rest.md"), re.MULTILINE))
    assert operations == written


def test_every_event_is_documented() -> None:
    assert [name for name in EVENT_TYPES if f"| `{name}` |" not in text_of("docs/protocol.md")] == []
    assert [name for name in PUBLIC_EVENT_TYPES if f"| `{name}` |" not in text_of("docs/webhooks.md")] == []


def keys_of(file: str, start: str, key: str) -> list[str]:
    """The keys of one object or interface in a TypeScript file."""
    (body,) = re.findall(rf"^{start}(.*?)^[}}\]]", text_of(file), re.MULTILINE | re.DOTALL)
    found = re.findall(key, body, re.MULTILINE)
    assert len(found) > 3
    return found


def test_the_whole_javascript_api_is_documented() -> None:
    page = text_of("docs/javascript-api.md")
    verbs = keys_of("frontend/widget/src/features/api.ts", r"const VERBS: Record<string, Verb> = \{", r"^  (\w+): \{")
    assert [verb for verb in verbs if f"klepet('{verb}'" not in page] == []
    listened = keys_of(
        "frontend/widget/src/features/api.ts", r"const EVENTS: \(keyof Events\)\[\] = \[", r'^  "(\w+)",'
    )
    assert [name for name in listened if not re.search(rf"^\| .*`{name}`.* \|", page, re.MULTILINE)] == []


def test_every_attribute_of_the_tag_is_documented() -> None:
    settings = keys_of("frontend/widget/src/tag.ts", r"export interface Settings \{", r"^  (\w+)\?:")
    page = text_of("docs/widget.md")
    assert [name for name in settings if f"| `data-{name}" not in page or f"| `{name}: " not in page] == []


@pytest.mark.parametrize("page", PAGES)
def test_files_that_are_named_exist(page: str) -> None:
    names = set(re.findall(r"`((?:klepet|frontend|tests|tools|docs|bench)/[\w./-]+)`", text_of(page)))
    assert [name for name in sorted(names) if not (ROOT / name).exists() and name != "frontend/node_modules"] == []


def test_the_architecture_names_every_part() -> None:
    text = text_of("docs/architecture.md")
    folders = [path.parent.name for path in (ROOT / "klepet").glob("*/__init__.py")]
    assert [name for name in folders if f"{name}/" not in text] == []
    parts = [path for folder in ("listeners", "jobs") for path in (ROOT / "klepet" / folder).glob("[a-z]*.py")]
    assert [path.name for path in parts if f"`{path.relative_to(ROOT).as_posix()}`" not in text] == []


def test_every_decision_is_complete() -> None:
    for path in sorted((DOCS / "decisions").glob("[0-9]*.md")):
        text = path.read_text(encoding="utf-8")
        assert re.match(rf"# {path.name[:4]}: ", text), path.name
        assert all(f"**{part}." in text for part in ("Context", "Decision", "Consequences")), path.name
    numbers = [path.name[:4] for path in (DOCS / "decisions").glob("[0-9]*.md")]
    assert len(numbers) == len(set(numbers))


def test_the_changes_tell_of_this_version() -> None:
    version = ast.literal_eval(re.findall(r"__version__ = (.+)", (ROOT / "klepet/__init__.py").read_text())[0])
    assert re.search(rf"^## \[{re.escape(version)}\]", text_of("CHANGELOG.md"), re.MULTILINE)
