"""The demo shop: a customer's website that carries klepet's widget.

It is an application of its own on an origin of its own, and knows no more of klepet than any customer does: one tag,
a few JavaScript calls, and a signed token for people who have signed in.
"""

from klepet.demo.config import ShopConfig
from klepet.demo.shop import create_shop

__all__ = ["ShopConfig", "create_shop"]
