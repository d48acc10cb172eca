"""A run's progress as lines on standard error: each candidate that has ended, and every new best."""

from collections.abc import Callable

from core.cli.output import say
from core.settings import Settings
from core.training.state import CandidateState, RunState


def watch_run(chosen: Settings, run_id: str) -> RunState:
    """The run's state once it has ended; tells of its progress meanwhile, and Ctrl-C stops it too."""
    from core.training.jobs import cancel_run, wait_for_run

    try:
        return wait_for_run(chosen, run_id, progress_teller())
    except KeyboardInterrupt:
        cancel_run(chosen, run_id)
        raise


def progress_teller(tell: Callable[[str], None] = say) -> Callable[[RunState], None]:
    """What tells a state's news, as lines; what it told before it does not tell again."""
    from core.scoring.metrics import get_metric

    told: dict[str, str] = {}
    highest = {"key": float("-inf")}

    def on_state(state: RunState) -> None:
        sort_key = get_metric(state.metric).sort_key
        best = state.best
        key = sort_key(best.cv_mean(state.metric)) if best else float("-inf")
        is_new = key > highest["key"]
        highest["key"] = max(key, highest["key"])
        best_told = not is_new
        for candidate in state.candidates:
            if candidate.status in ("waiting", "running", told.get(candidate.name)):
                continue
            told[candidate.name] = candidate.status
            is_best = is_new and best is not None and candidate.name == best.name
            best_told = best_told or is_best
            tell(candidate_line(candidate, state) + (" · best so far" if is_best else ""))
        if best is not None and not best_told:
            tell(f"{candidate_line(best, state)} · new best")

    return on_state


def candidate_line(candidate: CandidateState, state: RunState) -> str:
    """How a candidate does, after how long: its score, or why it has none."""
    from core.scoring.metrics import get_metric

    metric = get_metric(state.metric)
    when = f"[{state.elapsed_seconds:.1f} s]"
    if candidate.status != "done":
        status = candidate.status.replace("_", " ")
        return f"{when} {candidate.title}: {status}. {candidate.reason}".rstrip()
    mean, spread = candidate.cv_mean(state.metric), candidate.cv_std(state.metric)
    score = f"{metric.title} {metric.format(mean)} ± {metric.format(spread)}"
    return f"{when} {candidate.title}: {score}"
