"""Free text to numbers: how telling its words and its pieces are, made fewer where an estimator needs that.

Only scikit-learn and numpy are used, never a class of our own: a saved pipeline then loads wherever
scikit-learn is installed.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import FeatureUnion, Pipeline
from sklearn.preprocessing import FunctionTransformer, Normalizer

from core.features.needs import InputNeeds
from core.features.pieces import Columns, Steps, Transformer
from core.recipe import Preparing, TextSteps

MARK = "_ "
"""What every text begins with, so that no column is without a word, not even one of empty texts."""

WORD = r"\w+"
"""Also words of one letter: "2 u" tells a message from a letter."""

NOTHING = "(?!)"
"""A pattern that is found nowhere."""

DECIMALS = 6
"""What is smaller is left by rounding in the decomposition and differs from machine to machine."""


def text_steps(preparing: Preparing, needs: InputNeeds, columns: Columns) -> Transformer:
    """Words and pieces of each text by how telling they are (TF-IDF), each column by itself.

    Notes
    -----
    Pieces of words are weighed beside words because they need no spaces between them, forgive
    misspellings, and see what inflected forms share. What is not written in spaced words (Chinese)
    is one long word, of which the pieces are counted all the same.

    An estimator that cannot take thousands of columns gets their latent semantic analysis
    (Deerwester and others, 1990): the strongest directions, rows of length 1. Measured on 10,000
    Chinese reviews and 5,500 messages, length 1 did better than a spread of 1 for neighbours, naive
    Bayes and support vectors, and no worse for the others.
    """
    choices = preparing.text
    if not (choices.words or choices.characters):
        return "drop"
    is_reduced = not needs.accepts_sparse
    if len(columns) == 1:
        return _steps_of_one(choices, is_reduced)
    return ColumnTransformer(
        [
            (f"text_{place}", _steps_of_one(choices, is_reduced), [place - 1])
            for place in range(1, len(columns) + 1)
        ]
    )


def _steps_of_one(choices: TextSteps, is_reduced: bool) -> Pipeline:
    steps: Steps = [
        (
            "impute",
            SimpleImputer(strategy="constant", fill_value="", keep_empty_features=True),
        ),
        ("mark", FeatureUnion([("mark", _mark()), ("text", "passthrough")])),
        ("join", _call(np.sum, axis=1)),
        ("terms", FeatureUnion(_weighers(choices, is_reduced))),
    ]
    if is_reduced:
        steps += [
            ("reduce", TruncatedSVD(choices.components)),
            ("length", Normalizer()),
            ("round", _call(np.round, decimals=DECIMALS)),
        ]
    return Pipeline(steps)


def _weighers(choices: TextSteps, is_reduced: bool) -> Steps:
    """What weighs the terms; where they are reduced, also as many empty columns as will be left.

    The decomposition refuses a table with fewer columns than it is to keep, and how many terms there
    are is known only when it is fitted.
    """
    bounds: dict[str, Any] = {
        "min_df": choices.min_count,
        "max_features": choices.max_terms,
        "sublinear_tf": True,
    }
    found: Steps = []
    if choices.words:
        found.append(("words", TfidfVectorizer(token_pattern=WORD, ngram_range=(1, 2), **bounds)))
    if choices.characters:
        found.append(
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), **bounds))
        )
    if is_reduced:
        places = [str(place) for place in range(choices.components)]
        found.append(("room", CountVectorizer(vocabulary=places, token_pattern=NOTHING)))
    return found


def _mark() -> FunctionTransformer:
    return _call(np.full_like, fill_value=MARK)


def _call(function: Callable[..., Any], **arguments: Any) -> FunctionTransformer:
    return FunctionTransformer(function, kw_args=arguments, feature_names_out="one-to-one")
