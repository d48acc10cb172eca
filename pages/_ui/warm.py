"""Prepares the registry in a process of its own: `python -m pages._ui.warm`.

Making its database takes seconds of imports and migrations, which would hold up the pages if the server did
them.
"""

import logging
import os

from core.errors import SlipwayError
from core.registry.database import prepare_database
from core.registry.leftovers import sweep
from core.settings import Settings


def warm_registry(settings: Settings) -> None:
    """Makes the local database where there is none, and removes what killed processes left."""
    prepare_database(settings)
    sweep(settings)


if __name__ == "__main__":
    os.nice(10)
    try:
        warm_registry(Settings.from_environment(os.environ))
    except SlipwayError as error:
        # The page that needs the registry will say it again, to somebody who can act on it.
        logging.getLogger("slipway").warning("%s %s", error.message, error.hint)
