"""Fitted transformers to the steps of a plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.experimental import enable_iterative_imputer  # noqa: F401  # makes the next import work
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.feature_selection import RFE, SelectPercentile, VarianceThreshold
from sklearn.impute import IterativeImputer, MissingIndicator, SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MinMaxScaler,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

from core.errors import ArtifactError
from core.serving.plan.steps.calls import FUNCTIONS, Call
from core.serving.plan.steps.filling import Fill, FillFromOthers, FillText, Gaps, Guess
from core.serving.plan.steps.joining import AnyStep, Beside, ByColumns, Chain, Part
from core.serving.plan.steps.numbers import Bins, Divide, Multiply, Power, Quantiles
from core.serving.plan.steps.splines import Curve, Splines
from core.serving.plan.steps.table import Choose, Pairs, Project
from core.serving.plan.steps.texts import SPLITS, Terms, UnitLength

Fitted = Any  # scikit-learn has no type for a fitted transformer


def compile_step(transformer: Fitted) -> AnyStep:
    """The step that does what this fitted transformer does.

    Raises
    ------
    ArtifactError
        When no step does, which the message says.
    """
    if isinstance(transformer, str) and transformer == "passthrough":
        return Chain()
    maker = STEP_MAKERS.get(type(transformer))
    if maker is None:
        raise refusal(transformer)
    return maker(transformer)


def refusal(thing: Fitted, of: str = "") -> ArtifactError:
    """The error that says what cannot be compiled."""
    return ArtifactError(
        "A compiled plan must be made of steps and models that it knows. "
        f"Got {type(thing).__name__}{of}.",
        "The fitted pipeline answers instead.",
    )


def need(is_so: bool, thing: Fitted, what: str) -> None:
    """Nothing, unless a setting is not as a step of a plan has it; raises `ArtifactError` then."""
    if not is_so:
        raise refusal(thing, f" with {what}")


def _chain(pipeline: Pipeline) -> AnyStep:
    return Chain([compile_step(step) for _, step in pipeline.steps])


def _union(union: FeatureUnion) -> AnyStep:
    need(not union.transformer_weights, union, "weights")
    parts = [part for _, part in union.transformer_list if part != "drop"]
    return Beside([compile_step(part) for part in parts])


def _by_columns(transformer: ColumnTransformer) -> AnyStep:
    parts = [
        Part(list(places), compile_step(step))
        for _, step, places in transformer.transformers_
        if step != "drop"
    ]
    return ByColumns(parts)


def _call(step: FunctionTransformer) -> AnyStep:
    if step.func is None:  # what stands for "passthrough" in a fitted union
        return Chain()
    name = getattr(step.func, "__name__", "")
    need(FUNCTIONS.get(name) is step.func, step, f"function {name!r}")
    settings = dict(step.kw_args or {})
    arrays = {key: value for key, value in settings.items() if isinstance(value, np.ndarray)}
    plain = {key: value for key, value in settings.items() if key not in arrays}
    return Call(name, plain, arrays)


def _fill(step: SimpleImputer) -> AnyStep:
    need(not step.add_indicator, step, "an indicator")
    values = step.statistics_
    if step.strategy == "constant" and isinstance(step.fill_value, str):
        return FillText(step.fill_value)
    return Fill(np.asarray(values, dtype=float), float(step.missing_values))


def _fill_from_others(step: IterativeImputer) -> AnyStep:
    need(not step.add_indicator and not step.sample_posterior, step, "chance in it")
    guesses = []
    for place, others, estimator in step.imputation_sequence_:
        guesses.append(
            Guess(
                int(place),
                np.asarray(others),
                np.asarray(estimator.coef_, dtype=float),
                float(estimator.intercept_),
                float(step._min_value[place]),  # the only place where it keeps them
                float(step._max_value[place]),
            )
        )
    first = np.asarray(step.initial_imputer_.statistics_, dtype=float)
    return FillFromOthers(np.nan_to_num(first), guesses)


def _divide(step: StandardScaler) -> AnyStep:
    need(step.with_mean and step.with_std, step, "half of its work")
    return Divide(step.mean_, step.scale_)


def _robust(step: RobustScaler) -> AnyStep:
    need(step.with_centering and step.with_scaling, step, "half of its work")
    return Divide(step.center_, step.scale_)


def _multiply(step: MinMaxScaler) -> AnyStep:
    need(not step.clip, step, "clip")
    return Multiply(step.scale_, step.min_)


def _power(step: PowerTransformer) -> AnyStep:
    need(step.method == "yeo-johnson" and step.standardize, step, "another method")
    return Chain([Power(step.lambdas_), Divide(step._scaler.mean_, step._scaler.scale_)])


def _quantiles(step: QuantileTransformer) -> AnyStep:
    need(step.output_distribution == "normal", step, "another distribution")
    return Quantiles(step.quantiles_, step.references_)


def _bins(step: KBinsDiscretizer) -> AnyStep:
    need(step.encode.startswith("onehot"), step, f"encode={step.encode!r}")
    return Bins([np.asarray(edges[1:-1], dtype=float) for edges in step.bin_edges_])


def _splines(step: SplineTransformer) -> AnyStep:
    need(step.extrapolation in ("constant", "periodic"), step, f"{step.extrapolation!r}")
    curves = [Curve(np.asarray(s.t), np.asarray(s.c), int(s.k)) for s in step.bsplines_]
    width = curves[0].weights.shape[1]
    places = range(width * len(curves))
    kept = [p for p in places if step.include_bias or (p + 1) % width]
    return Splines(curves, kept, step.extrapolation == "periodic")


def _choose(step: Fitted) -> AnyStep:
    return Choose(np.flatnonzero(step.get_support()))


def _pairs(step: PolynomialFeatures) -> AnyStep:
    is_known = step.degree == 2 and step.interaction_only and not step.include_bias
    need(is_known, step, "other settings")
    return Pairs()


def _components(step: PCA) -> AnyStep:
    need(not step.whiten, step, "whiten")
    weights = np.ascontiguousarray(step.components_.T)
    return Project(weights, -(step.mean_ @ weights))


def _directions(step: TruncatedSVD) -> AnyStep:
    return Project(np.ascontiguousarray(step.components_.T), np.empty(0))


def _unit_length(step: Normalizer) -> AnyStep:
    need(step.norm == "l2", step, f"norm={step.norm!r}")
    return UnitLength()


def _terms(step: CountVectorizer) -> AnyStep:
    is_plain = step.lowercase and step.strip_accents is None and not step.stop_words
    need(is_plain and step.analyzer in SPLITS, step, "other settings")
    low, high = step.ngram_range
    terms = sorted(step.vocabulary_, key=step.vocabulary_.__getitem__)
    weights = np.ones(len(terms))
    if isinstance(step, TfidfVectorizer):
        is_usual = step.sublinear_tf and step.use_idf and step.norm == "l2"
        need(is_usual, step, "other weights")
        weights = np.asarray(step.idf_, dtype=float)
    return Terms(step.analyzer, step.token_pattern, low, high, terms, weights)


STEP_MAKERS: dict[type, Callable[[Fitted], AnyStep]] = {
    Pipeline: _chain,
    FeatureUnion: _union,
    ColumnTransformer: _by_columns,
    FunctionTransformer: _call,
    SimpleImputer: _fill,
    IterativeImputer: _fill_from_others,
    MissingIndicator: lambda step: Gaps([int(place) for place in step.features_]),
    StandardScaler: _divide,
    RobustScaler: _robust,
    MinMaxScaler: _multiply,
    PowerTransformer: _power,
    QuantileTransformer: _quantiles,
    KBinsDiscretizer: _bins,
    SplineTransformer: _splines,
    VarianceThreshold: _choose,
    SelectPercentile: _choose,
    RFE: _choose,
    PolynomialFeatures: _pairs,
    PCA: _components,
    TruncatedSVD: _directions,
    Normalizer: _unit_length,
    CountVectorizer: _terms,
    TfidfVectorizer: _terms,
}
"""By the class of the fitted transformer."""
