"""start.py: what it says when it cannot go on, when it builds again, and how it counts."""

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tools.start import browser, environment, frontend, fuzzing, main, nginx, processes, suites, testing
from tools.start.progress import CannotGoOn

ROOT = Path(__file__).parents[2]


def test_a_python_of_any_age_can_read_the_first_file():
    ast.parse((ROOT / "start.py").read_text(), feature_version=(3, 4))


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("Temporary failure in name resolution'))': /simple/x/", "no package server could be reached"),
        ("npm error errno EAI_AGAIN", "no package server could be reached"),
        ("OSError: [Errno 28] No space left on device", "the disk is full"),
        ("npm error code EACCES", "no permission to write"),
        ("one\ntwo\nit broke", "it broke"),
    ],
)
def test_a_failure_is_explained(tmp_path, output, sentence):
    log = tmp_path / "log"
    command = [sys.executable, "-c", f"import sys; print({output!r}); sys.exit(3)"]
    with pytest.raises(CannotGoOn, match="Installing x failed") as problem:
        processes.run(command, log=log, purpose="Installing x", cwd=tmp_path)
    assert sentence in str(problem.value)


def test_every_expected_failure_is_a_sentence_and_exit_code_1(monkeypatch, capsys):
    problems = [CannotGoOn("It cannot."), PermissionError(13, "Permission denied", "here"), OSError(30, "Read-only")]
    for problem in problems:
        monkeypatch.setattr(main, "obey", lambda arguments, problem=problem: (_ for _ in ()).throw(problem))
        assert main.main([]) == 1
        said = capsys.readouterr()
        assert said.out == ""
        assert said.err.count("\n") == 1


@pytest.fixture
def tree(tmp_path):
    """A front end with its build, as far as the stamp is concerned."""
    for name in ("frontend/loader/main.ts", "klepet/texts/en/widget.json", "klepet/static/manifest.json"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).write_text("{}")
    (tmp_path / "klepet/static/.stamp").write_text(frontend.source_hash(tmp_path))
    return tmp_path


@pytest.mark.parametrize("command", ["test", "check", "build"])
def test_whoever_asks_for_help_installs_nothing(command, monkeypatch, capsys):
    monkeypatch.setattr(main, "prepare", lambda **_: pytest.fail("it was prepared"))
    assert main.main([command, "--faults", "--help"]) == 0
    assert "test --faults" in capsys.readouterr().out


def test_what_was_built_stays_built(tree):
    assert frontend.is_built(tree)
    (tree / "frontend/loader/main.test.ts").write_text("a test is not part of the build")
    (tree / "frontend/node_modules").mkdir()
    (tree / "frontend/node_modules/x.js").write_text("")
    assert frontend.is_built(tree)


@pytest.mark.parametrize("name", ["frontend/loader/main.ts", "klepet/texts/en/widget.json", "frontend/loader/new.ts"])
def test_a_changed_source_makes_the_build_stale(tree, name):
    (tree / name).write_text("changed")
    assert not frontend.is_built(tree)


def test_a_missing_build_is_stale(tree):
    (tree / "klepet/static/manifest.json").unlink()
    assert not frontend.is_built(tree)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no flock")
def test_one_installs_and_the_other_waits_even_for_the_child_of_a_killed_one(tmp_path):
    """The first start dies at once; what it had started holds the lock until it ends."""
    script = (
        "import os, sys\nfrom pathlib import Path\nfrom tools.start import environment, processes\n"
        "root = Path(sys.argv[1])\n"
        "with environment.alone(root):\n"
        "    child = 'import os, signal, time; os.kill(os.getppid(), signal.SIGKILL); time.sleep(0.5)'\n"
        "    processes.run([sys.executable, '-c', child], log=root / 'log', purpose='x', cwd=root)\n"
    )
    killed = subprocess.run([sys.executable, "-c", script, tmp_path], cwd=ROOT, check=False).returncode
    assert killed < 0
    began = time.monotonic()
    with environment.alone(tmp_path):
        assert time.monotonic() - began > 0.2


def test_the_last_line_counts(capsys, monkeypatch):
    monkeypatch.delenv("KLEPET_TEST_STRICT", raising=False)
    tally = suites.Tally(passed=2, skips=["a.test_b: no chromium"])
    assert testing.conclude(tally) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ["skipped 1: no chromium", "2 passed, 0 failed, 1 skipped"]


def test_a_skip_is_a_failure_where_none_is_allowed(capsys, monkeypatch):
    monkeypatch.setenv("KLEPET_TEST_STRICT", "1")
    assert testing.conclude(suites.Tally(passed=2, skips=["a.test_b: no chromium"])) == 1
    assert capsys.readouterr().out.splitlines()[-1] == "2 passed, 1 failed, 0 skipped"


def test_no_tests_at_all_is_a_failure(capsys):
    assert testing.conclude(suites.Tally()) == 1


def test_a_crash_of_pytest_is_counted(tmp_path, capsys):
    (tmp_path / ".venv/bin").mkdir(parents=True)
    environment.python_of(tmp_path).parent.mkdir(parents=True, exist_ok=True)
    environment.python_of(tmp_path).symlink_to(sys.executable)
    tally = suites.run_pytest(tmp_path, dict(os.environ), ["--no-such-option"])
    assert tally.passed == 0
    assert len(tally.failures) == 1


SUITE = """
import pathlib
import pytest

@pytest.mark.parametrize("number", range({unsteady}))
def test_that_a_busy_machine_fails(number):
    tried = pathlib.Path(__file__).with_name(f"tried-{{number}}")
    is_first = not tried.exists()
    tried.touch()
    assert not is_first, "too late"

if {wrong}:
    @pytest.mark.parametrize("word", ["a::b", "[c d]"])
    def test_that_is_wrong(word):
        assert False

def test_that_holds():
    assert not pathlib.Path(__file__).with_name("held").exists(), "only what failed runs again"
    pathlib.Path(__file__).with_name("held").touch()
"""


@pytest.fixture
def run_suite(tmp_path, monkeypatch, capsys):
    """Runs a suite of some tests that fail at first, and some that fail always, as `start.py test` does: the exit
    code and the last lines.
    """
    for module in (testing, suites):
        monkeypatch.setattr(module, "python_of", lambda root: Path(sys.executable))
    monkeypatch.setattr(testing, "run_checkers", lambda root, env, tally: tally.count("ruff check", True))
    monkeypatch.setattr(testing, "run_vitest", lambda root, env, tally: None)
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)

    def run(text):
        for folder in ("tests/unit", "tests/api"):
            (tmp_path / folder).mkdir(parents=True)
        (tmp_path / "tests/api/test_good.py").write_text("def test_good():\n    pass\n")
        (tmp_path / "tests/unit/test_it.py").write_text(text)
        (tmp_path / "pyproject.toml").write_text('[tool.pytest.ini_options]\ntestpaths = ["tests/unit", "tests/api"]\n')
        tally = suites.Tally()
        testing.run_everything(tmp_path, os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, tally)
        capsys.readouterr()
        return testing.conclude(tally), capsys.readouterr().out.splitlines()

    return run


def test_what_fails_on_a_busy_machine_only_passes_and_is_named(run_suite, tmp_path):
    code, said = run_suite(SUITE.format(unsteady=2, wrong=False))
    names = ", ".join(f"tests.unit.test_it.test_that_a_busy_machine_fails[{number}]" for number in range(2))
    assert said == ["", f"2 unsteady: {names}", "5 passed, 0 failed, 0 skipped"]
    assert code == 0
    assert "too late" in (tmp_path / ".results/rest.log").read_text()


def test_what_fails_again_fails(run_suite):
    code, said = run_suite(SUITE.format(unsteady=1, wrong=True))
    wrong = [f"failed: tests.unit.test_it.test_that_is_wrong[{word}]" for word in ("a::b", "[c d]")]
    unsteady = "1 unsteady: tests.unit.test_it.test_that_a_busy_machine_fails[0]"
    assert said == ["", *wrong, unsteady, "4 passed, 2 failed, 0 skipped"]
    assert code == 1


def test_many_failures_are_no_matter_of_the_machine(run_suite):
    code, said = run_suite(SUITE.format(unsteady=suites.AGAIN + 1, wrong=False))
    assert said[-1] == f"3 passed, {suites.AGAIN + 1} failed, 0 skipped"
    assert code == 1


@pytest.mark.parametrize("text", ["import nothing_of_this_name", "import os\n\ndef test_it():\n    os._exit(3)\n"])
def test_a_suite_that_breaks_off_is_not_run_again(run_suite, tmp_path, text):
    code, said = run_suite(text)
    assert said[-1] == "2 passed, 1 failed, 0 skipped"
    assert code == 1


def test_every_suite_is_run_once_and_by_some_share():
    folders = environment.project(ROOT)["tool"]["pytest"]["ini_options"]["testpaths"]
    shares = suites.shared_out([*folders, "tests/of_tomorrow"])
    assert sorted(folder for share in shares.values() for folder in share) == sorted([*folders, "tests/of_tomorrow"])
    assert list(shares) == list(suites.SHARES), "each share has something to do"
    assert "tests/of_tomorrow" in shares["rest"]
    assert shares["pages"] == ["tests/browser/pages"]


def test_installing_a_package_starts_no_service_and_leaves_the_machines_own_policy_alone(tmp_path):
    policy = tmp_path / "policy-rc.d"
    with nginx.no_services_started(policy):
        assert subprocess.run([policy], check=False).returncode == 101
    assert not policy.exists()
    policy.write_text("its own")
    with nginx.no_services_started(policy):
        assert policy.read_text() == "its own"
    assert policy.read_text() == "its own"


def test_the_fuzzer_is_fetched_once_and_only_for_its_command(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", "before")
    asked = []

    def install(command, **named):
        asked.append(command[-1])
        command[-2].mkdir(parents=True)

    monkeypatch.setattr(fuzzing, "run", install)
    fuzzing.command(tmp_path, [])
    monkeypatch.setenv("PYTHONPATH", "before")
    command = fuzzing.command(tmp_path, ["--minutes", "1"])
    assert asked == [fuzzing.REQUIREMENT]
    assert command[1:] == ["-m", "tests.fuzz.run", "--minutes", "1"]
    (folder,) = (tmp_path / ".fuzz").iterdir()
    assert os.environ["PYTHONPATH"].split(os.pathsep) == [str(tmp_path), str(folder), "before"]


def test_a_fuzzer_that_cannot_be_fetched_leaves_nothing_behind(tmp_path, monkeypatch):
    def install(command, **named):
        command[-2].mkdir(parents=True)
        raise CannotGoOn("No wheel.")

    monkeypatch.setattr(fuzzing, "run", install)
    with pytest.raises(CannotGoOn):
        fuzzing.command(tmp_path, [])
    assert list((tmp_path / ".fuzz").iterdir()) == []


@pytest.mark.parametrize(
    ("there", "offered", "asked", "taken"),
    [
        ({browser.SHELL, "chromium"}, {browser.SHELL}, [], browser.SHELL),
        ({"chromium"}, {browser.SHELL}, [browser.SHELL], browser.SHELL),
        ({"chromium"}, set(), [browser.SHELL], "chromium"),
        (set(), {"chromium"}, [browser.SHELL, "chromium"], "chromium"),
        (set(), set(), [browser.SHELL, "chromium"], None),
    ],
)
def test_the_browser_without_windows_is_installed_where_it_can_be(monkeypatch, tmp_path, there, offered, asked, taken):
    tried = []

    def install(root, packages, text):
        tried.append(packages[0])
        if packages[0] not in offered:
            raise CannotGoOn("there is no such package")
        there.add(packages[0])

    monkeypatch.delenv("KLEPET_CHROMIUM", raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    monkeypatch.setattr(Path, "exists", lambda path: str(path) == "/usr/bin/apt-get")
    monkeypatch.setattr(browser, "apt_install", install)
    monkeypatch.setattr("shutil.which", lambda name, path: f"/usr/bin/{name}" if name in there else None)
    env: dict[str, str] = {}
    browser.ensure(tmp_path, env)
    assert tried == asked
    assert env == ({"KLEPET_CHROMIUM": f"/usr/bin/{taken}"} if taken else {})
