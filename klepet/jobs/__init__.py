"""Background work: one module per job, with its start and retries declared in it. Only jobs touch the outside."""
