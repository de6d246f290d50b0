"""What the server writes into its log names nobody and opens nothing, whatever was done to it."""

import json
import re
import secrets
import socket
from pathlib import Path

import httpx
import pytest

from tests.attacks.server import PASSWORD, Person, Server
from tests.attacks.wires import Poll, Socket

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(("sockets", "style"), [("picows", "text"), ("uvicorn", "json")])
def test_the_log_holds_no_secret_no_address_and_no_text(tmp_path: Path, sockets: str, style: str) -> None:
    """At the level that tells most."""
    server = Server(tmp_path, 10_000, KLEPET_SOCKETS=sockets, KLEPET_LOG=style, KLEPET_LOG_LEVEL="debug")
    words: dict[str, str] = {}

    def note(what: str, word: str) -> str:
        words[what] = word
        return word

    person = server.invite("operator")
    note("session", person.http.cookies["klepet_session"])
    note("csrf", person.http.headers["x-klepet-csrf"])
    note("password", PASSWORD)
    note("operator's address", person.me["operator"]["email"])
    token = note("API token", server.owner.ok("POST", "/api-tokens", {"name": "log", "role": "owner"})["token"])
    secret = server.owner.ok("POST", f"/sites/{server.site['id']}/secrets")
    note("identity secret", secret["secret"])
    link = server.owner.ok("POST", f"/operators/{person.id}/password-link")["link"]
    reset = note("reset link", link.rpartition("/")[2])
    hook = {"url": "https://no-such-host.invalid/hook?key=querysecret", "events": ["message.sent"]}
    note("webhook's secret", server.owner.ok("POST", "/webhooks", hook)["secret"])
    note("webhook's address", "querysecret")
    visitor = server.visitor(page={"url": "https://shop.example/?session=pagesecret", "title": "t"})
    note("visitor's token", visitor.token)
    note("page", "pagesecret")
    visitor.says(note("message", f"text {secrets.token_hex(8)}"))
    note("visitor's address", "visitor.somebody@home.example")
    visitor.tries({"type": "set_contact", "details": {"email": "visitor.somebody@home.example", "name": "Somebody S."}})
    note("visitor's name", "Somebody S.")

    # Everything that goes wrong, with those words in it.
    guess = note("guess", f"guess {secrets.token_hex(8)}")
    person.sign_in(person.me["operator"]["email"], guess)
    for path in (f"/api/v1/nothing/{token}", f"/w/{token}/config", f"/chat/{reset}", f"/widget/{token}\x00.js"):
        httpx.get(server.url + path.replace("\x00", "%00"), headers={"authorization": f"Bearer {token}"})
        httpx.post(server.url + path.replace("\x00", "%00"), content=token.encode())
    httpx.get(f"{server.url}/api/v1/conversations?cursor={token}", headers={"authorization": f"Bearer {token}"})
    Person(server).ask("POST", "/links/accept", {"token": reset, "password": "short"})
    person.ask("PATCH", "/me", {"name": {"deep": words["message"]}})
    for kind in (Socket, Poll):
        wire = kind(server.url, "/w", {"origin": "http://["})
        wire.send({"type": "hello", "protocol": 1, "site": server.key, "token": visitor.token, "identity": token})
        wire.close_code()
    attacker = server.visitor(Socket)
    attacker.wire.send(f'{{"type": "send_message", "text": "{words["message"]}"')
    attacker.wire.close_code()
    attacker = server.visitor(Socket)
    attacker.wire.send(b"\xff" + words["message"].encode())
    attacker.wire.close_code()
    stranger = note("request id of a stranger", secrets.token_hex(12))
    query = {"email": words["visitor's address"], "q": words["message"]}
    httpx.get(f"{server.url}/api/v1/setup", params=query, headers={"x-request-id": stranger})
    httpx.put(f"{server.url}/api/v1/me/photo", content=b"no photo", headers={"authorization": f"Bearer {token}"})
    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(b"NONSENSE " + token.encode() + b"\r\n\r\n")
        raw.recv(1_000)
    server.still_works()
    server.close()

    shown = server.log.read_text()
    setup = re.search(r"#/setup/(\S+)", shown)
    assert setup is not None
    log = "\n".join(line for line in shown.splitlines() if not re.match(r"(.*\"message\":\")?(Console|Set up) ", line))
    assert "GET /api/v1/setup answered 200 in " in log, "there is something to look at"
    if style == "json":
        assert all(json.loads(line)["logger"].startswith("klepet") for line in shown.splitlines())
    assert [what for what, word in words.items() if word in log] == []
    assert setup[1] not in log
    assert "Traceback" not in log, log
    assert not re.search(r"\b(\d{1,3}\.){3}\d{1,3}\b", log), log
    assert "@" not in log, log
    assert "Invalid" not in log, "whoever sends nonsense could fill the disk"


@pytest.mark.parametrize("folder", ["klepet"])
def test_digests_are_compared_in_constant_time(folder: str) -> None:
    """Nobody compares a digest or token with `==`: how long that takes tells how much of a guess is right."""
    suspicious = re.compile(
        r"(?<![\w.\"'])[\w.()]*(?:digest|signature|token|secret|csrf|hmac|password|_hash)[\w.()]*\s*(?:==|!=)\s*(?!None\b)"
        r"|(?:==|!=)\s*[\w.]*(?:digest|signature|token|secret|csrf|hmac|password)\w*\b",
        re.IGNORECASE,
    )
    # Rows found by an indexed hash of 256 random bits, two stored hashes of one account, sums over public ids:
    # nothing to guess.
    allowed = {
        "klepet/actions/bookkeeping.py",
        "klepet/actions/sessions.py",
        "klepet/web/idempotency.py",
        "klepet/demo/cart.py",
        "klepet/realtime/peers.py",
    }
    hits = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        if name in allowed or name.startswith("klepet/store/"):
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if suspicious.search(line.partition("#")[0]):
                hits.append(f"{name}:{number}: {line.strip()}")
    assert hits == []
