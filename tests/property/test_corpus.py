"""What the fuzzer kept, played again without it: everything that it asserts of an input holds."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fuzz.reach import BYTES_MAX, INPUTS_MAX, fewest
from tests.fuzz.targets import TARGETS, inputs_of

Play = Callable[[bytes], None]


@pytest.fixture(params=sorted(TARGETS))
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Play]]:
    name: str = request.param
    with TARGETS[name]().open(tmp_path) as play:
        yield name, play


def test_every_input_in_the_tree_still_holds(target: tuple[str, Play]) -> None:
    name, play = target
    inputs = inputs_of(name)
    assert inputs
    for data in inputs:
        try:
            play(data)
        except Exception as error:
            error.add_note(f"{name}: {data!r}")
            raise


def test_the_corpus_is_small() -> None:
    inputs = [data for name in TARGETS for data in inputs_of(name)]
    assert len(inputs) <= 3 * INPUTS_MAX
    assert sum(map(len, inputs)) <= 3 * BYTES_MAX


def test_few_inputs_reach_what_many_do() -> None:
    one, two, three = ("a", 0, 1, 1), ("a", 1, 2, 1), ("b", 0, 1, 1)
    assert fewest({b"1": {one}, b"12": {one, two}, b"3": {three}, b"33": {three}}) == [b"12", b"3"]
