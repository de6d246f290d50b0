"""Messages keep their order: what has to be sent again comes before what stood behind it."""

import pytest

from klepet.model.errors import TooMany
from klepet.web.turns import Turns


def test_the_first_of_those_that_were_not_stored_is_waited_for() -> None:
    """The second was too much for the queue, while the first waited in it, to be lost."""
    turns = Turns()
    first, lane = turns.begin("first"), turns.go_on()
    turns.wait_for("second", turns.begin("second"))
    lane.is_broken = True
    turns.wait_for("first", first)
    with pytest.raises(TooMany):
        turns.begin("second")
    turns.begin("first")
    assert turns.go_on() is not lane, "the old lane refuses all"
    turns.begin("second")


def test_a_lane_that_is_whole_goes_on_behind_what_waits_in_it() -> None:
    turns = Turns()
    turns.begin("first")
    lane = turns.go_on()
    turns.wait_for("second", turns.begin("second"))
    turns.begin("second")
    assert turns.go_on() is lane
