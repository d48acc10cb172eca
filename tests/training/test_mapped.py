"""Tables whose large columns are in files."""

import resource
import signal

import numpy as np
import pandas as pd

from core.training.mapped import LARGE_BYTES, mapped_frame


def test_large_columns_are_the_same_from_a_file_that_nobody_sees(tmp_path):
    n = LARGE_BYTES // 8
    frame = pd.DataFrame(
        {
            "number": np.arange(n) / 7,
            "date": pd.date_range("2024-01-01", periods=n, freq="s"),
            "text": pd.Series(["a", "b"] * (n // 2), dtype="str"),
            "level": pd.Series(["a", "b"] * (n // 2), dtype="category"),
            "answer": [True, False] * (n // 2),
            "gaps": pd.Series([True, np.nan] * (n // 2), dtype=object),
        }
    )
    mapped = mapped_frame(tmp_path / "new", frame)
    pd.testing.assert_frame_equal(mapped, frame)
    is_mapped = [not mapped[name].to_numpy().flags.owndata for name in ("number", "date")]
    assert is_mapped == [True, True]
    assert not list((tmp_path / "new").iterdir())


def test_a_part_of_a_mapped_table_is_no_file(tmp_path):
    frame = pd.DataFrame({"number": np.zeros(LARGE_BYTES // 8)})
    part = mapped_frame(tmp_path, frame).iloc[[0, 2]]
    part.loc[0, "number"] = 1.0
    assert part["number"].tolist() == [1.0, 0.0]
    assert frame["number"].sum() == 0.0


def test_where_the_disk_is_full_it_stays_in_memory(tmp_path):
    frame = pd.DataFrame({"number": np.arange(LARGE_BYTES // 8) / 7})
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGE_BYTES // 2, limit[1]))
    try:
        mapped = mapped_frame(tmp_path, frame)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        signal.signal(signal.SIGXFSZ, ignored)
    pd.testing.assert_frame_equal(mapped, frame)
