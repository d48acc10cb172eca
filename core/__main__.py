"""`python -m core`: the command line."""

from core.cli.app import main
from core.leaving import leave

if __name__ == "__main__":
    leave(main())
