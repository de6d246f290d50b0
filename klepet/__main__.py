"""`python -m klepet`: the same as the command `klepet`."""

import sys

from klepet.cli import main

sys.exit(main())
