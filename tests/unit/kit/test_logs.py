"""Log lines: one an event, with the request's id, and without what could name or let in a person."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from klepet.kit.logs import HIDDEN, REQUEST_ID, LogLevel, LogStyle, begin_logging, hide, shown_line
from klepet.kit.tokens import new_token

log = logging.getLogger("klepet.test")


@pytest.fixture(autouse=True)
def the_loggers_as_they_were() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("klepet")
    before = (root.handlers[:], root.level, own.level)
    yield
    root.handlers[:] = before[0]
    root.setLevel(before[1])
    own.setLevel(before[2])


def written(style: LogStyle, level: LogLevel = LogLevel.INFO) -> io.StringIO:
    stream = io.StringIO()
    begin_logging(style, level, stream)
    return stream


def fail(words: str) -> None:
    try:
        int(words)
    except ValueError as error:
        log.error("it failed", exc_info=error)


def test_json_has_one_object_a_line_whatever_happens() -> None:
    stream = written(LogStyle.JSON)
    token = REQUEST_ID.set("0123456789abcdef")
    try:
        log.warning("a\nline %s", "\u2028more")
        fail("no number")
    finally:
        REQUEST_ID.reset(token)
    first, second = [json.loads(line) for line in stream.getvalue().split("\n") if line]
    assert first | {"at": ""} == {
        "at": "",
        "level": "warning",
        "logger": "klepet.test",
        "message": "a\nline \u2028more",
        "request_id": "0123456789abcdef",
    }
    assert first["at"].endswith("+00:00")
    assert "ValueError: invalid literal for int() with base 10: 'no number'" in second["trace"]


def test_in_text_no_message_passes_for_a_line() -> None:
    stream = written(LogStyle.TEXT)
    log.info("said %s", "hello\nERROR klepet all is lost\r\x1b[2K")
    fail("x\nERROR klepet.store all is lost")
    assert [line for line in stream.getvalue().splitlines() if not line.startswith("    ")] == [
        "INFO klepet.test said hello\\nERROR klepet all is lost\\r\\x1b[2K",
        "ERROR klepet.test it failed",
    ]


def test_the_level_is_klepets_and_others_only_warn() -> None:
    stream = written(LogStyle.TEXT, LogLevel.DEBUG)
    log.debug("seen")
    for other in ("httpcore.http11", "asyncio", "uvicorn.error"):
        logging.getLogger(other).info("an address")
    assert stream.getvalue() == "DEBUG klepet.test seen\n"
    stream = written(LogStyle.TEXT, LogLevel.ERROR)
    log.warning("not seen")
    assert stream.getvalue() == ""


@pytest.mark.parametrize(
    "attempt",
    [
        "mail to ana.nowak+shop@example.com failed",
        "'ANA@EXAMPLE.COM'",
        "<ana@example.com>",
        "Key (email)=(ana@example.com) already exists",
        "https://shop.example/cart?session=ana@example.com&x=1",
        "GET /w/poll?token=ana failed",
        "/console/?q=ana#top",
        f"Bearer {new_token()}ana",
        f"klepet_session={new_token()}",
        f'{{"token": "{new_token()}"}}',
    ],
)
def test_what_names_or_lets_in_is_hidden_wherever_it_stands(attempt: str) -> None:
    for style in LogStyle:
        stream = written(style)
        log.error("it failed: %s", attempt)
        fail(attempt)
        assert HIDDEN in stream.getvalue()
        for word in ("ana", "ANA", *attempt.replace('"', " ").replace("=", " ").split()):
            if len(word) > 40 or word.lower().startswith("ana"):
                assert word not in stream.getvalue().replace("Traceback", ""), word


@pytest.mark.parametrize(
    "text",
    [
        "job send_webhook 019a0000-0000-7000-8000-000000000000 is parked",
        "the listener index_search parked event 17 and goes on",
        "PostgreSQL at postgresql://10.0.0.7:5432/klepet cannot be used: what now?",
        'File "klepet/store/a_module_with_a_very_long_Name_and_number_2.py", line 3',
    ],
)
def test_what_helps_is_not_hidden(text: str) -> None:
    assert hide(text) == text


def test_a_line_that_is_meant_to_be_shown_is() -> None:
    link = f"Set up      http://127.0.0.1:8420/console/#/setup/{new_token()}   (works once, for an hour)"
    assert shown_line(LogStyle.TEXT, link) == link
    assert json.loads(shown_line(LogStyle.JSON, link))["message"] == link
