"""`analytics-gql` and `python -m analytics_gql`."""

from __future__ import annotations

import sys

from analytics_gql.cli.parser import run


def main() -> None:
    """Run the command line and exit with its status."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
