"""Everything that can be done to a klepet, one step each, with its choices drawn from `chance`. A test holds this list
against `klepet.actions` and `klepet.model.events`: what is missing here fails it.
"""

from random import Random
from typing import Any

from klepet.actions import (
    links,
)
from klepet.kit.tokens import new_token, token_hash
from tests.property.choices import STEPS
from tests.property.steps_people import visitor_comes
from tests.property.steps_talk import visitor_writes
from tests.property.steps_upkeep import add_site
from tests.property.world import World

__all__ = ["STEPS", "begin"]


def begin(world: World) -> None:
    """What every example starts from: an owner at the console, a site, a visitor who has written."""
    token, now = token_hash(new_token()), world.clock.now()
    world.write(lambda tx: links.create_setup_link(tx, token, now=now, ids=world.ids))
    given: dict[str, Any] = {"email": "ada@shop.test", "name": "Ada", "password_hash": "-", "language": "en"}
    owner = world.write(lambda tx: links.set_up_owner(tx, token, **given, now=now, ids=world.ids))
    world.add_operator(owner.id)
    chance = Random(0)
    add_site(world, chance)
    for _ in range(2):
        visitor_comes(world, chance)
    visitor_writes(world, chance)
