import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from core.data.fingerprint import fingerprint
from core.settings import ROOT

KINDS = {"n": "number", "c": "category", "b": "boolean", "d": "date"}


def table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "n": [1.5, np.nan],
            "c": pd.Series(["x", None], dtype="str"),
            "b": pd.Series([True, np.nan], dtype=object),
            "d": pd.to_datetime(["2024-01-31", None]).astype("datetime64[ns]"),
        }
    )


def test_is_the_same_in_every_process() -> None:
    code = (
        "import numpy as np, pandas as pd\n"
        "from core.data.fingerprint import fingerprint\n"
        "f = pd.DataFrame({'n': [1.5, np.nan], 'c': pd.Series(['x', None], dtype='str'),"
        " 'b': pd.Series([True, np.nan], dtype=object),"
        " 'd': pd.to_datetime(['2024-01-31', None]).astype('datetime64[ns]')})\n"
        f"print(fingerprint(f, {KINDS!r}))"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    ).stdout
    assert printed.strip() == fingerprint(table(), KINDS)


@pytest.mark.parametrize(
    "change",
    [
        lambda f: f.iloc[::-1].reset_index(drop=True),
        lambda f: f[["c", "n", "b", "d"]],
        lambda f: f.assign(n=[1.5, 0.0]),
        lambda f: f.assign(c=pd.Series(["x", ""], dtype="str")),
        lambda f: f.assign(b=pd.Series([True, False], dtype=object)),
        lambda f: f.rename(columns={"n": "m"}),
        lambda f: f.iloc[:1],
    ],
)
def test_another_content_gives_another(change) -> None:
    changed = change(table())
    kinds = {name: KINDS.get(name, "number") for name in changed}
    assert fingerprint(changed, kinds) != fingerprint(table(), KINDS)


def test_another_kind_gives_another() -> None:
    frame = pd.DataFrame({"x": pd.Series(["1"], dtype="str")})
    assert fingerprint(frame, {"x": "category"}) != fingerprint(frame, {"x": "text"})


def test_texts_cannot_run_into_each_other() -> None:
    frames = [pd.DataFrame({"x": pd.Series(v, dtype="str")}) for v in (["ab", "c"], ["a", "bc"])]
    assert len({fingerprint(frame, {"x": "category"}) for frame in frames}) == 2


def test_negative_zero_is_zero() -> None:
    zeros = [pd.DataFrame({"x": [value, 1.5]}) for value in (0.0, -0.0)]
    assert len({fingerprint(frame, {"x": "number"}) for frame in zeros}) == 1
