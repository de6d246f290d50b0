"""What klepet speaks of: nouns, events, frames, errors, permissions. No I/O, no storage, no framework."""
