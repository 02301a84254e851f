"""Run the operator's command line: ``hemis``, or ``python -m libs.cli``."""

import sys

from libs.cli.app import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
