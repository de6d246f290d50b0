"""Delivery: who hears of an event, the connections that do, and who is there."""
