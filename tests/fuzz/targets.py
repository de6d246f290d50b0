"""The targets by their names: what plays an input, what to start from, how inputs are changed."""

import ast
import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """`open` makes what one process needs for many inputs, and gives what plays one of them."""

    open: Callable[[Path], contextlib.AbstractContextManager[Callable[[bytes], None]]]
    seeds: Callable[[], list[bytes]]
    subject: tuple[str, ...]
    """The modules that it is about, of which the summary tells how much was reached."""
    words: Callable[[], list[str]] = list
    change: Callable[[bytes, random.Random], bytes] | None = None
    """A change that keeps an input's shape; the fuzzer's own come beside it."""


@contextlib.contextmanager
def _open_frames(folder: Path) -> Iterator[Callable[[bytes], None]]:
    from tests.fuzz import frames, house

    with house.a_house(folder) as made:
        yield lambda data: frames.play(made, data)


@contextlib.contextmanager
def _open_writer(folder: Path) -> Iterator[Callable[[bytes], None]]:
    from tests.fuzz import writer

    with writer.a_database(folder) as path:
        yield lambda data: writer.play(path, data)


def _writer() -> Target:
    from tests.fuzz import seeds

    return Target(_open_writer, lambda: list(seeds.interleavings()), ("store/writer.py", "store/checkpoints.py"))


@contextlib.contextmanager
def _open_tail(folder: Path) -> Iterator[Callable[[bytes], None]]:
    from tests.fuzz import tail

    yield tail.play


def _tail() -> Target:
    from tests.fuzz import seeds

    return Target(_open_tail, lambda: list(seeds.logs()), ("store/tail.py",))


def _frames() -> Target:
    from tests.fuzz import changes, seeds

    made = list(seeds.frames())
    subject = ("session", "principals", "poll", "picows_socket", "decoding")
    modules = tuple(f"web/{name}.py" for name in subject)
    return Target(_open_frames, lambda: made, modules, seeds.words_of_frames, changes.Lines(made).change)


TARGETS: dict[str, Callable[[], Target]] = {"frames": _frames, "tail": _tail, "writer": _writer}


def inputs_of(name: str) -> list[bytes]:
    """The inputs that are kept in the tree: a file for each target, in it a line for each, as Python writes bytes."""
    file = CORPUS / f"{name}.txt"
    if not file.exists():
        return []
    return [ast.literal_eval(line) for line in file.read_text(encoding="ascii").splitlines()]


def keep(name: str, inputs: list[bytes]) -> None:
    """Keep these and no others, the short ones first."""
    CORPUS.mkdir(exist_ok=True)
    lines = [f"{data!r}\n" for data in sorted(inputs, key=lambda data: (len(data), data))]
    (CORPUS / f"{name}.txt").write_text("".join(lines), encoding="ascii")
