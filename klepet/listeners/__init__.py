"""Consequences: one module per "when this has happened, then that". What touches the outside is a job."""
