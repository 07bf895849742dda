"""`python -m mlslab`."""

import sys

from mlslab.cli import main

sys.exit(main())
