"""How a choice of a preparing step is drawn: one of a few, on or off, a number, a share."""

from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass
from typing import Any

import streamlit as st

from core.recipe import Recipe
from pages._ui import state


def _always(recipe: Recipe) -> bool:
    return True


@dataclass(frozen=True)
class StepInput:
    """A field of a recipe's steps as a person sees it: in sight, or under "More steps" when it is seldom changed."""

    field: str
    label: str
    _: KW_ONLY
    help: str = ""
    is_usual: bool = True
    has_use: Callable[[Recipe], bool] = _always

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        raise NotImplementedError

    def read(self, shown: Any) -> object:
        """The recipe's value for what the input shows."""
        return shown

    def _options(self, on_change: Callable[..., None], args: tuple[object, ...]) -> dict[str, Any]:
        return {"help": self.help or None, "on_change": on_change, "args": args}


@dataclass(frozen=True)
class Choice(StepInput):
    """One of a few: the recipe's values with what a person reads."""

    options: dict[str, str]

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        st.selectbox(
            self.label,
            list(self.options),
            format_func=self.options.__getitem__,
            key=state.preset(key, value),
            **self._options(on_change, args),
        )


@dataclass(frozen=True)
class Country(StepInput):
    """A country whose public holidays are known, or none."""

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        from core.features.calendars import holiday_countries

        countries = {"": "None", **holiday_countries()}
        st.selectbox(
            self.label,
            list(countries if value in countries else {**countries, value: value}),
            format_func=lambda code: countries.get(code, code),
            key=state.preset(key, value),
            **self._options(on_change, args),
        )


@dataclass(frozen=True)
class Switch(StepInput):
    """Done or not."""

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        st.toggle(self.label, key=state.preset(key, value), **self._options(on_change, args))


@dataclass(frozen=True)
class Number(StepInput):
    """A whole number."""

    minimum: int
    maximum: int

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        st.number_input(
            self.label,
            # A recipe that was written by hand may hold what nobody would choose here.
            min_value=min(self.minimum, value),
            max_value=max(self.maximum, value),
            step=1,
            key=state.preset(key, value),
            **self._options(on_change, args),
        )


@dataclass(frozen=True)
class Share(StepInput):
    """A share, shown in percent."""

    maximum: int = 100

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        st.slider(
            self.label,
            1,
            self.maximum,
            format="%d %%",
            key=state.preset(key, min(max(round(100 * value), 1), self.maximum)),
            **self._options(on_change, args),
        )

    def read(self, shown: Any) -> object:
        """The share as a fraction."""
        return shown / 100


@dataclass(frozen=True)
class Several(StepInput):
    """Any number of a few."""

    options: dict[str, str]

    def show(self, key: str, value: Any, on_change: Callable[..., None], *args: object) -> None:
        """Draws the input with its present value."""
        st.pills(
            self.label,
            list(self.options),
            selection_mode="multi",
            format_func=self.options.__getitem__,
            key=state.preset(key, list(value)),
            wrap=True,
            **self._options(on_change, args),
        )

    def read(self, shown: Any) -> object:
        """The chosen ones in the order of the options, whichever was clicked first."""
        return tuple(option for option in self.options if option in shown)
