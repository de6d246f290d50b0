"""The people one can be in the demo shop. A real shop has a customer table and passwords here."""

from collections.abc import Sequence

from klepet.demo.session import Customer

CUSTOMERS: Sequence[Customer] = (
    Customer("c-1001", "Ana Zupan", "ana.zupan@example.com"),
    Customer("c-1002", "Piotr Wiśniewski", "piotr.wisniewski@example.com"),
    Customer("c-1003", "Ольга Белова", "olga.belova@example.com"),
    Customer("c-1004", "Maximiliane Freifrau von Hohenberg-Lichtenfels", "maximiliane@example.com"),
)


def customer_by_id(user_id: str) -> Customer | None:
    """Return the demo customer with this id."""
    return next((customer for customer in CUSTOMERS if customer.user_id == user_id), None)
