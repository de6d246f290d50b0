"""Fills a klepet with three days of a shop's life: conversations, colleagues, sites, hooks; all through its doors."""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.attacks.wires import Closed, Socket
from tests.browser.console.office import PASSWORD, Person
from tests.browser.integrations.conftest import Receiver
from tests.browser.pages.faces import Face, draw
from tests.browser.pages.talk import STORY, TALKS, Talk
from tests.browser.story.town import Town

KEY = "demo-shop"
HOURS = 80
"""So long ago the shop opened its chat."""
PING_SECONDS = 20
BROWSERS = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_6) AppleWebKit/605.1 (KHTML, like Gecko) Version/18.1 Safari/605.1.15",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Mobile Safari/537.36",
)
REFERRERS = ("https://search.example/", "https://blog.example/the-best-kettles-of-the-year", None)
ZONES = {"pl": "Europe/Warsaw", "de": "Europe/Vienna", "ru": "Asia/Yekaterinburg", "sl": "Europe/Ljubljana"}
COLLEAGUES = (
    ("Anna-Magdalena Wittelsbach-Hohenzollern", "supervisor", Face("#f3d9c4", "#e8b48f", "#7a3b1d", "#3b6ea5", True)),
    ("Олександра Миколаївна Переяславська", "operator", Face("#d6e4d0", "#f0c9a4", "#2d2a32", "#8a4f7d", True, True)),
    ("Kwame", "operator", Face("#e5d4ef", "#7c4f34", "#1e1512", "#d08b34", False, True, True)),
)
ANA = Face("#cfe3ea", "#efc6a0", "#4a2c1a", "#2f6f5e", True)
BO = Face("#f4e3b5", "#dba77c", "#a8672f", "#5b5f97", has_beard=True)
EVENTS = ["conversation.created", "message.sent", "conversation.closed", "order.reported"]


@dataclass
class Life:
    """What was made, for whoever wants to visit it."""

    town: Town
    conversations: dict[str, str] = field(default_factory=dict)
    """By the name of who wrote."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Of the visitors, by their names."""
    ids: dict[str, str] = field(default_factory=dict)
    """Of single things: a site, a webhook, tokens of links."""
    people: list[Person] = field(default_factory=list)

    def be(self, availability: str) -> None:
        """Let everybody accept conversations, or nobody."""
        for person in self.people:
            person.ask("PUT", "/me/availability", {"availability": availability})


class Customer:
    """Somebody who wrote, in a browser on a page."""

    def __init__(self, town: Town, talk: Talk, number: int) -> None:
        self.town, self.talk, self.agent = town, talk, BROWSERS[number % len(BROWSERS)]
        self.conversation = ""
        wire, welcome = self.connect(
            language=talk.language,
            time_zone=ZONES.get(talk.language, "Europe/London"),
            referrer=REFERRERS[number % len(REFERRERS)],
        )
        self.token = welcome["token"]
        for id_, value in talk.orders:
            items = [{"sku": "kettle", "name": "Copper kettle, 1.2 l", "quantity": 1, "price": value}]
            command(wire, type="report_order", order={"id": id_, "value": value, "currency": "EUR", "items": items})
        details = {**talk.details, **({"name": talk.name} if talk.name else {})}
        if details:
            command(wire, type="set_contact", details=details)
        wire.close()

    def connect(self, **hello: Any) -> tuple[Socket, dict[str, Any]]:
        """Look at the page."""
        wire = Socket(self.town.klepet, "/w", {"user-agent": self.agent})
        page = {"url": f"{self.town.shop}{self.talk.page}", "title": "Kettle & Fern"}
        wire.send({"type": "hello", "protocol": 1, "site": KEY, "page": page} | hello)
        return wire, wire.wait_for("welcome")

    def ask(self, method: str, path: str, body: Any) -> Any:
        """The server's answer, which must be a good one."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = self.town.owner.http.request(method, f"/api/v1/visitor{path}", json=body, headers=headers)
        assert answer.is_success, answer.text
        return answer.json()


def command(wire: Socket, **frame: Any) -> None:
    """Send a command that is to be done."""
    client_id = secrets.token_hex(8)
    wire.send(frame | {"client_id": client_id})
    answer = wire.answer_to(client_id)
    assert answer["type"] == "ack", answer


@contextmanager
def seeded(town: Town, receiver: Receiver) -> Iterator[Life]:
    """A town in which three days have passed; some of its people are there now."""
    life = Life(town)
    people = life.people = _staff(town)
    _houses(life)
    _hooks(life, receiver)
    customers = _talk(life, people)
    _links(life)
    contact = town.owner.ask("GET", f"/conversations/{life.conversations[STORY.name]}")["contact"]
    life.ids["contact"] = contact["id"]
    wires = _arrive(life, people, customers)
    ended = threading.Event()
    pinger = threading.Thread(target=_stay, args=(wires, ended))
    pinger.start()
    yield life
    ended.set()
    pinger.join()
    for wire in wires:
        wire.close()
    for person in people[2:]:
        person.http.close()


def _staff(town: Town) -> list[Person]:
    people = [town.owner, town.colleague]
    for number, (name, role, _) in enumerate(COLLEAGUES):
        body = {"email": f"colleague.{number}@kettle-and-fern.example", "name": name, "role": role}
        link = town.owner.ask("POST", "/operators/invitations", body)["link"]
        person = Person(town.klepet)
        people.append(person)
        token = link.rpartition("/")[2]
        person.take(person.ask("POST", "/links/accept", {"token": token, "password": PASSWORD}))
        person.ask("PUT", "/me/availability", {"availability": "away" if number == 1 else "accepting"})
    for person, face in zip(people, (ANA, BO, *(face for *_, face in COLLEAGUES)), strict=True):
        headers = {"Content-Type": "image/png"}
        assert person.http.put("/api/v1/me/photo", content=draw(face), headers=headers).is_success
    return people


def _houses(life: Life) -> None:
    ask = life.town.owner.ask
    life.ids["site"] = ask("GET", "/sites")["items"][0]["id"]
    site = ask(
        "POST", "/sites", {"name": "Kettle & Fern Großhandelsvertriebsgesellschaft mbH, Niederlassung Klagenfurt"}
    )
    origins = ["https://grosshandel.kettle-and-fern.example", "https://staging.kettle-and-fern.example:8443"]
    settings = site["settings"] | {"allowed_origins": origins, "colour": "#b4530a", "languages": ["en", "sl"]}
    ask("PATCH", f"/sites/{site['id']}", {"settings": settings})
    asked = ((site["key"], origins[0], 200), (site["key"], "https://copy.example", 403), (KEY, life.town.shop, 200))
    for key, origin, status in asked:
        answer = life.town.owner.http.get(f"/w/{key}/config?p=/tea/oolong", headers={"origin": origin})
        assert answer.status_code == status, answer.text


def _hooks(life: Life, receiver: Receiver) -> None:
    ask = life.town.owner.ask
    busy = ask("POST", "/webhooks", {"url": receiver.url, "events": EVENTS})
    life.ids["webhook"] = busy["id"]
    long = "https://automation.kettle-and-fern.example/hooks/catch/0f4b1d52-9b7c-4e1f-8a55/contact-identified-or-erased"
    ask("POST", "/webhooks", {"url": long, "events": ["order.reported"], "is_enabled": False})
    for name, role, expires in (
        ("Nightly export to the warehouse’s spreadsheet, until the new system is there", "supervisor", None),
        ("Chat bot", "operator", "2099-01-01T00:00:00Z"),
        ("Grafana", "operator", None),
    ):
        ask("POST", "/api-tokens", {"name": name, "role": role, "expires_at": expires})


def _links(life: Life) -> None:
    ask = life.town.owner.ask
    colleague = ask("GET", "/operators")["items"][-1]["id"]
    made = ask("POST", f"/operators/{colleague}/password-link")
    life.ids["reset"] = made["link"].rpartition("/")[2]
    for email, name in (("jo@example.com", "Jo"), ("wilhelmine.von.und.zu@kettle-and-fern.example", "Wilhelmine")):
        body = {"email": email, "name": name, "role": "operator"}
        made = ask("POST", "/operators/invitations", body)
        life.ids["invite"] = made["link"].rpartition("/")[2]


def _talk(life: Life, people: list[Person]) -> list[Customer]:
    """Let everything happen in the order of its time."""
    town, customers = life.town, []
    steps: list[tuple[float, Callable[[], None]]] = []
    for number, talk in enumerate(TALKS):
        customer = Customer(town, talk, number)
        customers.append(customer)
        life.tokens[talk.name] = customer.token
        pause = min(95.0, talk.hours * 3_600 / (len(talk.lines) + 3))
        for at, step in enumerate(_steps(life, customer, people[talk.who])):
            steps.append((pause * at - talk.hours * 3_600, step))
    for seconds, step in sorted(steps, key=lambda step: step[0]):
        town.clock.write_text(str(seconds))
        step()
    town.clock.write_text("0")
    return customers


def _steps(life: Life, customer: Customer, holder: Person) -> Iterator[Callable[[], None]]:
    talk = customer.talk
    path = "/conversations/"

    def says(text: str) -> None:
        said = customer.ask("POST", "/messages", {"client_id": secrets.token_hex(8), "text": text})
        customer.conversation = said["conversation_id"]
        life.conversations[talk.name] = said["conversation_id"]

    def answers(kind: str, text: str) -> None:
        body = {"client_id": secrets.token_hex(8), "text": text, "kind": kind}
        holder.ask("POST", f"{path}{customer.conversation}/messages", body)

    def is_taken() -> None:
        holder.ask("PUT", f"{path}{customer.conversation}/assignment", {"operator_id": holder.id})

    def is_read() -> None:
        body = {"delivered_seq": 99, "read_seq": 99}
        holder.ask("PUT", f"{path}{customer.conversation}/receipt", body)

    def ends() -> None:
        holder.ask("POST", f"{path}{customer.conversation}/closure")
        if talk.rating:
            score, comment = talk.rating
            body = {"score": score, "comment": comment}
            customer.ask("PUT", f"{path}{customer.conversation}/rating", body)

    for number, line in enumerate(talk.lines):
        who, _, text = line.partition(":")
        if who == "v":
            yield lambda text=text: says(text)  # type: ignore[misc]
        else:
            kind = "note" if who == "n" else "text"
            yield lambda kind=kind, text=text: answers(kind, text)  # type: ignore[misc]
        if number == 0 and talk.state != "queued":
            yield is_taken
    if talk.state == "closed":
        yield is_read
        yield ends


def _arrive(life: Life, people: list[Person], customers: list[Customer]) -> list[Socket]:
    """Some are there now: colleagues at their desks, customers on their pages."""
    wires = []
    for person in people[1:3]:
        cookie = "; ".join(f"{name}={value}" for name, value in person.http.cookies.items())
        wire = Socket(life.town.klepet, "/api/v1", {"origin": life.town.klepet, "cookie": cookie})
        wire.send({"type": "hello", "protocol": 1})
        wire.wait_for("welcome")
        wires.append(wire)
    for customer in customers[:9]:
        wire, _ = customer.connect(token=customer.token, referrer=REFERRERS[0])
        if customer.talk is STORY:
            wire.send({"type": "advance_receipt", "conversation_id": customer.conversation, "read_seq": 99})
        wires.append(wire)
    return wires


def _stay(wires: list[Socket], ended: threading.Event) -> None:
    while not ended.wait(PING_SECONDS):
        for wire in wires:
            try:
                wire.drain()
            except Closed:
                return
