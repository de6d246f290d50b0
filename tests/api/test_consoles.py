"""Operators' connections: who may no longer be here is sent away, whenever that was decided."""

import asyncio
import json
import time
from uuid import UUID

import pytest

from klepet.actions.api_tokens import revoke_api_token
from klepet.actions.operators import change_role, disable_operator
from klepet.model.errors import Busy
from klepet.model.principals import OperatorPrincipal
from klepet.model.words import Role
from klepet.web import principals
from klepet.web.principals import OperatorSession
from klepet.web.session import Caller, Desk
from tests.api.test_commands import Line


class Console:
    """An operator's connection, in process."""

    def __init__(self, klepet, cookie="", token=None):
        self.line = Line()
        self._call = klepet.client.blocking_portal.call
        caller = Caller(
            address="192.0.2.9", origin="http://klepet.test", host="klepet.test", user_agent="", cookie=cookie
        )

        async def begin():
            self.desk = Desk(klepet.app.state["parts"], klepet.hub)
            self.session = OperatorSession(self.desk, self.line, caller)
            self.session.receive(json.dumps({"type": "hello", "protocol": 1, "token": token}))

        self._call(begin)

    def wait_for(self, *kinds):
        """The first frame of one of these types."""
        ends = time.monotonic() + 60
        while time.monotonic() < ends:
            for frame in list(self.line.frames):
                if frame["type"] in kinds:
                    return frame
            time.sleep(0.005)
        raise AssertionError(f"there came {self.line.frames}")

    def do(self, run, *given):
        """Call something on the loop, and wait for what it spawns."""

        async def do():
            run(*given)
            while self.desk.tasks:
                await asyncio.wait(self.desk.tasks)

        self._call(do)

    def end(self):
        """Hang up."""
        self.do(self.session.end, 1000)


@pytest.fixture
def connect(klepet):
    """Connects operators, and ends their connections."""
    made = []

    def connect(**who):
        made.append(Console(klepet, **who))
        return made[-1]

    yield connect
    for console in made:
        console.end()


@pytest.fixture
def meanwhile(klepet, owner, monkeypatch):
    """Lets something be decided while a console connects: its operator was found, and hears nothing yet."""
    boss = OperatorPrincipal(owner.id, Role.OWNER, "Ada")

    def meanwhile(name, decide):
        find = getattr(principals, name)

        async def find_and_decide(parts, token):
            found = await find(parts, token)
            if not decided:
                decided.append(await parts.db.write(lambda tx: decide(tx, boss)))
            return found

        decided = []
        monkeypatch.setattr(principals, name, find_and_decide)

    return meanwhile


def test_who_is_disabled_while_connecting_does_not_stay(klepet, operator, meanwhile, connect):
    now = klepet.clock.now()
    meanwhile("principal_of_session", lambda tx, boss: disable_operator(tx, boss, operator.id, now=now, ids=klepet.ids))
    console = connect(cookie=operator.cookie)
    assert console.wait_for("welcome", "closed") == {"type": "closed", "code": 4401}


def test_a_token_that_is_revoked_while_connecting_counts_no_more(klepet, owner, meanwhile, connect):
    made = owner.post("/api-tokens", {"name": "Bot", "role": "operator"}).json()
    token_id, now = UUID(made["id"]), klepet.clock.now()
    meanwhile("principal_of_api_token", lambda tx, boss: revoke_api_token(tx, boss, token_id, now=now))
    console = connect(token=made["token"])
    assert console.wait_for("welcome", "closed") == {"type": "closed", "code": 4401}


def test_who_is_demoted_while_connecting_is_let_in_as_less(owner, supervisor, meanwhile, connect):
    meanwhile("principal_of_session", lambda tx, boss: change_role(tx, boss, supervisor.id, Role.OPERATOR))
    console = connect(cookie=supervisor.cookie)
    console.wait_for("welcome")
    ends = time.monotonic() + 60
    while console.session.principal.role is not Role.OPERATOR and time.monotonic() < ends:
        time.sleep(0.005)
    assert console.session.principal.role is Role.OPERATOR


@pytest.mark.parametrize("error", [Busy("not now", retry_after=2.0), OSError("the database is gone")])
def test_a_look_that_fails_is_taken_again_at_the_next_sweep(owner, operator, connect, monkeypatch, error):
    """Also on a machine that runs for less time than lies between two looks."""
    monkeypatch.setattr("klepet.web.session.RECHECK_SECONDS", 10_000.0)

    async def fail(parts, token):
        raise error

    console = connect(cookie=operator.cookie)
    console.wait_for("welcome")
    with monkeypatch.context() as broken:
        broken.setattr(principals, "principal_of_session", fail)
        console.do(console.session.recheck)
    owner.patch(f"/operators/{operator.id}", {"is_disabled": True})
    assert console.session.is_live
    console.do(console.desk.sweep)
    assert console.line.frames[-1] == {"type": "closed", "code": 4401}
