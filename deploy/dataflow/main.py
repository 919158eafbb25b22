"""The entry point of the flex templates: hands the launcher's command line over to the package."""

import sys

from iocbeam.cli.values.template import launch

if __name__ == "__main__":
    sys.exit(launch(sys.argv[1:]))
