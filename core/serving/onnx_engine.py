"""The engine of uploaded ONNX models, whatever made them: asked by ONNX Runtime.

Run-time part: it needs numpy and onnxruntime, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from core.errors import ArtifactError, PredictionError, first_line, list_names
from core.recipe import Label
from core.serving.contract import Contract, ParsedRow, columns_of, label_text
from core.serving.engine import Answer, TableAnswer

LOGITS_TAG = "onnx_logits"
"""The tag of versions whose model answers scores that softmax makes probabilities."""

NUMBERS: dict[str, Any] = {  # numpy's own types of types say no more
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(float16)": np.float16,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
}

TEXT = "tensor(string)"

SUM_TOLERANCE = 1e-3
"""How far the probabilities of a row may be from 1 in float32."""


class Given(NamedTuple):
    """An input of the model: its name, its type in ONNX's words, and whether it wants a second dimension."""

    name: str
    type: str
    rank: int
    width: int | None


class OnnxEngine:
    """A version that answers by an ONNX model.

    Parameters
    ----------
    content
        The model's bytes.
    contract
        Of the same version: its columns in the order of the model's matrix, or named as its inputs are.
    are_logits
        Whether what it answers for the classes is made probabilities by softmax, because it lacks that layer.

    Raises
    ------
    ArtifactError
        When it is no ONNX model, or its inputs are not the contract's columns.
    """

    is_fast = False
    gathers = True

    def __init__(self, content: bytes, contract: Contract, *, are_logits: bool = False) -> None:
        self.contract = contract
        self.are_logits = are_logits
        self._content = content
        self._session = open_session(content)
        self._inputs = find_inputs(self._session)
        self._is_matrix = len(self._inputs) == 1 and (
            len(contract.fields) > 1 or self._inputs[0].name != contract.fields[0].name
        )
        _check_inputs(self._inputs, contract, self._is_matrix)

    def __reduce__(self) -> tuple[object, ...]:
        # A session cannot go to another process.
        rebuild = partial(OnnxEngine, are_logits=self.are_logits)
        return rebuild, (self._content, self.contract)

    def predict(self, rows: Sequence[ParsedRow]) -> Answer:
        """The answers to these rows, in their order."""
        if not rows:
            return Answer([], None if self.contract.classes is None else [])
        columns = {
            name: np.array([_cell(value) for value in values], dtype=object)
            for name, values in columns_of(self.contract.names, rows).items()
        }
        answer = self.predict_table(columns)
        if answer.probabilities is None or self.contract.classes is None:
            return Answer(answer.values.tolist())
        texts = [label_text(label) for label in self.contract.classes]
        shares = answer.probabilities.tolist()
        return Answer(
            answer.values.tolist(), [dict(zip(texts, row, strict=True)) for row in shares]
        )

    def predict_table(self, columns: Mapping[str, np.ndarray]) -> TableAnswer:
        """The answers to the rows of a table; see `Engine.predict_table`."""
        n_rows = len(next(iter(columns.values())))
        classes = self.contract.classes
        if n_rows == 0:
            return TableAnswer(
                np.empty(0), None if classes is None else np.empty((0, len(classes)))
            )
        found = self._session.run(None, self._feed(columns))
        if classes is None:
            return TableAnswer(_read_numbers(found, n_rows))
        return _read_classes(found, n_rows, classes, self.are_logits)

    def _feed(self, columns: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        if self._is_matrix:
            given = self._inputs[0]
            cells = [_typed(name, columns[name], given.type) for name in self.contract.names]
            return {given.name: np.column_stack(cells)}
        feed = {}
        for given in self._inputs:
            values = _typed(given.name, columns[given.name], given.type)
            feed[given.name] = values.reshape(-1, 1) if given.rank == 2 else values
        return feed


def open_session(content: bytes) -> Any:  # onnxruntime has no types
    """ONNX Runtime with this model loaded.

    Raises
    ------
    ArtifactError
        When it is none, or needs what this ONNX Runtime does not have.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what is wrong is raised
    # Requests come many at a time: one thread each keeps them from waiting for one another.
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # each of its refusals is a class of its own
        raise ArtifactError(
            f"The file must be an ONNX model that ONNX Runtime {onnxruntime.__version__} can run. "
            f"It says: {first_line(error).rstrip('.')}.",
            "Export the model again, for an opset that is known here, with its weights inside the file.",
        ) from error


def find_inputs(session: Any) -> list[Given]:
    """What the model wants to be given."""
    inputs = []
    for given in session.get_inputs():
        shape = list(given.shape or [])
        width = shape[1] if len(shape) == 2 and isinstance(shape[1], int) else None
        inputs.append(Given(given.name, given.type, len(shape), width))
    return inputs


def _check_inputs(inputs: Sequence[Given], contract: Contract, is_matrix: bool) -> None:
    for given in inputs:
        if given.type not in NUMBERS and given.type != TEXT:
            raise ArtifactError(
                f"The input {given.name!r} must be numbers or text. It is {given.type}.",
                "Export the model with one tensor of columns, or one tensor for each column.",
            )
        if given.rank not in (1, 2) or (is_matrix and given.rank != 2):
            raise ArtifactError(
                f"The input {given.name!r} must be a table of rows and columns. It has {given.rank} dimensions.",
                "Models of images, sounds or sequences are not served here.",
            )
    if is_matrix:
        _check_matrix(inputs[0], contract)
        return
    wanted, there = {given.name for given in inputs}, set(contract.names)
    if wanted != there:
        lacking = f" It lacks {list_names(sorted(wanted - there))}." if wanted - there else ""
        extra = (
            f" The model does not know {list_names(sorted(there - wanted))}."
            if there - wanted
            else ""
        )
        raise ArtifactError(
            f"The columns must be the inputs of the model: {list_names(given.name for given in inputs)}."
            f"{lacking}{extra}",
            "Name the columns of the sample or contract as the model names its inputs.",
        )


def _check_matrix(given: Given, contract: Contract) -> None:
    if given.width not in (None, len(contract.fields)):
        raise ArtifactError(
            f"The model's input {given.name!r} must have as many columns as the contract. It has {given.width}, "
            f"the contract {len(contract.fields)}: {list_names(contract.names)}.",
            "Give a sample or contract with the columns that the model was trained on, in their order.",
        )
    texts = [field.name for field in contract.fields if field.kind in ("category", "text")]
    if texts and given.type != TEXT:
        raise ArtifactError(
            f"The model's input {given.name!r} takes numbers only. {list_names(texts)} hold text.",
            "Export the model together with the encoding of its categories, as one input for each column.",
        )


def _typed(name: str, values: np.ndarray, wanted: str) -> np.ndarray:
    """A column in the model's type; what is missing is NaN, or the empty text."""
    if wanted == TEXT:
        return np.array(["" if value is None else _spell(value) for value in values], dtype=object)
    numbers = np.array([_number(value) for value in values], dtype=np.float64)
    is_missing = np.isnan(numbers)
    if np.issubdtype(NUMBERS[wanted], np.floating):
        return numbers.astype(NUMBERS[wanted])
    if is_missing.any():
        raise PredictionError(
            f"{name!r} must be given: this model has no way to leave it out.",
            "Send a value.",
            row=int(is_missing.argmax()),
            column=name,
        )
    return numbers.astype(NUMBERS[wanted])


def _number(value: Any) -> float:  # a cell of any column
    if value is None:
        return np.nan
    if isinstance(value, np.datetime64):
        seconds = value.astype("datetime64[us]").astype(np.float64) / 1e6
        return np.nan if np.isnat(value) else float(seconds)
    return float(value)


def _cell(value: Any) -> Any:  # a parsed value
    return np.datetime64(value) if hasattr(value, "isoformat") else value


def _spell(value: Any) -> str:  # a cell of any column
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.17g}"
    return str(value)


def _read_numbers(found: Sequence[Any], n_rows: int) -> np.ndarray:
    for output in found:
        if isinstance(output, np.ndarray) and output.size == n_rows and output.dtype != object:
            return output.reshape(n_rows).astype(np.float64)
    raise ArtifactError(
        "The model must answer one number for each row. "
        f"It answers {list_names(_shape_of(output) for output in found)}.",
        "Give it classes if it tells classes apart.",
    )


def _read_classes(
    found: Sequence[Any], n_rows: int, classes: tuple[Label, ...], are_logits: bool
) -> TableAnswer:
    shares = _find_shares(found, n_rows, classes, are_logits)
    if shares is None:
        raise ArtifactError(
            f"The model must answer a probability for each of {len(classes)} classes. "
            f"It answers {list_names(_shape_of(output) for output in found)}.",
            "Export it with its probabilities, and name all its classes in their order.",
        )
    positions = _find_labels(found, n_rows, classes)
    if positions is None:
        positions = shares.argmax(axis=1)
    return TableAnswer(np.array(classes, dtype=object)[positions], shares)


def _find_shares(
    found: Sequence[Any], n_rows: int, classes: tuple[Label, ...], are_logits: bool
) -> np.ndarray | None:
    for output in found:
        if isinstance(output, list) and output and isinstance(output[0], dict):
            return _unzip(output, classes)
    for output in found:
        if not isinstance(output, np.ndarray) or not np.issubdtype(output.dtype, np.floating):
            continue
        if output.shape == (n_rows, len(classes)):
            return _softmax(output) if are_logits else _normal(output)
        if output.size == n_rows and len(classes) == 2:
            return _two(output.reshape(n_rows).astype(np.float64))
    return None


def _unzip(rows: Sequence[Mapping[Any, float]], classes: tuple[Label, ...]) -> np.ndarray:
    """The probabilities of skl2onnx's ZipMap: for each row a mapping from class to probability."""
    keys = [_key_of(rows[0], label, place) for place, label in enumerate(classes)]
    return np.array([[row[key] for key in keys] for row in rows], dtype=np.float64)


def _key_of(row: Mapping[Any, float], label: Label, place: int) -> Any:
    for key in (label, label_text(label), place):
        if key in row:
            return key
    raise ArtifactError(
        f"The classes must be those of the model: {list_names(row)}. Got {label!r}.",
        "Name them as the model does.",
    )


def _normal(shares: np.ndarray) -> np.ndarray:
    """Probabilities that sum to 1 in float64 too."""
    exact = shares.astype(np.float64)
    if (exact < 0).any() or (np.abs(exact.sum(axis=1) - 1) > SUM_TOLERANCE).any():
        raise ArtifactError(
            f"The probabilities of the classes must sum to 1. Got {list_names(exact[0].round(4))}.",
            "Export the model with its last layer, the softmax.",
        )
    return np.asarray(exact / exact.sum(axis=1, keepdims=True))


def _softmax(scores: np.ndarray) -> np.ndarray:
    exact = scores.astype(np.float64)
    powers = np.exp(exact - exact.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _two(scores: np.ndarray) -> np.ndarray:
    """Probabilities of the second of two classes, of which the model tells this one only."""
    if ((scores < 0) | (scores > 1)).any():
        raise ArtifactError(
            "The model's one output must be the probability of the second class. "
            f"Got {scores[(scores < 0) | (scores > 1)][0]:.4g}.",
            "Export the model with its last layer, the sigmoid.",
        )
    return np.column_stack([1 - scores, scores])


def _find_labels(
    found: Sequence[Any], n_rows: int, classes: tuple[Label, ...]
) -> np.ndarray | None:
    """`(n_rows,)`: the position of the class that the model itself answers; None when it leaves that open."""
    for output in found:
        is_label = isinstance(output, np.ndarray) and not np.issubdtype(output.dtype, np.floating)
        if not is_label or output.size != n_rows:
            continue
        said = output.reshape(n_rows).tolist()
        places = {label_text(label): place for place, label in enumerate(classes)}
        if all(str(each) in places for each in said):
            return np.array([places[str(each)] for each in said])
        if all(isinstance(each, int) and 0 <= each < len(classes) for each in said):
            return np.array(said)
        raise ArtifactError(
            f"The classes must be those of the model. It answers {said[0]!r}.",
            f"Name them as the model does. Got {list_names(classes)}.",
        )
    return None


def _shape_of(output: Any) -> str:
    shape = "×".join(map(str, output.shape)) if isinstance(output, np.ndarray) else "no tensor"
    return f"{shape} {getattr(output, 'dtype', '')}".strip()
