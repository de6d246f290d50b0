"""Which steps from line to line of klepet an input reaches, and the fewest inputs that reach all that many do: these
are kept in the tree.
"""

import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import klepet
from tests.fuzz.targets import TARGETS, Target, inputs_of, keep

PACKAGE = Path(klepet.__file__).parent
INPUTS_MAX, BYTES_MAX, INPUT_BYTES_MAX = 100, 100_000, 3_000
Arc = tuple[str, int, int, int]
"""A file, two lines of one function of which the second follows the first (0 at its beginning), and how often: the
length of the number in binary, so that once, twice and often are different things.
"""


def reached(play: Callable[[bytes], None], data: bytes) -> set[Arc]:
    """What an input reaches."""
    arcs: Counter[tuple[str, int, int]] = Counter()
    prefix = f"{PACKAGE}/"

    def begin(frame: FrameType, event: str, argument: Any) -> Any:
        file = frame.f_code.co_filename
        if not file.startswith(prefix):
            return None
        name, before = file[len(prefix) :], 0

        def step(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            if event == "line":
                arcs[name, before, frame.f_lineno] += 1
                before = frame.f_lineno
            return step

        return step

    threading.settrace(begin)
    sys.settrace(begin)
    try:
        play(data)
    finally:
        sys.settrace(None)
        threading.settrace(None)  # this ends it
    return {(*arc, count.bit_length()) for arc, count in arcs.items()}


def renew(name: str, found: Path) -> None:
    """Choose anew, among the inputs of the tree, those found and those to start from, which are kept in the tree."""
    target = TARGETS[name]()
    files = found.iterdir() if found.is_dir() else ()
    inputs = {*target.seeds(), *inputs_of(name), *(file.read_bytes() for file in files)}
    with tempfile.TemporaryDirectory() as place, target.open(Path(place)) as play:
        reach = {data: reached(play, data) for data in sorted(inputs, key=len) if len(data) <= INPUT_BYTES_MAX}
    kept = fewest(reach)
    keep(name, kept)
    everything = set[Arc]().union(*reach.values())
    covered = set[Arc]().union(*(reach[data] for data in kept))
    print(
        f"{name}: kept {len(kept)} of {len(inputs)} inputs, {sum(map(len, kept))} bytes; they reach {len(covered)} of "
        f"{len(everything)} steps from line to line in klepet"
    )
    for line in summary(target, covered):
        print(line)


def fewest(reach: dict[bytes, set[Arc]]) -> list[bytes]:
    """Few inputs that together reach what all do: each time the one that adds most, the shorter of two. First every
    step at all, then how often.
    """
    kept: list[bytes] = []
    add_fewest({data: {(*arc[:3], 0) for arc in arcs} for data, arcs in reach.items()}, kept)
    add_fewest(reach, kept)
    return kept


def add_fewest(reach: dict[bytes, set[Arc]], kept: list[bytes]) -> None:
    """Add to what is kept until it reaches all, or is enough."""
    left = set[Arc]().union(*reach.values()).difference(*(reach[data] for data in kept))
    while left and len(kept) < INPUTS_MAX:
        best = max(reach, key=lambda data: (len(reach[data] & left), -len(data)))
        if sum(map(len, kept)) + len(best) > BYTES_MAX:
            return
        kept.append(best)
        left -= reach[best]


def summary(target: Target, arcs: set[Arc]) -> list[str]:
    """How many lines of the functions of each module that the target is about were reached."""
    made = []
    for module in target.subject:
        lines = lines_of(PACKAGE / module)
        hit = {line for file, _, line, _ in arcs if file == module} & lines
        missed = ", ".join(map(str, sorted(lines - hit)))
        made.append(f"  {module}: {len(hit)} of {len(lines)} lines" + (f"; not {missed}" if missed else ""))
    return made


def lines_of(file: Path) -> set[int]:
    """The lines of a module's functions that can be executed; not those that run once, when it is imported."""
    lines: set[int] = set()
    waiting = [(compile(file.read_text(encoding="utf-8"), str(file), "exec"), False)]
    while waiting:
        code, is_function = waiting.pop()
        if is_function:
            lines |= {line for _, _, line in code.co_lines() if line is not None and line != code.co_firstlineno}
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                waiting.append((constant, bool(constant.co_flags & 0x2)))  # CO_NEWLOCALS: a function, not a class
    return lines
