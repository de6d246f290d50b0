"""The list of steps, and what they choose from.

Texts carry whose they are, the end of the visitor's id or «note» for notes, so that a stream can be searched for what
must not be in it.
"""

from collections.abc import Callable
from random import Random
from typing import Any
from uuid import UUID

from klepet.model.principals import OperatorPrincipal, VisitorPrincipal
from tests.property.people import Person
from tests.property.world import World

Step = Callable[[World, Random], Any]
STEPS: dict[str, Step] = {}
VISITORS_MAX = 5
OPERATORS_MAX = 4


def step(run: Step) -> Step:
    """Put a step into the list."""
    STEPS[run.__name__] = run
    return run


def tag(visitor_id: UUID) -> str:
    """The mark on what belongs to a visitor."""
    return f"«{visitor_id.hex[-8:]}»"


def tag_of_contact(world: World, contact_id: UUID) -> str:
    found = world.rows("SELECT id FROM visitors WHERE contact_id = ? ORDER BY id", contact_id.bytes)
    return tag(UUID(bytes=found[0][0])) if found else "«nobody»"


def tag_of_conversation(world: World, conversation_id: UUID) -> str:
    ((found,),) = world.rows("SELECT visitor_id FROM conversations WHERE id = ?", conversation_id.bytes)
    return tag(UUID(bytes=found))


def any_visitor(world: World, chance: Random) -> tuple[Person, VisitorPrincipal] | None:
    found = world.known_visitors
    if not found:
        return None
    person = chance.choice(found)
    return person, world.visitor_principal(person)


def any_operator(world: World, chance: Random) -> OperatorPrincipal:
    return world.operator_principal(chance.choice(world.operators)) if world.operators else world.owner


def one_of(chance: Random, found: list[Any]) -> Any:
    return chance.choice(found) if found else None


def any_conversation(world: World, chance: Random, where: str = "true") -> UUID | None:
    found: UUID | None = one_of(chance, world.ids_of("conversations", where))
    return found
