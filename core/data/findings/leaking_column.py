"""Columns that alone tell the target too well to be true."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject
from core.data.findings.column_names import names_entity, tells_afterwards
from core.data.findings.known_afterwards import KnownAfterwards
from core.data.findings.predictive_power import Power, measure_power
from core.data.findings.target_sample import TargetSample
from core.recipe import Role

MIN_SCORE = 0.98
"""Honest columns stay below: petal width tells 0.94 of the iris species, distance 0.93 of a taxi's fare."""

MIN_SCORE_BY_NAME = 0.95
"""For a column whose name says that it is known afterwards."""


class LeakingColumn:
    """A column alone tells the target too well."""

    code = "leaking-column"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """Each column that tells the target nearly without error, the strongest first."""
        sample = subject.labelled
        if sample is None:
            return
        found = _strong_columns(subject, sample)
        for name, power in sorted(found.items(), key=lambda item: -item[1].score):
            is_ignored = subject.is_ignored(name)
            yield Finding(
                self.code,
                "info" if is_ignored else "warning",
                _message(name, power, sample),
                _hint(name, power, is_ignored),
                name,
                ("feature",) if is_ignored else ("ignore",),
            )

    def find_certain(self, subject: Subject) -> set[str]:
        """The columns that are the target under another name."""
        sample = subject.labelled
        if sample is None:
            return set()
        return {name for name, p in _strong_columns(subject, sample).items() if p.is_recoding}


def _strong_columns(subject: Subject, sample: TargetSample) -> dict[str, Power]:
    """What tells the target nearly without error, but for what another finding says better."""
    told = {name for formula in subject.formulas for name in formula.columns}
    told |= {str(finding.column) for finding in KnownAfterwards().find(subject)}
    found = {}
    for name in sample.others:
        if name in told or _says_when_or_who(subject, sample, name):
            continue
        power = measure_power(sample, name)
        least = MIN_SCORE_BY_NAME if tells_afterwards(name) else MIN_SCORE
        if power is not None and power.score >= least:
            found[name] = power
    return found


def _says_when_or_who(subject: Subject, sample: TargetSample, name: str) -> bool:
    """Whether a column says when a row was or whose it is: what time and groups tell is no leak."""
    if sample.is_date(name) or subject.roles.get(name) in (Role.GROUP, Role.TIME):
        return True
    _, count = sample.levels(name)
    if count == len(sample.frame):  # it counts or names rows
        numbers = sample.numbers(name)
        return numbers is None or bool((numbers == numbers.round()).all())
    return names_entity(name) and count > len(sample.labels)


def _message(name: str, power: Power, sample: TargetSample) -> str:
    if power.is_recoding:
        return (
            f"{name!r} is the target {sample.target!r} under another name: each of its "
            f"{len(sample.labels)} values goes with one class, without exception.{sample.note}"
        )
    return f"{name!r} alone tells {sample.target!r} nearly without error: it {power.words}.{sample.note}"


def _hint(name: str, power: Power, is_ignored: bool) -> str:
    if is_ignored:
        return "It is ignored. Make it a feature only if its value is known before the target is."
    if power.is_recoding:
        return "A model would only copy it. Ignore it."
    return (
        "Is its value known when the prediction is needed? If it is filled in with the outcome, or after it, "
        "scores look perfect and the model fails in use: ignore it."
    )
