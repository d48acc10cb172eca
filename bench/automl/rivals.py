"""`rivals.py TOOL TRAIN TEST TASK BUDGET OUT`: one other tool, run in an environment of its own.

It imports nothing of Slipway, so that the environment needs the tool alone. OUT gets a table with the
predicted numbers in `prediction`, or the probability of each class in `probability_<class>`.
"""

import sys
import tempfile
import warnings

import numpy as np
import pandas as pd


def main(tool: str, train_file: str, test_file: str, task: str, budget: float, out: str) -> None:
    warnings.filterwarnings("ignore")
    train, test = pd.read_csv(train_file), pd.read_csv(test_file).drop(columns="y")
    answers = TOOLS[tool](train, test, task, budget)
    answers.to_csv(out, index=False)


def flaml(train: pd.DataFrame, test: pd.DataFrame, task: str, budget: float) -> pd.DataFrame:
    from flaml import AutoML

    kind = "regression" if task == "regression" else "classification"
    metric = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "r2"}[task]
    model = AutoML()
    model.fit(
        train.drop(columns="y"), train["y"], task=kind, metric=metric, time_budget=budget,
        verbose=0, seed=0,
    )  # fmt: skip
    if kind == "regression":
        return pd.DataFrame({"prediction": model.predict(test)})
    return _probabilities(model.predict_proba(test), sorted(train["y"].unique()))


def autogluon(train: pd.DataFrame, test: pd.DataFrame, task: str, budget: float) -> pd.DataFrame:
    from autogluon.tabular import TabularPredictor

    metric = {"binary": "roc_auc", "multiclass": "roc_auc_ovr", "regression": "r2"}[task]
    model = TabularPredictor(
        "y", problem_type=task, eval_metric=metric, path=tempfile.mkdtemp(), verbosity=0
    )
    model.fit(train, presets="medium_quality", time_limit=budget)
    if task == "regression":
        return pd.DataFrame({"prediction": np.asarray(model.predict(test))})
    found = model.predict_proba(test)
    return _probabilities(found.to_numpy(), list(found.columns))


def _plain(train: pd.DataFrame, test: pd.DataFrame) -> tuple[list[str], list[str]]:
    """Numbers and categories, dates made numbers; the way somebody does it in ten minutes."""
    for name in train.columns.drop("y"):
        if not pd.api.types.is_numeric_dtype(train[name]) or pd.api.types.is_bool_dtype(
            train[name]
        ):
            is_date = train[name].astype(str).str.match(r"\d{4}-\d\d-\d\d").mean() > 0.9
            for frame in (train, test):
                if is_date:
                    frame[name] = pd.to_datetime(frame[name]).astype("int64") / 8.64e13
                else:
                    frame[name] = frame[name].astype("str")
    numbers = train.drop(columns="y").select_dtypes("number").columns.tolist()
    return numbers, [n for n in train.columns if n not in numbers and n != "y"]


def linear(train: pd.DataFrame, test: pd.DataFrame, task: str, budget: float) -> pd.DataFrame:
    from sklearn.compose import make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression, Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    numbers, categories = _plain(train, test)
    prepare = make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        (OneHotEncoder(handle_unknown="ignore", min_frequency=5), categories),
    )
    model = Ridge() if task == "regression" else LogisticRegression(max_iter=300)
    return _ask(make_pipeline(prepare, model).fit(train.drop(columns="y"), train["y"]), test)


def boosting(train: pd.DataFrame, test: pd.DataFrame, task: str, budget: float) -> pd.DataFrame:
    from sklearn.ensemble import HistGradientBoostingClassifier as Classifier
    from sklearn.ensemble import HistGradientBoostingRegressor as Regressor
    from sklearn.preprocessing import TargetEncoder

    _, categories = _plain(train, test)
    many = [name for name in categories if train[name].nunique() > 254]
    if many:
        encoder = TargetEncoder(random_state=0)
        train[many] = encoder.fit_transform(train[many], train["y"])[:, : len(many)]
        test[many] = encoder.transform(test[many])[:, : len(many)]
    for name in set(categories) - set(many):
        train[name] = train[name].astype("category")
        test[name] = pd.Categorical(test[name], categories=train[name].cat.categories)
    kind = Regressor if task == "regression" else Classifier
    model = kind(random_state=0, categorical_features="from_dtype")
    return _ask(model.fit(train.drop(columns="y"), train["y"]), test)


def _ask(model: object, test: pd.DataFrame) -> pd.DataFrame:
    if hasattr(model, "predict_proba"):
        return _probabilities(model.predict_proba(test), list(model.classes_))
    return pd.DataFrame({"prediction": model.predict(test)})


def _probabilities(found: np.ndarray, classes: list[object]) -> pd.DataFrame:
    return pd.DataFrame(np.asarray(found), columns=[f"probability_{label}" for label in classes])


TOOLS = {
    "flaml": flaml,
    "autogluon": autogluon,
    "linear": linear,
    "boosting": boosting,
}

if __name__ == "__main__":
    main(*sys.argv[1:5], float(sys.argv[5]), sys.argv[6])
