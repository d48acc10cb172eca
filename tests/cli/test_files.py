from dataclasses import replace
from pathlib import Path

import pytest

from core.cli.files import load_file, read_file, say_reading
from core.data.store import DatasetStore
from core.errors import DataError, UnreadableFile


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("files") / "large.csv"
    path.write_text(
        "row,x,word\n" + "".join(f"{n},{n % 97}.5,some words\n" for n in range(300_000))
    )
    return path


def test_a_large_file_tells_how_far_it_is(
    settings, datasets: DatasetStore, large: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    info = load_file(settings, large)
    assert (info.rows, info.source) == (300_000, "large.csv")
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert all(line.startswith("large.csv: ") for line in lines)
    percents = [int(line.rsplit(" ", 1)[1].rstrip("%")) for line in lines]
    assert percents == sorted(set(percents))
    assert percents[-1] == 100
    assert len(percents) <= 10


def test_a_small_file_is_loaded_in_silence(
    settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,2\n3,4\n")
    assert load_file(settings, path).rows == 2
    assert read_file(settings, path)[0].frame.shape == (2, 2)
    say_reading(path)
    assert capsys.readouterr().err == ""


def test_a_sample_is_told_as_one(settings, large: Path, capsys: pytest.CaptureFixture[str]) -> None:
    small = replace(settings, memory_mb=20)
    reading, rows = read_file(small, large)
    assert rows == 300_000
    assert 20_000 < len(reading.frame) < 250_000
    assert f"{len(reading.frame):,} of 300,000 rows" in capsys.readouterr().err
    info = load_file(small, large)
    assert (info.rows, info.sampled_from) == (len(reading.frame), 300_000)


def test_a_file_that_cannot_be_loaded_says_why(settings, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    with pytest.raises(DataError, match="empty"):
        load_file(settings, empty)
    with pytest.raises(UnreadableFile, match="can be read"):
        read_file(settings, tmp_path / "none.csv")
