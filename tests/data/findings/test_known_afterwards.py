import numpy as np
import pytest

from core.data.findings.known_afterwards import KnownAfterwards
from core.recipe import Role

N = 400
RNG = np.random.default_rng(3)
CHURNED = RNG.integers(0, 4, N) == 0
REASON = RNG.choice(["price", "service", "moved"], N)
X = RNG.normal(size=N)
STATE = RNG.choice(["open", "won", "lost"], N)


def only(rows, values=REASON):
    return [value if has else None for value, has in zip(values, rows, strict=True)]


def seen(run, **columns) -> dict[str, str]:
    return {f.column: f.message for f in run(KnownAfterwards(), target="y", **columns)}


@pytest.mark.parametrize(
    ("y", "late"),
    [
        (CHURNED, only(CHURNED)),
        (CHURNED, only(~CHURNED)),
        (CHURNED, only(CHURNED & (X > 0))),  # filled in for some of them only
        (CHURNED, only(CHURNED, X)),
        (np.where(CHURNED, "yes", "no"), only(CHURNED)),
        (STATE, only(STATE == "won", X)),
        (STATE, only(STATE != "open")),
        (np.where(CHURNED, 100 + X, X), only(CHURNED)),
        (CHURNED, np.where(CHURNED, np.abs(X) + 1, 0)),
        (CHURNED, np.where(CHURNED, REASON, "none")),
    ],
)
def test_finds_values_that_only_some_outcomes_have(run, y, late) -> None:
    assert set(seen(run, y=y, x=X, late=late)) == {"late"}


def test_tells_what_was_seen_with_numbers(run) -> None:
    message = seen(run, y=CHURNED, late=only(CHURNED))["late"]
    assert "'y' = 'True'" in message
    assert "100.0%" in message


@pytest.mark.parametrize(
    ("y", "honest"),
    [
        (CHURNED, only(X > 0)),
        (CHURNED, only((CHURNED & (np.arange(N) % 4 > 0)) | (X > 0))),
        (CHURNED, [None] * N),
        (CHURNED, REASON),
        (CHURNED, only(np.arange(N) < 5)),
        (np.where(CHURNED, 1 + X, X), only(CHURNED)),
        (np.exp(X), np.where(X > 1, X, 0)),  # zero is a measurement
        (CHURNED, np.where(CHURNED & (X > 0), np.abs(X), 0)),
        (["a"] * N, only(CHURNED)),
    ],
)
def test_is_quiet_about_honest_gaps(run, y, honest) -> None:
    assert seen(run, y=y, x=X, late=honest) == {}


def test_a_name_supports_what_zeros_alone_do_not_show(run) -> None:
    refund = np.where(CHURNED & (X > 0), np.abs(X), 0)
    assert set(seen(run, y=CHURNED, refund_amount=refund)) == {"refund_amount"}


def test_is_quiet_in_two_rows(run) -> None:
    assert seen(run, y=["a", "b"], late=["x", None]) == {}


def test_an_ignored_column_is_good_to_know(run) -> None:
    (finding,) = run(
        KnownAfterwards(),
        target="y",
        roles={"late": Role.IGNORE},
        y=CHURNED,
        late=only(CHURNED),
    )
    assert (finding.severity, finding.actions) == ("info", ("feature",))
