"""Tools without a domain: each module could serve any other program unchanged."""
