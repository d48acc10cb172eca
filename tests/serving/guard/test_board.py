import subprocess
import sys
from pathlib import Path

from core.serving.api.guard.board import KEY_NUMBERS, Board

ROOT = Path(__file__).resolve().parents[3]

WORKER = """
import sys, pathlib
from core.serving.api.guard.board import Board
from core.serving.api.guard.metrics import Metrics
board = Board(pathlib.Path(sys.argv[1]))
metrics = Metrics(board)
metrics.add("Predictions", "titanic", 3, 200, 0.01, 5)
metrics.begin()
board.add(7)
print("counted", flush=True)
sys.stdin.readline()
"""


def start_worker(folder: Path) -> subprocess.Popen:
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "counted\n"
    return process


def test_one_worker_counts_in_memory():
    board = Board()
    board.add(1)
    board.add(1 + KEY_NUMBERS)
    board.refresh()
    assert board.total(1) == 2
    assert (len(board.pages()), len(board.living())) == (1, 1)


def test_processes_add_up_and_a_killed_one_goes_on_to_count(tmp_path):
    from core.serving.api.guard.metrics import Labels, Metrics

    mine = Board(tmp_path)
    metrics = Metrics(mine)
    metrics.add("Predictions", "titanic", 3, 422, 0.02, 1)
    mine.add(7)
    process = start_worker(tmp_path)
    metrics.refresh()
    numbers = metrics.series()[Labels("Predictions", "titanic", "3")]
    assert (numbers[0], numbers[2]) == (1, 1)  # 2xx, 4xx
    assert numbers[5] == 6
    assert mine.total(7) == 2
    assert (metrics.workers(), metrics.running()) == (2, 1)

    process.kill()
    process.communicate()
    assert (metrics.workers(), metrics.running()) == (1, 0)
    assert metrics.series()[Labels("Predictions", "titanic", "3")][0] == 1

    # The next one takes its page over: there are never more pages than workers.
    after = start_worker(tmp_path)
    metrics.refresh()
    assert len(list(tmp_path.glob("*.page"))) == 2
    assert (metrics.workers(), metrics.running()) == (2, 1)
    assert metrics.series()[Labels("Predictions", "titanic", "3")][0] == 2
    assert mine.total(7) == 3
    after.communicate("\n")
