"""What the database says of itself, for those who run klepet."""

from klepet.model.ports import Reader
from klepet.store import schema


def is_current(reader: Reader) -> bool:
    """Whether the database is at this version's schema, or at that of a newer one, which this one can work with."""
    found = schema.current_revision(reader.conn)
    return found is not None and found >= schema.HEAD
