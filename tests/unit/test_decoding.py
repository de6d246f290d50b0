"""Refusals of wrong inputs name the field and the limit."""

import msgspec
import pytest

from klepet.model.frames import VisitorFrame
from klepet.web.decoding import invalid_of


@pytest.mark.parametrize(
    ("frame", "field", "limit"),
    [
        ({"type": "send_message", "client_id": "abcdefgh", "text": "x" * 4_001}, "text", 4_000),
        ({"type": "send_message", "client_id": "abcdefgh", "text": ""}, "text", 1),
        ({"type": "send_message", "client_id": "abcdefgh"}, "text", None),
        ({"type": "show_page", "page": {"title": "x"}}, "page.url", None),
        ({"type": "set_contact", "client_id": "abcdefgh", "details": {"attributes": {"a": 2**60}}}, None, 2**53),
        ({"type": "no such"}, "type", None),
        ([], None, None),
    ],
)
def test_a_refusal_names_field_and_limit(frame: object, field: str | None, limit: int | None) -> None:
    with pytest.raises(msgspec.ValidationError) as caught:
        msgspec.json.decode(msgspec.json.encode(frame), type=VisitorFrame)
    problem = invalid_of(caught.value).problem
    assert problem.code == "invalid"
    assert problem.message
    assert "`$" not in problem.message
    assert field is None or problem.field == field
    assert problem.limit == (msgspec.UNSET if limit is None else limit)


def test_what_a_client_sent_does_not_make_a_long_message() -> None:
    problem = invalid_of(f"Invalid value '{'x' * 5_000}' - at `$.{'y' * 500}`").problem
    assert len(problem.message) <= 300
    assert isinstance(problem.field, str)
    assert len(problem.field) <= 100
