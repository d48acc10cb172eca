"""Made trials, states and recipes of a search."""

from datetime import UTC, datetime, timedelta

from core.recipe import ColumnChoice, Recipe, Role
from core.training.state import CandidateState, RunState
from core.training.trials import Trial

START = datetime(2026, 1, 1, tzinfo=UTC)
RECIPE = Recipe(
    target="y",
    task="regression",
    metric="r2",
    columns={
        "x": ColumnChoice("number", Role.FEATURE),
        "y": ColumnChoice("number", Role.TARGET),
    },
)


def at(seconds: float) -> str:
    return (START + timedelta(seconds=seconds)).isoformat()


def trial(number: int, *scores: float | None, candidate: str = "made", **options: object) -> Trial:
    """A trial that took a second, judged by R² on as many folds as there are scores."""
    known = {"r2": scores} if scores else {}
    defaults = {
        "status": "done" if scores else "failed",
        "fold_scores": known,
        "train_scores": {"r2": tuple(s and s + 0.1 for s in scores)} if scores else {},
        "started_at": at(number),
        "finished_at": at(number + 1),
    }
    return Trial(number, candidate, **{**defaults, **options})


def searched(count: int = 24) -> list[Trial]:
    """Trials of `made`, whose score depends on `alpha` alone; `depth` and a step differ too."""
    return [
        trial(
            i,
            *(0.5 + 0.4 * (i * 7 % count) / count + fold / 100 for fold in range(3)),
            parameters={"alpha": 10 ** (i * 7 % count / count), "depth": (None, 3, 5)[i % 3]},
            steps={"number.scale": "standard"} if i % 2 else {},
            origin="search",
        )
        for i in range(count)
    ]


def state(run_id: str = "0123456789", **scores: tuple[float, ...]) -> RunState:
    """A finished run whose candidates have these scores."""
    candidates = tuple(
        CandidateState(
            name, name.title(), len(folds), "done", folds_done=3, fold_scores={"r2": folds}
        )
        for name, folds in scores.items()
    )
    return RunState(
        id=run_id,
        name="made.csv",
        dataset_id="d1",
        target="y",
        task="regression",
        metric="r2",
        created_at=at(0),
        status="finished",
        started_at=at(0),
        finished_at=at(60),
        candidates=candidates,
    )
