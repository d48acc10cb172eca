"""A scikit-learn estimator as the Python code that makes it: only what differs from the defaults."""

from __future__ import annotations

import importlib
import inspect
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # makes the next import work
from sklearn.impute import IterativeImputer
from sklearn.metrics._scorer import _BaseScorer
from sklearn.model_selection import BaseCrossValidator

LINE_LENGTH = 88
"""As most formatters have it."""

INDENT = "    "
NO_LIMIT = 10**6

MAX_LISTED = 5
"""More whole numbers are counted where they can be."""

Part = tuple[str, Any]
"""A label such as `alpha=`, which may be empty, and a value."""


@dataclass
class CodeWriter:
    """Writes values as code, and remembers which imports that code needs.

    Parameters
    ----------
    names
        The names of constants, by the texts of the list that each stands for.
    seed
        The random state that is written as `SEED`; None = written as it is.
    """

    names: Mapping[tuple[str, ...], str] = field(default_factory=dict)
    seed: int | None = None
    imports: set[tuple[str, str]] = field(default_factory=set)

    def write(self, value: Any, indent: int = 0, used: int = 0) -> str:
        """The code that makes this value.

        Parameters
        ----------
        indent
            Of the line that the code begins on; lines below it are indented from there.
        used
            How many characters of that line are taken by what stands before and after.

        Examples
        --------
        >>> from sklearn.linear_model import Ridge
        >>> CodeWriter().write(Ridge(alpha=0.5, fit_intercept=True))
        'Ridge(alpha=0.5)'
        """
        head, parts, tail = self._parts(value)
        flat = f"{head}{self._join(parts)}{tail}"
        if not parts or indent + used + len(flat) <= LINE_LENGTH:
            return flat
        inner = indent + len(INDENT)
        body = self._join(parts)
        if inner + len(body) <= LINE_LENGTH:
            lines = [f"{' ' * inner}{body}"]
        else:
            comma = "," if len(parts) > 1 else ""  # as formatters have it
            lines = [
                f"{' ' * inner}{label}{self.write(part, inner, len(label + comma))}{comma}"
                for label, part in parts
            ]
        return "\n".join([head, *lines, f"{' ' * indent}{tail}"])

    def assign(self, name: str, value: Any) -> str:
        """The statement of a function's body that gives a variable this value."""
        return f"{INDENT}{name} = {self.write(value, len(INDENT), len(name) + 3)}"

    def _join(self, parts: Sequence[Part]) -> str:
        return ", ".join(label + self.write(part, 0, -NO_LIMIT) for label, part in parts)

    def _parts(self, value: Any) -> tuple[str, Sequence[Part], str]:
        """How the code begins, the labelled values inside it, how it ends."""
        if constant := self._constant(value):
            return constant, (), ""
        if spaced := _range(value):
            return spaced, (), ""
        if isinstance(value, list):
            return "[", [("", part) for part in value], "]"
        if isinstance(value, tuple):
            return "(", [("", part) for part in value], ",)" if len(value) == 1 else ")"
        if isinstance(value, dict):
            return "{", [(f"{quoted(key)}: ", part) for key, part in value.items()], "}"
        if isinstance(value, np.ndarray):
            if spaced := self._spaced(value):
                return spaced, (), ""
            if value.dtype.kind == "M":
                days = np.datetime_as_string(value).tolist()
                return f"{self._numpy()}.array(", [("", days), ("dtype=", str(value.dtype))], ")"
            parts: list[Part] = [("", value.tolist())]
            parts += [("dtype=", Name("object"))] if value.dtype == object else []
            return f"{self._numpy()}.array(", parts, ")"
        if hasattr(value, "get_params") and not isinstance(value, type):
            return self._constructor(value, value.get_params(deep=False))
        if isinstance(value, BaseCrossValidator):
            return self._constructor(value, vars(value))
        if isinstance(value, _BaseScorer):
            return self._scorer(value)
        return self._scalar(value), (), ""

    def _constant(self, value: Any) -> str:
        """The name of the constant that stands for this value; empty when there is none."""
        if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
            return ""
        if len(value) > 1 and value == [str(place) for place in range(len(value))]:
            return f"[str(place) for place in range({len(value)})]"
        return self.names.get(tuple(value), "")

    def _constructor(
        self, estimator: Any, given: Mapping[str, Any]
    ) -> tuple[str, Sequence[Part], str]:
        self.imports.add((public_module(type(estimator)), type(estimator).__name__))
        if isinstance(estimator, IterativeImputer):  # else it cannot be imported
            self.imports.add(("sklearn.experimental", "enable_iterative_imputer"))
        parts: list[Part] = []
        # Other libraries also take parameters that their signature does not name.
        known = inspect.signature(type(estimator)).parameters
        defaults = {**dict.fromkeys(given), **{n: p.default for n, p in known.items()}}
        for name in (name for name in [*known, *sorted(given.keys() - known)] if name in given):
            value, default = given[name], defaults[name]
            if default is inspect.Parameter.empty:
                parts.append(("", value))
            elif name == "random_state" and value is not None and value == self.seed:
                parts.append((f"{name}=", Name("SEED")))
            elif not is_same(value, default):
                # The function of a FunctionTransformer reads well without a label.
                parts.append(("" if name == "func" else f"{name}=", value))
        return f"{type(estimator).__name__}(", parts, ")"

    def _scorer(self, scorer: Any) -> tuple[str, Sequence[Part], str]:
        self.imports.add(("sklearn.metrics", "make_scorer"))
        parts: list[Part] = [("", scorer._score_func)]
        parts += [] if scorer._sign > 0 else [("greater_is_better=", False)]
        parts += [(f"{name}=", option) for name, option in scorer._kwargs.items()]
        return "make_scorer(", parts, ")"

    def _scalar(self, value: Any) -> str:
        if isinstance(value, Name):
            return value
        if isinstance(value, np.generic):
            value = value.item()
        if isinstance(value, float) and not math.isfinite(value):
            text = "nan" if math.isnan(value) else "inf"
            return f"{'-' if value == -math.inf else ''}{self._numpy()}.{text}"
        if isinstance(value, str):
            return quoted(value)
        if isinstance(value, type | FunctionType) or callable(value):
            module = public_module(value)
            if module == "numpy":
                return f"{self._numpy()}.{value.__name__}"
            if module != "builtins":
                self.imports.add((module, value.__name__))
            return str(value.__name__)
        return repr(value).replace("e+", "e")

    def _numpy(self) -> str:
        self.imports.add(("numpy", ""))
        return "np"

    def _spaced(self, values: np.ndarray) -> str:
        """The call that spaces numbers as these are; empty when none does."""
        flat = values.ravel()
        if len(flat) < 4 or values.size != len(values) or values.dtype.kind not in "iuf":
            return ""
        first, last, count = float(flat[0]), float(flat[-1]), len(flat)
        shape = ".reshape(-1, 1)" if values.ndim > 1 else ""
        if np.array_equal(np.linspace(first, last, count), flat):
            return f"{self._numpy()}.linspace({first!r}, {last!r}, {count}){shape}"
        if first > 0 and last > 0:
            low, high = np.log10([first, last]).round(12).tolist()
            if np.array_equal(np.logspace(low, high, count), flat):
                return f"{self._numpy()}.logspace({low:g}, {high:g}, {count}){shape}"
        return ""


def _range(value: Any) -> str:
    """The call that counts as these whole numbers do; empty when none does."""
    is_long = isinstance(value, list) and len(value) > MAX_LISTED
    if not is_long or not all(type(part) is int for part in value):
        return ""
    step = value[1] - value[0]
    counted = range(value[0], value[0] + step * len(value), step or 1)
    return f"list({counted})" if list(counted) == value else ""


class Name(str):
    """The name of a constant, to be written without quotes."""

    __slots__ = ()


def quoted(text: str) -> str:
    """The text as a Python literal, in double quotes unless it has some itself.

    Examples
    --------
    >>> len(quoted("it's")), quoted("plain")
    (6, '"plain"')
    """
    literal = repr(text)
    if literal.startswith("'") and '"' not in text:
        return f'"{literal[1:-1]}"'
    return literal


def is_same(value: Any, default: Any) -> bool:
    """Whether a parameter has its default value; arrays never have."""
    if value is default:
        return True
    if type(value) is not type(default) or isinstance(value, np.ndarray):
        return False
    if isinstance(value, float) and math.isnan(value):
        return math.isnan(default)
    return bool(value == default)


def public_module(thing: Any) -> str:
    """The module that people import this class or function from.

    Examples
    --------
    >>> from sklearn.linear_model import Ridge
    >>> public_module(Ridge)
    'sklearn.linear_model'
    """
    module = getattr(thing, "__module__", None) or "builtins"
    parts: list[str] = []
    for part in module.split("."):
        if part.startswith("_"):
            break
        parts.append(part)
    while len(parts) > 1 and hasattr(importlib.import_module(".".join(parts[:-1])), thing.__name__):
        parts.pop()
    return ".".join(parts)


def import_lines(imports: set[tuple[str, str]]) -> list[str]:
    """The import statements for these (module, name) pairs, sorted, at most 88 characters wide.

    Examples
    --------
    >>> import_lines({("sklearn.svm", "SVR"), ("numpy", ""), ("sklearn.svm", "SVC")})
    ['import numpy as np', 'from sklearn.svm import SVC, SVR']
    """
    aliases = {"numpy": "numpy as np", "pandas": "pandas as pd"}
    lines = [
        f"import {aliases.get(module, module)}" for module, name in sorted(imports) if not name
    ]
    for module in sorted({module for module, name in imports if name}):
        names = sorted(
            (name for found, name in imports if found == module and name), key=_import_key
        )
        line = f"from {module} import {', '.join(names)}"
        if module == "sklearn.experimental":  # what it does is done by importing it
            line += "  # noqa: F401"
        if len(line) > LINE_LENGTH:
            body = "".join(f"{INDENT}{name},\n" for name in names)
            line = f"from {module} import (\n{body})"
        lines.append(line)
    return lines


def _import_key(name: str) -> tuple[bool, str]:
    # Classes before functions, as import sorters have it.
    return name[0].islower(), name
