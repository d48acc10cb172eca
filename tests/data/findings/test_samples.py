"""What is found in the bundled samples, each finding with its reason: nothing else is wrong with them."""

import pytest

from core.data.findings import Subject, find
from core.data.profiling import coerce_columns, describe_columns, infer_kinds
from core.data.reading import read_table
from core.data.samples import SAMPLES, get_sample, sample_bytes

EXPECTED = {
    "titanic": {
        ("identifier-column", "PassengerId"),  # counts the rows
        ("personal-data", "Name"),  # passengers by name and title
        ("identifier-column", "Name"),  # no two are the same
        ("high-cardinality", "Ticket"),  # 681 codes, some shared by a family
        ("mostly-missing", "Cabin"),  # known for 204 of 891
        ("high-cardinality", "Cabin"),  # and of these 147 are different
    },
    "penguins": set(),
    "mpg": {
        ("high-cardinality", "name"),  # 305 models among 398 cars
    },
}
"""Titanic's fares, of which 1 in 20 is above 100 and the highest 512, have a long tail and no outlier."""


@pytest.mark.parametrize("name", [sample.name for sample in SAMPLES])
def test_nothing_else_is_found_in_a_sample(name) -> None:
    reading = read_table(sample_bytes(name), get_sample(name).file)
    kinds = infer_kinds(reading.frame)
    frame = coerce_columns(reading.frame, kinds)
    columns = describe_columns(frame, kinds)
    found = find(Subject(frame, columns, raw=reading.frame, renamed=reading.renamed))
    assert {(finding.code, finding.column) for finding in found} == EXPECTED[name]
    assert all(finding.severity != "error" for finding in found)
