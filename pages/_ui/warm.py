"""Prepares the registry in a process of its own: `python -m pages._ui.warm`.

Making its database and asking what is in it take seconds of imports and migrations, which would hold
up the pages if the server did them.
"""

import logging
import os

from core.errors import SlipwayError
from core.registry.database import prepare_database, registry_lock
from core.registry.registry import Registry
from core.registry.summary import read_summary, write_summary
from core.settings import Settings


def warm_registry(settings: Settings) -> None:
    """Makes the local database where there is none, and the summary that the home page reads."""
    prepare_database(settings)
    with registry_lock(settings):
        if read_summary(settings) is None:
            write_summary(settings, Registry(settings).models())


if __name__ == "__main__":
    os.nice(10)
    try:
        warm_registry(Settings.from_environment(os.environ))
    except SlipwayError as error:
        # The page that needs the registry will say it again, to somebody who can act on it.
        logging.getLogger("slipway").warning("%s %s", error.message, error.hint)
