import io
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from core.data import sampling
from core.data.reading import read_table
from core.data.sampling import outline, sample_parquet, sample_text
from core.recipe import ReadOptions

ROWS = 20_000


def _table() -> pd.DataFrame:
    rng = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "row": np.arange(ROWS),
            "x": rng.normal(size=ROWS).round(4),
            "text": [
                f'line "{n}"\nand, more' if n % 5 == 0 else f"plain {n % 7}" for n in range(ROWS)
            ],
        }
    )


def _sample(path: Path, options: ReadOptions, share: float = 0.1) -> tuple[int, bytes, ReadOptions]:
    target = path.with_name("sample")
    rows, options = sample_text(path, target, share, options)
    return rows, target.read_bytes(), options


@pytest.fixture(autouse=True)
def _small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that lie across the pieces in which a file is read."""
    monkeypatch.setattr(sampling, "PIECE_BYTES", 10_007)


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_rows_are_drawn_as_they_stand_in_the_file(tmp_path: Path, line_end: str) -> None:
    table, path = _table(), tmp_path / "t.csv"
    table.to_csv(path, index=False, lineterminator=line_end)
    rows, content, options = _sample(path, ReadOptions(quote='"', delimiter=",", header=1))
    assert rows == ROWS
    drawn = pd.read_csv(io.BytesIO(content))
    expected = table.loc[drawn["row"]].reset_index(drop=True)
    expected["text"] = expected["text"].str.replace("\n", "\n")
    pd.testing.assert_frame_equal(drawn, expected)
    assert drawn["row"].is_monotonic_increasing
    assert len(drawn) == pytest.approx(ROWS * 0.1, rel=0.1)
    # Evenly over the file, and like it.
    counts = np.histogram(drawn["row"], 10, (0, ROWS))[0]
    assert counts.min() > 0.7 * len(drawn) / 10
    assert drawn["x"].mean() == pytest.approx(table["x"].mean(), abs=0.1)
    assert drawn["x"].std() == pytest.approx(table["x"].std(), rel=0.1)


def test_the_same_file_gives_the_same_sample(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    _table().to_csv(path, index=False)
    options = ReadOptions(quote='"', header=1)
    assert _sample(path, options) == _sample(path, options)


def test_what_stands_around_the_table_is_kept(tmp_path: Path) -> None:
    body = "".join(f"{n};{n % 7}\r\n" for n in range(5000))
    text = f"Report;\r\n\r\n# a remark\r\nrow;x\r\n{body}# one more\r\n\r\nTotal: 5,000\r\n\r\n"
    path = tmp_path / "t.csv"
    path.write_text(text, newline="")
    options = ReadOptions(
        delimiter=";", quote='"', skip_lines=2, header=1, comment="#", skip_footer=1
    )
    rows, content, _ = _sample(path, options)
    assert rows == 5000
    lines = content.decode().split("\r\n")
    assert lines[:4] == ["Report;", "", "# a remark", "row;x"]
    assert lines[-3:] == ["Total: 5,000", "", ""]
    drawn = [int(line.split(";")[0]) for line in lines[4:-3]]
    assert drawn == sorted(set(drawn))
    assert len(drawn) == pytest.approx(500, rel=0.2)


def test_quotes_that_are_none_cost_no_rows(tmp_path: Path) -> None:
    body = "".join(f'{n},{n % 9}" pipe\n' if n == 70 else f"{n},rod\n" for n in range(300_000))
    path = tmp_path / "t.csv"
    path.write_text(f"row,what\n{body}")
    rows, content, _ = _sample(path, ReadOptions(delimiter=",", quote='"', header=1), 0.5)
    assert rows == pytest.approx(300_000, rel=0.5)
    drawn = [line.split(b",")[0] for line in content.splitlines()[1:]]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
def test_wide_characters_are_cut_at_characters(tmp_path: Path, encoding: str) -> None:
    text = "row,who\n" + "".join(f"{n},Ċ {n}\n" for n in range(5000))  # its bytes hold a line break
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    rows, content, options = _sample(path, ReadOptions(encoding=encoding, delimiter=",", header=1))
    assert (rows, options.encoding) == (5000, "utf-8")
    lines = content.decode("utf-8-sig").splitlines()
    assert all(line == f"{line.split(',')[0]},Ċ {line.split(',')[0]}" for line in lines[1:])
    assert sorted(path.parent.iterdir()) == [path.with_name("sample"), path]


def test_old_line_breaks_are_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_bytes(b"row,x\r" + b"".join(b"%d,1\r" % n for n in range(5000)))
    rows, content, _ = _sample(path, ReadOptions(delimiter=",", header=1))
    assert rows == 5000
    assert content.startswith(b"row,x\r")
    assert content.count(b"\r") == pytest.approx(500, rel=0.2)


def test_the_outline_of_a_large_file_tells_how_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    body = "".join(f"{n};{n % 7},5\n" for n in range(100_000))
    path.write_text(f"row;x\n{body}")
    seen = outline(path)
    assert len(seen) < path.stat().st_size
    assert read_table(seen, "t.csv").options.delimiter == ";"
    assert seen.endswith(b"99999;4,5\n")


def test_a_small_file_is_its_own_outline(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    for content in (b"", b"a,b\n1,2\n", b"a,b\n" + b"1,2\n" * 4000):
        path.write_bytes(content)
        assert outline(path) == content


def test_rows_of_parquet_are_drawn_alike(tmp_path: Path) -> None:
    table, path = _table(), tmp_path / "t.parquet"
    table.to_parquet(path, row_group_size=3000)
    targets = [tmp_path / "a", tmp_path / "b"]
    assert [sample_parquet(path, target, 0.2) for target in targets] == [ROWS, ROWS]
    assert targets[0].read_bytes() == targets[1].read_bytes()
    drawn = pd.read_parquet(targets[0])
    pd.testing.assert_frame_equal(drawn, table.loc[drawn["row"]].reset_index(drop=True))
    assert len(drawn) == pytest.approx(ROWS * 0.2, rel=0.1)
    assert sampling.needed_for_parquet(path) >= ROWS * 3 * 2 * 8
