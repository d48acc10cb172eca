"""`python -m bench [NAME…]`: measures speed and memory, prints a table, keeps it in bench/results.

Only ratios within one run mean something from one machine to the next. Adult is taken from the file
that SLIPWAY_BENCH_ADULT names; without it a made table of the same shape stands in.
"""

import json
import sys
import time
from pathlib import Path

from bench import (
    first_paint,
    first_row,
    loading,
    memory,
    million,
    pages_while_training,
    plans,
    predicting,
    prediction_log,
    threads,
    training,
)

BENCHES = {
    "first-paint": first_paint.measure,
    "training": training.measure,
    "pages-while-training": pages_while_training.measure,
    "memory": memory.measure,
    "loading": loading.measure,
    "first-row": first_row.measure,
    "million": million.measure,
    "prediction-log": prediction_log.measure,
    "plans": plans.measure,
    "predicting": predicting.measure,
    "threads": threads.measure,
}


def main(names: list[str]) -> int:
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"Unknown: {', '.join(unknown)}. There are: {', '.join(BENCHES)}.", file=sys.stderr)
        return 2
    results = Path(__file__).parent / "results"
    results.mkdir(exist_ok=True)
    for name in names or BENCHES:
        print(f"\n## {name}", flush=True)
        rows = []
        for row in BENCHES[name]():
            print("  ".join(f"{key}: {value}" for key, value in row.items()), flush=True)
            rows.append(row)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        (results / f"{name}-{stamp}.json").write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
