"""An uploaded model file to a registered version: skops, ONNX, or joblib where the operator allows it."""

from __future__ import annotations

import tempfile
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from msgspec import Struct

from core.data.kinds import KINDS, base_of
from core.errors import ArtifactError, PredictionError, RegistryError, first_line, list_names
from core.moments import now
from core.recipe import ColumnChoice, Label, Recipe, Role
from core.registry.artifacts import check_libraries, library_versions
from core.registry.registry import Registry
from core.registry.words import Version, check_name
from core.serving.card import CARD_FILE, Card, DataCard
from core.serving.contract import Contract, dump_contract
from core.serving.contract.field import Field
from core.serving.contract.inference import learn_contract
from core.serving.contract.kinds import FIELDS
from core.serving.engine import Engine
from core.serving.golden import golden_files
from core.serving.hub import CONTRACT_FILE, ONNX_FILE
from core.settings import Settings

if TYPE_CHECKING:
    import pandas as pd
    from sklearn.pipeline import Pipeline

FORMATS = (".skops", ".onnx", ".joblib")

JOBLIB_WARNING = (
    "Loading a joblib file runs whatever code is in it, as the user that runs Slipway. Upload only files of "
    "people whom you would let work on this machine."
)


class TypedContract(Struct, frozen=True, forbid_unknown_fields=True):
    """What a person says about a model that nothing else tells about.

    Attributes
    ----------
    fields
        The columns it wants, in the order of its training.
    target
        What it predicts.
    classes
        The labels it can answer, in its order; None for numbers.
    positive
        The label that a yes/no question is about.
    """

    fields: tuple[Field, ...]
    target: str = "prediction"
    classes: tuple[Label, ...] | None = None
    positive: Label | None = None


class Sample(Struct, frozen=True):
    """A table from which a contract is inferred.

    Attributes
    ----------
    content, filename
        A file as those that models are trained on.
    target
        The column that the model predicts, when the table has it; else only its name.
    """

    content: bytes
    filename: str
    target: str = ""


def load_typed(content: bytes) -> TypedContract:
    """The contract that this JSON holds.

    Raises
    ------
    RegistryError
        When it is none; the message says what is wrong in it.

    Examples
    --------
    >>> load_typed(b'{"fields": [{"name": "size", "kind": "number", "example": 1}]}').fields[0].name
    'size'
    """
    try:
        typed = msgspec.json.decode(content, type=TypedContract)
    except msgspec.MsgspecError as error:
        raise RegistryError(
            f"A contract must be JSON with the model's columns. It cannot be read: {error}.",
            'Write {"fields": [{"name": "size", "kind": "number", "example": 1}], "classes": ["no", "yes"]}.',
        ) from error
    unknown = sorted({field.kind for field in typed.fields} - FIELDS.keys())
    if unknown or not typed.fields:
        raise RegistryError(
            f"The columns of a contract must each have a kind of {list_names(FIELDS)}. "
            f"Got {list_names(unknown) or 'no column'}.",
            "Correct the kinds.",
        )
    return typed


def import_model(
    settings: Settings,
    content: bytes,
    filename: str,
    name: str,
    given: TypedContract | Sample,
    *,
    by: str,
    classes: tuple[Label, ...] | None = None,
    description: str = "",
) -> Version:
    """A new version of a model, made from a file that was trained elsewhere.

    The first version of a model becomes its champion; later ones wait to be promoted.

    Parameters
    ----------
    content, filename
        The file; its ending tells its format.
    name
        The model's name, new or known.
    given
        What it may be asked: as a person typed it, or to be inferred from a table.
    by
        Who does it, for the history.
    classes
        The labels it can answer, in its order, where neither the file nor the sample tells.
    description
        What a person says about this version.

    Raises
    ------
    ArtifactError
        When the file cannot be trusted, loaded or asked; the message says why.
    RegistryError
        When the name or contract cannot be used.
    UnreadableFile
        When there is no table in the sample.
    """
    check_name(name)
    ending = Path(filename).suffix.lower()
    if ending == ".onnx":
        pipeline, known = None, None
    else:
        pipeline = _load_pipeline(settings, content, ending)
        known = _pipeline_columns(pipeline)
        classes = tuple(pipeline.classes_.tolist()) if hasattr(pipeline, "classes_") else None
        _check_answers_shares(pipeline)
    contract, rows = _make_contract(name, given, known, classes)
    engine, tags = _make_engine(pipeline, content, contract, rows)
    _check_example(engine)
    card = _write_card(filename, ending, contract, len(rows))
    registry = Registry(settings)
    version = registry.register(
        name,
        getattr(engine, "pipeline", None),
        files={
            CONTRACT_FILE: dump_contract(contract),
            CARD_FILE: msgspec.json.format(msgspec.json.encode(card)),
            **({ONNX_FILE: content} if pipeline is None else {}),
            **golden_files(settings, engine, rows),
        },
        tags={
            "task": contract.task,
            "target": contract.target,
            "candidate": "uploaded",
            "candidate_title": card.title,
            **tags,
        },
        metrics={},
        signature_frame=None if pipeline is None else rows.head(20),
        description=description,
    )
    if registry.champion(name) is None:
        registry.promote(name, version.version, by=by, reason="first version")
    return registry.get(name, version.version)


def check_ending(settings: Settings, ending: str) -> None:
    """Nothing, when a model may be in a file that ends so.

    Raises
    ------
    ArtifactError
        When it is no format of models, or not allowed here.
    """
    if ending not in FORMATS:
        raise ArtifactError(
            f"The file must be a model in one of the formats {list_names(FORMATS)}. Got {ending or 'no ending'}.",
            "Save a scikit-learn model with skops, any other one as ONNX.",
        )
    if ending == ".joblib" and not settings.allow_joblib:
        raise ArtifactError(
            "A joblib file must be allowed by whoever runs this server. It is not: loading one runs whatever code "
            "is in it.",
            "Save the model with skops.io.dump, or set SLIPWAY_ALLOW_JOBLIB=yes if you trust everybody who uploads.",
        )


def _load_pipeline(settings: Settings, content: bytes, ending: str) -> Pipeline:
    """The estimator in a skops or joblib file."""
    from sklearn.exceptions import InconsistentVersionWarning

    check_ending(settings, ending)
    load = _load_joblib if ending == ".joblib" else _load_skops
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("error", InconsistentVersionWarning)
        path = Path(folder) / f"model{ending}"
        path.write_bytes(content)
        try:
            found = load(path)
        except InconsistentVersionWarning as warning:
            check_libraries({"scikit-learn": warning.original_sklearn_version}, "The file")
            # A patch release apart: they read each other's models.
            warnings.simplefilter("ignore", InconsistentVersionWarning)
            found = load(path)
    if not hasattr(found, "predict"):
        raise ArtifactError(
            f"The file must hold a fitted scikit-learn model. It holds a {type(found).__name__}.",
            "Save the whole fitted pipeline.",
        )
    return found


def _load_skops(path: Path) -> Any:  # whatever the file holds
    import skops.io

    try:
        # Nothing beyond what skops itself knows to be harmless: what is trusted of models that were trained here
        # is not of files from elsewhere.
        untrusted = skops.io.get_untrusted_types(file=path)
        if untrusted:
            raise ArtifactError(
                "A model from elsewhere must be made of types that are known to be harmless. "
                f"Got {list_names(sorted(untrusted))}.",
                "Train it here, or export it as ONNX.",
            )
        return skops.io.load(path, trusted=[])
    except (ArtifactError, Warning):
        raise
    except Exception as error:  # a damaged file can fail anywhere in the building of the objects
        raise _unreadable("skops", error) from error


def _load_joblib(path: Path) -> Any:  # whatever the file holds
    import joblib

    try:
        return joblib.load(path)
    except Warning:
        raise
    except Exception as error:  # as above
        raise _unreadable("joblib", error) from error


def _unreadable(what: str, error: Exception) -> ArtifactError:
    return ArtifactError(
        f"The file must be a model in the {what} format. It cannot be read: {first_line(error)}.",
        "Save the model again.",
    )


def _pipeline_columns(pipeline: Any) -> list[str] | None:
    """The names of the columns that it was fitted with; None when it had none."""
    names = getattr(pipeline, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _check_answers_shares(pipeline: Any) -> None:
    if hasattr(pipeline, "classes_") and not hasattr(pipeline, "predict_proba"):
        raise ArtifactError(
            "A model that tells classes apart must answer probabilities. This one has no predict_proba.",
            "Wrap it in scikit-learn's CalibratedClassifierCV.",
        )


def _make_contract(
    name: str,
    given: TypedContract | Sample,
    known: list[str] | None,
    classes: tuple[Label, ...] | None,
) -> tuple[Contract, pd.DataFrame]:
    """The contract, and the rows of the sample, or the one example, in canonical types."""
    if isinstance(given, TypedContract):
        return _contract_as_typed(name, given, known, classes)
    return _infer_contract(name, given, known, classes)


def _contract_as_typed(
    name: str,
    given: TypedContract,
    known: list[str] | None,
    classes: tuple[Label, ...] | None,
) -> tuple[Contract, pd.DataFrame]:
    import pandas as pd

    classes = classes or given.classes
    fields = {field.name: field for field in given.fields}
    _check_columns(known, list(fields))
    contract = Contract(
        model=name,
        task=_task_of(classes),
        target=given.target,
        fields=tuple(fields[column] for column in known or fields),
        classes=classes,
        positive=_positive(given.positive, classes),
    )
    try:
        parsed = contract.parse(contract.example).rows[0]
    except PredictionError as error:
        raise RegistryError(
            f"The example must fit the contract. {error.message}", error.hint
        ) from error
    columns = {
        field.name: KINDS[field.kind].coerce(pd.Series([parsed.values[field.name]], dtype=object))
        for field in contract.fields
    }
    return contract, pd.DataFrame(columns)


def _infer_contract(
    name: str, given: Sample, known: list[str] | None, classes: tuple[Label, ...] | None
) -> tuple[Contract, pd.DataFrame]:
    from core.data.profiling import coerce_columns, infer_kinds, settle_style
    from core.data.reading import read_table

    reading = read_table(given.content, given.filename)
    kinds = infer_kinds(reading.frame, reading.units, reading.options.day_first)
    frame = coerce_columns(reading.frame, kinds, reading.options.day_first)
    there = [column for column in frame.columns if column != given.target]
    _check_columns(known, there)
    features = frame[known or there]
    if classes is None and given.target in frame.columns:
        classes = _classes_in(frame[given.target])
    choices = {
        # A column that is always the same here may be any number elsewhere.
        column: ColumnChoice(_served_kind(kinds[column], features[column]))
        for column in features.columns
    }
    target = given.target or "prediction"
    choices[target] = ColumnChoice("number" if classes is None else "category", Role.TARGET)
    task = _task_of(classes)
    recipe = Recipe(
        target, task, "", choices, positive=_positive(None, classes), read=reading.options
    )
    features = features.astype(object).apply(
        lambda column: KINDS[base_of(choices[str(column.name)].kind)].coerce(column)
    )
    contract = learn_contract(
        features,
        recipe,
        model=name,
        classes=classes,
        units=reading.units,
        styles={
            column: settle_style(
                style,
                reading.frame[column],
                frame[column],
                kinds[column],
                kinds[column],
                reading.options.day_first,
            )
            for column, style in reading.styles.items()
        },
    )
    return contract, features


def _served_kind(kind: str, values: pd.Series) -> str:
    import pandas as pd

    base = base_of(kind)
    if base in FIELDS:
        return kind
    return "number" if pd.api.types.is_numeric_dtype(values.dtype) else "category"


def _classes_in(target: pd.Series) -> tuple[Label, ...] | None:
    """The classes of a target column in their order; None when it holds numbers."""
    import pandas as pd

    present = target.dropna()
    is_number = pd.api.types.is_numeric_dtype(present.dtype) and present.dtype != bool
    if is_number and (present.nunique() > 20 or (present % 1 != 0).any()):
        return None
    found = sorted(present.unique().tolist())
    return tuple(int(label) if is_number else label for label in found)


def _task_of(classes: Sequence[Label] | None) -> str:
    if classes is None:
        return "regression"
    return "binary" if len(classes) == 2 else "multiclass"


def _positive(asked: Label | None, classes: Sequence[Label] | None) -> Label | None:
    if classes is None or len(classes) != 2:
        return None
    return classes[1] if asked is None or asked not in classes else asked


def _check_columns(known: list[str] | None, there: list[str]) -> None:
    lacking = [name for name in known or [] if name not in there]
    if lacking:
        raise RegistryError(
            f"The sample or contract must have the model's columns {list_names(known or [])}. "
            f"It lacks {list_names(lacking)}.",
            "Give it all columns that the model was trained on, under the same names.",
        )


def _make_engine(
    pipeline: Pipeline | None, content: bytes, contract: Contract, rows: pd.DataFrame
) -> tuple[Engine, dict[str, str]]:
    """What answers, and the tags that are needed to load it again."""
    if pipeline is None:
        return _make_onnx_engine(content, contract, rows)
    from core.serving.pipeline_engine import PipelineEngine

    return PipelineEngine(_taking_frames(pipeline), contract), {}


def _make_onnx_engine(
    content: bytes, contract: Contract, rows: pd.DataFrame
) -> tuple[Engine, dict[str, str]]:
    from core.serving.golden import to_rows
    from core.serving.onnx_engine import LOGITS_TAG, OnnxEngine

    engine = OnnxEngine(content, contract)
    try:
        engine.predict(contract.parse_rows(to_rows(rows.head(500))))
    except ArtifactError as error:
        if "must sum to 1" not in error.message:
            raise
        # A network without its last layer, as PyTorch's losses want it.
        return OnnxEngine(content, contract, are_logits=True), {LOGITS_TAG: "yes"}
    except Exception as error:
        raise _cannot_answer(error) from error
    return engine, {}


def _taking_frames(pipeline: Any) -> Pipeline:
    """A model that was fitted on a bare matrix, behind a step that makes one of a table."""
    if getattr(pipeline, "feature_names_in_", None) is not None:
        return pipeline
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import FunctionTransformer

    return Pipeline([("matrix", FunctionTransformer(np.asarray)), ("model", pipeline)])


def _check_example(engine: Engine) -> None:
    """Raises `ArtifactError` unless the model answers the contract's own example."""
    try:
        engine.predict(engine.contract.parse(engine.contract.example).rows)
    except ArtifactError:
        raise
    except Exception as error:  # whatever goes wrong, it must go wrong before it is registered
        raise _cannot_answer(error) from error


def _cannot_answer(error: Exception) -> ArtifactError:
    return ArtifactError(
        f"The model must answer the first full row of its sample, or its example. It failed: {first_line(error)}.",
        "Check the columns, their order and their kinds against those it was trained on.",
    )


def _write_card(filename: str, ending: str, contract: Contract, rows: int) -> Card:
    title = "Uploaded ONNX model" if ending == ".onnx" else "Uploaded scikit-learn model"
    return Card(
        candidate="uploaded",
        title=title,
        task=contract.task,
        target=contract.target,
        metric="",
        cv_mean={},
        cv_std={},
        holdout=None,
        rows_train=0,
        rows_test=0,
        note="It was trained elsewhere: nothing is known here of how good it is.",
        data=DataCard("", "", Path(filename).name, "upload", rows),
        run_id="",
        registered_at=now(),
        libraries=library_versions(),
    )
