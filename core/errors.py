"""Every error that Slipway raises on purpose.

Each carries a message in the grammar *what* must be *expected*. Got *value*., and a hint that says
what to do next. Pages, the command line and the API show both; none of them shows a traceback.

    SlipwayError                   catch this to show a person what went wrong
      SettingsError                an environment variable has a value that cannot be used
      DataError                    the data cannot be used as it is
        UnreadableFile             a file could not be read as a table
        UnknownColumn              a column was named that the table does not have
        DatasetNotFound            a data set was named that the store does not hold
      RecipeError                  a recipe's choices do not fit together, or not the data
      TrainingError                a training run could not do what was asked
        RunNotFound                a run was named that the store does not hold
        HoldoutSpent               the hold-out of a run was already scored for another candidate
      RegistryError                the model registry could not do what was asked
        ModelNotFound              a model, version or alias was named that the registry does not hold
          NothingDeployed          a model was asked before any was deployed
        PromotionConflict          somebody else moved the champion in the meantime
        UnsafePromotion            a version cannot answer what the champion is asked
        ArtifactError              a stored model file is damaged, foreign or cannot be loaded here
      PredictionError              rows that a model was asked about do not fit its contract
      AccessError                  an API key cannot be made as it was asked for
        KeyNotFound                an API key was named that there is not
      StorageError                 the store could not be written or read (full disk, permissions)
"""

from collections.abc import Iterable


class SlipwayError(Exception):
    """The base of every error that is meant to be read by a person.

    Parameters
    ----------
    message
        What is wrong, and where.
    hint
        What to do about it; may be empty.
    """

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders; subclasses have other signatures than the base.
        return _rebuild, (type(self), self.args, self.__dict__)


def _rebuild(
    cls: type[SlipwayError], args: tuple[object, ...], state: dict[str, object]
) -> SlipwayError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(state)
    return error


class SettingsError(SlipwayError):
    """An environment variable has a value that cannot be used."""


class DataError(SlipwayError):
    """The data cannot be used as it is."""


class UnreadableFile(DataError):
    """A file could not be read as a table."""


class UnknownColumn(DataError):
    """A column was named that the table does not have."""

    def __init__(self, name: str, known: Iterable[str], what: str = "Column") -> None:
        from difflib import get_close_matches

        known = list(known)
        close = get_close_matches(name, known, n=1)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        super().__init__(
            f"{what} must be one of the table's columns. Got {name!r}.",
            f"{hint}The table has: {list_names(known)}.",
        )
        self.column = name


class DatasetNotFound(DataError):
    """A data set was named that the store does not hold."""

    def __init__(self, dataset_id: str) -> None:
        super().__init__(
            f"There is no data set {dataset_id!r} in this store.",
            "Load the file again on the Load data page.",
        )


class RecipeError(SlipwayError):
    """A recipe's choices do not fit together, or not the data."""


class TrainingError(SlipwayError):
    """A training run could not do what was asked."""


class RunNotFound(TrainingError):
    """A run was named that the store does not hold."""

    def __init__(self, run_id: str) -> None:
        super().__init__(
            f"There is no training run {run_id!r} in this store.",
            "Start a new run on the Train models page.",
        )


class HoldoutSpent(TrainingError):
    """The hold-out of a run was already scored for another candidate."""

    def __init__(self, scored: str, asked: str) -> None:
        super().__init__(
            f"The hold-out of this run was already scored, for {scored}: it cannot also be scored for {asked}.",
            "Scoring several candidates on it and keeping the best would make the score too good. "
            "Deploy this candidate on its cross-validation score, or train again with another seed.",
        )


class RegistryError(SlipwayError):
    """The model registry could not do what was asked."""


class ModelNotFound(RegistryError):
    """A model, version or alias was named that the registry does not hold."""

    def __init__(
        self, name: str, version: str | int | None = None, known: Iterable[str] = ()
    ) -> None:
        known = list(known)
        if version is None:
            message = f"There is no model {name!r}."
            hint = (
                f"The registry has: {list_names(known)}."
                if known
                else "No model is deployed yet. Train one and deploy it."
            )
        else:
            message = f"Model {name!r} has no version or alias {str(version)!r}."
            hint = f"It has: {list_names(known)}." if known else "Deploy a version first."
        super().__init__(message, hint)
        self.name = name
        self.version = version


class NothingDeployed(ModelNotFound):
    """No model was named, and none has a champion."""

    def __init__(self) -> None:
        RegistryError.__init__(self, "No model is deployed yet.", "Train one and deploy it.")
        self.name = ""
        self.version = None


class PromotionConflict(RegistryError):
    """Somebody else moved the champion in the meantime."""


class UnsafePromotion(RegistryError):
    """A version cannot answer what the champion is asked."""


class ArtifactError(RegistryError):
    """A stored model file is damaged, foreign or cannot be loaded here."""


class PredictionError(SlipwayError):
    """Rows that a model was asked about do not fit its contract.

    Parameters
    ----------
    message, hint
        As in `SlipwayError`.
    row
        The position of the bad row in the request, counted from 0; None when the request as a
        whole is at fault.
    column
        The name of the bad column; None when no single column is at fault.
    """

    def __init__(
        self, message: str, hint: str = "", *, row: int | None = None, column: str | None = None
    ) -> None:
        super().__init__(message, hint)
        self.row = row
        self.column = column


class AccessError(SlipwayError):
    """An API key cannot be made as it was asked for."""


class KeyNotFound(AccessError):
    """An API key was named that there is not."""

    def __init__(self, key_id: str) -> None:
        super().__init__(
            f"There is no API key {key_id!r}.",
            "`python -m core keys list` names those that there are.",
        )


class StorageError(SlipwayError):
    """The store could not be written or read (full disk, permissions)."""


def first_line(error: BaseException) -> str:
    r"""The first line of an error's text, or the name of its kind where it has none.

    Examples
    --------
    >>> first_line(ValueError("no\nway")), first_line(KeyError())
    ('no', 'KeyError')
    """
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def list_names(names: Iterable[object], limit: int = 12) -> str:
    """Names joined for a message, cut after `limit`.

    Examples
    --------
    >>> list_names(["a", "b", "c"], limit=2)
    'a, b and 1 more'
    """
    shown = [str(name) for name in names]
    if len(shown) <= limit:
        return ", ".join(shown)
    return f"{', '.join(shown[:limit])} and {len(shown) - limit} more"
