"""Webhooks: what is queued, sent, signed, retried and logged; which addresses are never called."""

from datetime import UTC, datetime, timedelta

import httpx
import msgspec
import pytest
from standardwebhooks.webhooks import Webhook as Receiver
from standardwebhooks.webhooks import WebhookVerificationError

from klepet.actions import jobs
from klepet.jobs.send_webhook import SendWebhook
from klepet.jobs.webhook_caller import WebhookCaller
from klepet.kit.outbound_http import GuardedTransport, ResponseTooLargeError, guarded_client
from klepet.kit.retry import Retry
from klepet.listeners import send_webhooks
from klepet.model.events import PUBLIC_EVENT_TYPES
from tests.api.conftest import set_up
from tests.api.people import add_contact

URL = "https://hooks.example/klepet"


class World:
    """Everything outside: takes what is sent and answers as told."""

    def __init__(self) -> None:
        self.answers: list[int | Exception] = []
        self.requests: list[httpx.Request] = []

    async def answer(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else 204
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer)


class Background:
    """The dispatcher and the runner of jobs, one step at a time."""

    def __init__(self, klepet, http: httpx.AsyncClient) -> None:
        self.klepet = klepet
        self.job = SendWebhook(lambda: WebhookCaller(http))
        self.handled = 0

    def hand_over(self) -> None:
        stored = [item for group in self.klepet.events for item in group.events]
        fresh, self.handled = stored[self.handled :], len(stored)
        now = self.klepet.clock.now()
        self.klepet.write(lambda tx: send_webhooks.handle(tx, fresh, now=now, ids=self.klepet.ids))

    def run_due(self) -> list[float | None]:
        """Run each job that is due, once; after how many seconds each wants to be run again."""
        now, klepet = self.klepet.clock.now(), self.klepet
        leased = klepet.write(
            lambda tx: jobs.lease_jobs(tx, [self.job.kind], now=now, lease=timedelta(seconds=60), limit=100)
        )
        delays: list[float | None] = []
        for job in leased:
            delay = klepet.client.blocking_portal.call(self._run, job)
            delays.append(delay)
            if delay is None:
                klepet.write(lambda tx, job=job: jobs.finish_job(tx, job.id))
            else:
                run_at = now + timedelta(seconds=delay)
                klepet.write(lambda tx, job=job, run_at=run_at: jobs.postpone_job(tx, job.id, run_at=run_at, error=""))
        return delays

    async def _run(self, job) -> float | None:
        try:
            await self.job.run(job.payload, db=self.klepet.db, clock=self.klepet.clock, ids=self.klepet.ids)
        except Retry as retry:
            return retry.after_seconds
        return None


@pytest.fixture
def world():
    return World()


@pytest.fixture
def background(klepet, world):
    return Background(klepet, httpx.AsyncClient(transport=httpx.MockTransport(world.answer)))


def add_webhook(owner, **values):
    response = owner.post("/webhooks", {"url": URL, "events": ["contact.updated"]} | values)
    assert response.status_code == 201, response.text
    return response.json()


def deliveries(owner, webhook):
    return owner.get(f"/webhooks/{webhook['id']}/deliveries").json()["items"]


def change_something(klepet, owner, name="Ada L."):
    contact_id = add_contact(klepet, name="Ada", email="ada@shop.test")
    owner.patch(f"/contacts/{contact_id}", {"name": name})
    return contact_id


def test_an_event_is_sent_signed_with_its_rows(klepet, owner, world, background):
    webhook = add_webhook(owner)
    contact_id = change_something(klepet, owner)

    background.hand_over()
    assert background.run_due() == [None]

    (request,) = world.requests
    assert str(request.url) == URL
    assert request.headers["content-type"] == "application/json"
    receiver = Receiver(webhook["secret"])
    headers = dict(request.headers)
    # The library compares with the machine's time, so that here the signature alone is checked.
    assert int(headers["webhook-timestamp"]) == int(klepet.clock.now().timestamp())
    assert headers["webhook-signature"] == receiver.sign(
        headers["webhook-id"], klepet.clock.now(), request.content.decode()
    )
    payload = msgspec.json.decode(request.content)
    assert payload["type"] == "contact.updated"
    assert payload["timestamp"] == "2026-05-04T09:00:00Z"
    assert payload["data"]["contact_id"] == contact_id
    assert payload["data"]["contact"]["name"] == "Ada L."
    (delivery,) = deliveries(owner, webhook)
    assert delivery["state"] == "delivered"
    assert (delivery["attempts"], delivery["status_code"], delivery["error"]) == (1, 204, None)
    assert delivery["payload"] == payload
    assert delivery["id"] == headers["webhook-id"]


def test_receivers_verify_with_the_ready_library(klepet, owner, world, background):
    klepet.clock.jump((datetime.now(UTC) - klepet.clock.now()).total_seconds())
    owner.sign_in("ada@shop.test")  # the jump ended the session
    webhook = add_webhook(owner)
    owner.post(f"/webhooks/{webhook['id']}/test")
    background.run_due()
    (request,) = world.requests

    payload = Receiver(webhook["secret"]).verify(request.content, dict(request.headers))
    assert payload["type"] == "webhook.test"
    assert payload["data"] == {"webhook_id": webhook["id"]}
    with pytest.raises(WebhookVerificationError):
        Receiver(webhook["secret"]).verify(request.content + b" ", dict(request.headers))
    other = add_webhook(owner)
    with pytest.raises(WebhookVerificationError):
        Receiver(other["secret"]).verify(request.content, dict(request.headers))


def test_each_event_is_queued_once_and_only_where_it_is_wanted(klepet, owner, world, background):
    wanted = add_webhook(owner)
    other = add_webhook(owner, events=["site.created"])
    disabled = add_webhook(owner, is_enabled=False)
    change_something(klepet, owner)
    background.hand_over()
    background.handled = 0  # the cursor was not advanced: a crash before the commit
    background.hand_over()

    assert len(deliveries(owner, wanted)) == 1
    assert deliveries(owner, other) == []
    assert deliveries(owner, disabled) == []


def test_failures_are_retried_on_schedule_and_then_parked(klepet, owner, world, background):
    webhook = add_webhook(owner)
    change_something(klepet, owner)
    background.hand_over()
    world.answers = [500, httpx.ConnectError("refused"), 404, 302, 429, 503, 500, 500]

    ids = set()
    for attempt, delay in enumerate((5, 30, 120, 600, 3_600, 21_600, 86_400), start=1):
        assert background.run_due() == [delay]
        (delivery,) = deliveries(owner, webhook)
        assert (delivery["state"], delivery["attempts"]) == ("failed", attempt)
        klepet.clock.advance(delay - 1)
        assert background.run_due() == []
        klepet.clock.advance(1)
        ids.add(world.requests[-1].headers["webhook-id"])
    assert background.run_due() == [None]

    (delivery,) = deliveries(owner, webhook)
    assert (delivery["state"], delivery["attempts"], delivery["status_code"]) == ("parked", 8, 500)
    assert delivery["next_attempt_at"] is None
    assert len(ids) == 1  # the receiver can tell a repetition
    klepet.clock.advance(10 * 86_400)
    assert background.run_due() == []


def test_a_parked_delivery_is_sent_again_by_hand(klepet, owner, world, background):
    webhook = add_webhook(owner)
    change_something(klepet, owner)
    background.hand_over()
    world.answers = [500] * 8
    while (delay := background.run_due()[0]) is not None:
        klepet.clock.advance(delay)
    (delivery,) = deliveries(owner, webhook)
    path = f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/retry"

    retried = owner.post(path)

    assert retried.status_code == 202
    assert retried.json()["state"] == "waiting"
    assert background.run_due() == [None]
    assert deliveries(owner, webhook)[0]["state"] == "delivered"
    assert owner.post(path).status_code == 409


def test_a_waiting_delivery_can_be_hurried(klepet, owner, world, background):
    webhook = add_webhook(owner)
    change_something(klepet, owner)
    background.hand_over()
    world.answers = [500, 204]
    assert background.run_due() == [5]
    (delivery,) = deliveries(owner, webhook)
    assert background.run_due() == []
    owner.post(f"/webhooks/{webhook['id']}/deliveries/{delivery['id']}/retry")
    assert background.run_due() == [None]
    assert len(world.requests) == 2


def test_410_switches_the_webhook_off(klepet, owner, world, background):
    webhook = add_webhook(owner)
    change_something(klepet, owner)
    background.hand_over()
    world.answers = [410]

    assert background.run_due() == [None]

    assert owner.get(f"/webhooks/{webhook['id']}").json()["is_enabled"] is False
    assert deliveries(owner, webhook)[0]["state"] == "parked"
    assert owner.post(f"/webhooks/{webhook['id']}/test").status_code == 409


def test_nothing_is_sent_once_the_webhook_is_off_or_gone(klepet, owner, world, background):
    off, gone = add_webhook(owner), add_webhook(owner)
    change_something(klepet, owner)
    background.hand_over()
    owner.patch(f"/webhooks/{off['id']}", {"is_enabled": False})
    assert owner.delete(f"/webhooks/{gone['id']}").status_code == 204

    assert background.run_due() == [None, None]

    assert world.requests == []
    assert deliveries(owner, off)[0]["state"] == "parked"
    assert deliveries(owner, off)[0]["failure"] == "switched_off"
    assert owner.get(f"/webhooks/{gone['id']}/deliveries").status_code == 404


def test_webhooks_are_changed_and_read_back(owner):
    made = add_webhook(owner)
    webhook = {name: value for name, value in made.items() if name != "secret"} | {"old_secret_until": None}
    path = f"/webhooks/{webhook['id']}"
    assert made["secret"].startswith("whsec_")
    assert owner.get(path).json() == webhook
    changed = owner.patch(path, {"url": "https://new.example/x", "events": ["site.created", "conversation.closed"]})
    assert changed.json() == webhook | {
        "url": "https://new.example/x",
        "events": ["conversation.closed", "site.created"],
    }
    assert owner.get("/webhooks").json()["items"] == [changed.json()]
    assert owner.delete(path).status_code == 204
    assert owner.get(path).status_code == 404


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://hooks.example"}, "url"),
        ({"url": "ftp://hooks.example"}, "url"),
        ({"url": "file:///etc/passwd"}, "url"),
        ({"url": "https://"}, "url"),
        ({"url": "https://user:secret@hooks.example"}, "url"),
        ({"url": "https://hooks.example/#x"}, "url"),
        ({"url": "https://hooks.example:99999"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://hooks.example/\r\nX: y"}, "url"),
        ({"url": "https://hooks.example/" + "x" * 2_000}, "url"),
        ({"events": []}, "events"),
        ({"events": ["message.invented"]}, "events"),
        ({"events": ["session.started"]}, "events"),
        ({"events": ["receipt.advanced"]}, "events"),
        ({"events": "contact.updated"}, "events"),
    ],
)
def test_what_is_wrong_with_a_webhook_is_named(klepet, owner, body, field):
    response = owner.post("/webhooks", {"url": URL, "events": ["contact.updated"]} | body)
    assert response.status_code == 400
    assert response.json()["error"]["field"] == field
    assert owner.get("/webhooks").json()["items"] == []


def test_plain_http_is_allowed_where_the_setting_says_so(make_klepet):
    owner = set_up(make_klepet(is_private_webhook_allowed=True))
    assert add_webhook(owner, url="http://127.0.0.1:9000/x")["url"] == "http://127.0.0.1:9000/x"


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.1.1", "169.254.169.254", "0.0.0.0", "::1", "fe80::1", "::ffff:127.0.0.1"],
)
def test_private_addresses_are_never_called(klepet, owner, address):
    async def resolve(name: str) -> list[str]:
        return [address]

    background = Background(klepet, guarded_client(GuardedTransport(resolve)))
    webhook = add_webhook(owner, url="https://rebound.example/latest/meta-data")
    owner.post(f"/webhooks/{webhook['id']}/test")

    assert background.run_due() == [5.0]

    (delivery,) = deliveries(owner, webhook)
    assert (delivery["state"], delivery["status_code"]) == ("failed", None)
    assert delivery["failure"] == "refused_address"
    assert "address" in delivery["error"]


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (500, "answered"),
        (302, "answered"),
        (httpx.ConnectError("refused"), "unreachable"),
        (httpx.ReadTimeout("slow"), "timed_out"),
        (httpx.RemoteProtocolError("no http"), "unreadable"),
        (ResponseTooLargeError("long"), "unreadable"),
    ],
)
def test_the_log_says_why_nothing_arrived(klepet, owner, world, background, answer, failure):
    webhook = add_webhook(owner)
    owner.post(f"/webhooks/{webhook['id']}/test")
    world.answers = [answer, 204]
    background.run_due()
    assert deliveries(owner, webhook)[0]["failure"] == failure
    klepet.clock.advance(5)
    background.run_due()
    (delivery,) = deliveries(owner, webhook)
    assert (delivery["state"], delivery["failure"], delivery["error"]) == ("delivered", None, None)


def test_a_host_that_does_not_exist_is_told_apart(klepet, owner):
    async def resolve(name: str) -> list[str]:
        raise OSError

    background = Background(klepet, guarded_client(GuardedTransport(resolve)))
    webhook = add_webhook(owner)
    owner.post(f"/webhooks/{webhook['id']}/test")
    background.run_due()
    assert deliveries(owner, webhook)[0]["failure"] == "unknown_host"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "10.1.2.3:8443",
        "169.254.169.254",
        "0.0.0.0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "LOCALHOST.",
    ],
)
def test_what_is_plainly_private_is_refused_at_once(owner, host):
    response = owner.post("/webhooks", {"url": f"https://{host}/x", "events": ["contact.updated"]})
    assert response.status_code == 400
    assert response.json()["error"]["field"] == "url"
    webhook = add_webhook(owner)
    assert owner.patch(f"/webhooks/{webhook['id']}", {"url": f"https://{host}/x"}).status_code == 400


def test_a_link_local_address_is_refused_even_where_private_ones_are_allowed(make_klepet):
    owner = set_up(make_klepet(is_private_webhook_allowed=True))
    response = owner.post("/webhooks", {"url": "http://169.254.169.254/x", "events": ["contact.updated"]})
    assert response.status_code == 400


def test_a_secret_is_replaced_without_a_gap(klepet, owner, world, background):
    old = add_webhook(owner)
    path = f"/webhooks/{old['id']}"

    replaced = owner.post(f"{path}/secret")

    assert replaced.status_code == 201
    new = replaced.json()
    assert new["secret"] != old["secret"]
    assert new["old_secret_until"] == "2026-05-05T09:00:00Z"
    assert owner.get(path).json()["old_secret_until"] == new["old_secret_until"]
    assert old["secret"] not in owner.get(path).text
    for later, secrets in ((0, [new["secret"], old["secret"]]), (86_401, [new["secret"]])):
        klepet.clock.advance(later)
        owner.post(f"{path}/test")
        background.run_due()
        request = world.requests[-1]
        signed = [
            Receiver(secret).sign(request.headers["webhook-id"], klepet.clock.now(), request.content.decode())
            for secret in secrets
        ]
        assert request.headers["webhook-signature"].split(" ") == signed
    again = owner.post(f"{path}/secret", headers={"idempotency-key": "replace-once"})
    assert again.status_code == 201
    assert owner.post(f"{path}/secret", headers={"idempotency-key": "replace-once"}).status_code == 409
    assert owner.post("/webhooks/019a0000-0000-7000-8000-000000000000/secret").status_code == 404


def test_the_log_is_paged(klepet, owner):
    webhook = add_webhook(owner)
    for _ in range(5):
        owner.post(f"/webhooks/{webhook['id']}/test")
    path = f"/webhooks/{webhook['id']}/deliveries"
    first = owner.get(path, params={"limit": 3}).json()
    second = owner.get(path, params={"limit": 3, "cursor": first["next_cursor"]}).json()
    ids = [item["id"] for item in first["items"] + second["items"]]
    assert len(set(ids)) == 5
    assert ids == sorted(ids, reverse=True)
    assert second["next_cursor"] is None


def test_the_catalogue_describes_every_public_event(klepet):
    response = klepet.client.get("/api/v1/events/catalogue")
    assert response.status_code == 200
    entries = response.json()
    assert [entry["type"] for entry in entries] == list(PUBLIC_EVENT_TYPES)
    for entry in entries:
        assert entry["description"].endswith(".")
        assert entry["schema"]["properties"]["type"] == {"enum": [entry["type"]]}


def test_deliveries_of_another_webhook_are_out_of_reach(klepet, owner):
    one, other = add_webhook(owner), add_webhook(owner)
    delivery = owner.post(f"/webhooks/{one['id']}/test").json()
    assert owner.post(f"/webhooks/{other['id']}/deliveries/{delivery['id']}/retry").status_code == 404
