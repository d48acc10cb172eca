from pathlib import Path

import psutil
import pytest

from core.data.memory import FACTORS, check_fits, free_memory, memory_budget, needed_for_text
from core.errors import UnreadableFile
from core.settings import Settings

MB, GB = 2**20, 2**30


def _settings(**environ: str) -> Settings:
    return Settings.from_environment({"SLIPWAY_HOME": "/nowhere", **environ})


def _group(root: Path, cgroup: str, files: dict[str, str]) -> Path:
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(cgroup)
    for name, text in files.items():
        path = root / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


def test_the_operator_decides_how_much_memory_loading_takes() -> None:
    assert memory_budget(_settings(SLIPWAY_MEMORY_MB="300")) == 300 * MB


def test_without_a_setting_it_is_most_of_what_is_free() -> None:
    assert 0 < memory_budget(_settings()) < psutil.virtual_memory().total


def test_without_control_groups_the_machine_is_what_counts(tmp_path: Path) -> None:
    assert 0 < free_memory(tmp_path) <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("cgroup", "files"),
    [
        pytest.param(
            "0::/\n", {"memory.max": f"{30 * MB}\n", "memory.current": f"{20 * MB}\n"}, id="v2"
        ),
        pytest.param(
            "0::/app/web\n",
            {
                "app/web/memory.max": "max\n",
                "app/web/memory.current": "0\n",
                "app/memory.max": f"{30 * MB}\n",
                "app/memory.current": f"{25 * MB}\n",
                "app/memory.stat": f"anon 1\ninactive_file {5 * MB}\n",
            },
            id="v2 above",
        ),
        pytest.param(
            "5:cpu:/\n4:memory:/docker/x\n0::/\n",
            {
                "memory/memory.limit_in_bytes": f"{30 * MB}\n",
                "memory/memory.usage_in_bytes": f"{22 * MB}\n",
                "memory/memory.stat": f"total_inactive_file {2 * MB}\n",
            },
            id="v1 in a container",
        ),
    ],
)
def test_the_limit_of_a_container_counts(
    tmp_path: Path, cgroup: str, files: dict[str, str]
) -> None:
    assert free_memory(_group(tmp_path, cgroup, files)) == 10 * MB


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"memory.max": "max\n", "memory.current": "1\n"},
        {"memory/memory.limit_in_bytes": f"{2**63 - 4096}\n", "memory/memory.usage_in_bytes": "1"},
    ],
)
def test_no_limit_is_none(tmp_path: Path, files: dict[str, str]) -> None:
    root = _group(tmp_path, "4:memory:/\n0::/\n", files)
    assert free_memory(root) > GB // 8


def test_more_than_the_limit_in_use_is_nothing_free(tmp_path: Path) -> None:
    files = {"memory.max": f"{MB}\n", "memory.current": f"{2 * MB}\n"}
    assert free_memory(_group(tmp_path, "0::/\n", files)) == 0


@pytest.mark.parametrize("format_name", [*FACTORS, "csv", "parquet", "anything"])
def test_a_file_that_fits_is_taken_whole(format_name: str) -> None:
    assert check_fits(MB, GB, format_name, GB) == 1.0


@pytest.mark.parametrize("format_name", ["csv", "parquet"])
def test_of_one_that_does_not_fit_as_many_rows_are_drawn_as_do(format_name: str) -> None:
    assert check_fits(GB, 10 * GB, format_name, GB) == pytest.approx(0.1)


@pytest.mark.parametrize("format_name", ["excel", "json", "packed"])
def test_one_that_cannot_be_sampled_is_refused_with_the_numbers(format_name: str) -> None:
    told = r"at most 1\.0 GB .* has 300\.0 MB .* about 2\.0 GB"
    with pytest.raises(UnreadableFile, match=told) as caught:
        check_fits(300 * MB, 2 * GB, format_name, GB)
    assert "CSV or Parquet" in caught.value.hint


def test_a_budget_for_hardly_any_rows_refuses_too() -> None:
    with pytest.raises(UnreadableFile, match=r"at most 1\.0 MB"):
        check_fits(GB, 10 * GB, "csv", MB)


@pytest.mark.parametrize("head", [b"", b"a", b"a\n", b"a;b\r1;2\r", b"a\tb\n"])
def test_many_short_values_take_more_than_their_text(head: bytes) -> None:
    long = b"a longer text that fills a cell, "
    assert needed_for_text(GB, head or b"1,2\n") > needed_for_text(GB, long * 9 + b"\n") >= GB
