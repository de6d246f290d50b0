#!/usr/bin/env python3
"""Install what is missing, build what is stale, start klepet. `python3 start.py --help` tells the rest.

Only the standard library; and this file is written so that a Python of any age reads it and can say what it lacks.
"""

import sys

if sys.version_info < (3, 11):
    sys.exit(
        "klepet needs Python 3.11 or newer, and this is Python %d.%d. Install a newer one and start with it, "
        "for example: python3.12 start.py" % sys.version_info[:2]
    )

from tools.start.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
