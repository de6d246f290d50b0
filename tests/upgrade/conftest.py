"""Whole suites of other versions take minutes: they belong to `start.py test --faults`."""

import os

collect_ignore = [] if os.environ.get("KLEPET_FAULTS") == "long" else ["test_old_code.py"]
