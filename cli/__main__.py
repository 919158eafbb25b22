"""`python -m iocbeam.cli` is `iocbeam`."""

import sys

from . import main

sys.exit(main())
