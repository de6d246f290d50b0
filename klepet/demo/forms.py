"""Reading what customers type: form bodies, the checkout, the sign-in. Says what is wrong, field by field."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from klepet.demo.catalog import DELIVERIES
from klepet.demo.errors import ShopError
from klepet.demo.session import Customer
from klepet.demo.words import ERRORS, FIELD_ERRORS

MOST_FIELDS = 30
COUNTRIES = ("Slovenia", "Austria", "Croatia", "Germany", "Italy", "Poland")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_MAIL = re.compile(r"[^\s@]{1,64}@[^\s@]+\.[^\s@]{2,}")
_LIMITS = {"name": 80, "email": 120, "street": 120, "postcode": 12, "city": 80, "country": 40, "delivery": 20}


def parse_form(body: bytes) -> dict[str, str]:
    """Read a posted form; the last value of a name counts, control characters become spaces."""
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError as reason:
        raise ShopError(400, "bad_form", ERRORS.bad_form) from reason
    return {name: _CONTROL.sub(" ", value).strip() for name, value in pairs}


@dataclass(frozen=True)
class Filled:
    """A form as it was typed, with what is wrong with it."""

    values: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)


def _check(form: Mapping[str, str], names: tuple[str, ...]) -> Filled:
    values = {name: form.get(name, "") for name in names}
    errors = {}
    for name, value in values.items():
        if not value:
            errors[name] = FIELD_ERRORS[name]
        elif len(value) > _LIMITS[name]:
            errors[name] = ERRORS.too_long.format(most=_LIMITS[name])
    if "email" not in errors and not _MAIL.fullmatch(values["email"]):
        errors["email"] = FIELD_ERRORS["email"]
    return Filled(values, errors)


def check_checkout(form: Mapping[str, str]) -> Filled:
    """Check who gets the parcel, where and how."""
    filled = _check(form, ("name", "email", "street", "postcode", "city", "country", "delivery"))
    errors = dict(filled.errors)
    if filled.values["country"] not in COUNTRIES:
        errors["country"] = FIELD_ERRORS["country"]
    if filled.values["delivery"] not in {way.code for way in DELIVERIES}:
        errors["delivery"] = FIELD_ERRORS["delivery"]
    return Filled(filled.values, errors)


def check_sign_in(form: Mapping[str, str]) -> Filled:
    """Check the name and address of somebody who signs in as themselves."""
    return _check(form, ("name", "email"))


def customer_named(name: str, email: str) -> Customer:
    """Return the customer with this address: the same address is the same person, whatever the name."""
    digest = hashlib.sha256(email.casefold().encode()).hexdigest()
    return Customer(user_id=f"guest-{digest[:12]}", name=name, email=email)
