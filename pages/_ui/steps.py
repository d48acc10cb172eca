"""The preparing steps of each column kind that is its own base as inputs; the others share them."""

from dataclasses import dataclass

import streamlit as st
from msgspec.structs import replace

from core.data.dataset import DatasetInfo
from core.data.kinds import KINDS, base_of
from core.recipe import Preparing
from pages._ui import state
from pages._ui.errors import guarded
from pages._ui.recipes import change_recipe, current_recipe


@dataclass(frozen=True)
class Choice:
    """A step that is one of a few: the recipe's values with what a person reads."""

    field: str
    label: str
    options: dict[str, str]
    help: str = ""

    def show(self, key: str, value: object, change: tuple[object, ...]) -> None:
        """Draws the input with its present value."""
        st.selectbox(
            self.label,
            list(self.options),
            format_func=self.options.__getitem__,
            key=state.preset(key, value),
            help=self.help or None,
            on_change=change_step,
            args=change,
        )


@dataclass(frozen=True)
class Switch:
    """A step that is done or not."""

    field: str
    label: str
    help: str = ""

    def show(self, key: str, value: object, change: tuple[object, ...]) -> None:
        """Draws the input with its present value."""
        st.toggle(
            self.label,
            key=state.preset(key, value),
            help=self.help or None,
            on_change=change_step,
            args=change,
        )


@dataclass(frozen=True)
class Number:
    """A step with a whole number."""

    field: str
    label: str
    minimum: int
    maximum: int
    help: str = ""

    def show(self, key: str, value: object, change: tuple[object, ...]) -> None:
        """Draws the input with its present value."""
        st.number_input(
            self.label,
            min_value=self.minimum,
            max_value=self.maximum,
            step=1,
            key=state.preset(key, value),
            help=self.help or None,
            on_change=change_step,
            args=change,
        )


@dataclass(frozen=True)
class Several:
    """A step that is any number of a few."""

    field: str
    label: str
    options: dict[str, str]
    help: str = ""

    def show(self, key: str, value: object, change: tuple[object, ...]) -> None:
        """Draws the input with its present value."""
        st.pills(
            self.label,
            list(self.options),
            selection_mode="multi",
            format_func=self.options.__getitem__,
            key=state.preset(key, list(value)),  # type: ignore[call-overload]  # a tuple of names
            help=self.help or None,
            on_change=change_step,
            args=change,
            wrap=True,
        )


STEPS: dict[str, tuple[Choice | Switch | Number | Several, ...]] = {
    "number": (
        Choice(
            "impute",
            "Missing values",
            {"auto": "Automatic", "median": "Median", "mean": "Mean", "zero": "Zero"},
            "Automatic leaves them to the models that handle them, and gives the others the median.",
        ),
        Choice(
            "scale",
            "Scaling",
            {
                "auto": "Automatic",
                "standard": "Standard (mean 0, deviation 1)",
                "robust": "Robust (median and quartiles)",
                "minmax": "From 0 to 1",
                "none": "None",
            },
            "Automatic scales for the models that need it: linear ones, support vectors, neighbours, networks.",
        ),
        Switch("indicator", "Mark missing values", "Adds a column that says where a value was missing."),
    ),
    "category": (
        Choice(
            "impute",
            "Missing values",
            {"level": "A level of their own", "most_frequent": "Most frequent level"},
        ),
        Choice(
            "encode",
            "Encoding",
            {"auto": "Automatic", "onehot": "One column a level", "ordinal": "One column of codes"},
            "Automatic gives trees codes, and one column a level to all other models.",
        ),
        Number("min_count", "Merge levels rarer than", 1, 1000, "Rows. Rarer levels become one."),
        Number("max_levels", "Most levels kept", 2, 250, "Less frequent levels become one."),
    ),
    "boolean": (
        Choice(
            "impute",
            "Missing values",
            {"most_frequent": "Most frequent value", "false": "False"},
        ),
    ),
    "date": (
        Several(
            "parts",
            "What a date becomes",
            {
                "elapsed": "Time elapsed",
                "year": "Time of the year",
                "week": "Day of the week",
                "day": "Time of the day",
            },
            "Cycles are smooth: December lies beside January.",
        ),
    ),
}  # fmt: skip


def show_steps(info: DatasetInfo, preparing: Preparing, columns: dict[str, str]) -> None:
    """A card for each base of a kind that occurs among these columns, with its inputs."""
    bases = {name: base_of(kind) for name, kind in columns.items()}
    kinds = [kind for kind in KINDS if kind in STEPS and kind in bases.values()]
    with st.grid(2, min_column_width=300):
        for kind in kinds:
            names = [name for name, base in bases.items() if base == kind]
            with st.container(border=True, height="stretch"):
                st.markdown(f"**{KINDS[kind].icon} {KINDS[kind].title}** :gray-badge[{len(names)}]")
                for step in STEPS[kind]:
                    key = f"prepare_{kind}_{step.field}"
                    value = getattr(getattr(preparing, kind), step.field)
                    step.show(key, value, (info, kind, step.field, key))


@guarded
def change_step(info: DatasetInfo, kind: str, field: str, key: str) -> None:
    """Keeps the draft with the value that the input now has."""
    value = st.session_state[key]
    preparing = current_recipe(info).preparing
    value = tuple(value) if isinstance(value, list) else value
    steps = replace(getattr(preparing, kind), **{field: value})
    change_recipe(info, preparing=replace(preparing, **{kind: steps}))
