"""A row means the same wherever it enters: every channel answers what the model answers to the stored training table.

The model here answers a sum of all its values, so that a value that is read otherwise shows. A row may be refused, but
then by every channel, with the same words.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest
from starlette.testclient import TestClient

from core.data.dataset import Dataset
from core.data.profiling import typed_style
from core.data.reading import read_table
from core.data.store import DatasetStore
from core.errors import PredictionError, SlipwayError
from core.recipe import ColumnChoice, ReadOptions, Recipe, Role
from core.serving.api import create_api
from core.serving.contract.inference import learn_contract, to_wire
from tests.predicting import predict_file
from tests.serving.bulk.conftest import SumEngine
from tests.serving.conftest import Shelf
from tests.thorough import cases

Outcome = float | str
"""The prediction of a row, or why it has none."""


@dataclass(frozen=True)
class Trained:
    """A model of a file, the rows of its table, and what it answers to them."""

    engine: SumEngine
    dataset: Dataset
    expected: list[float]

    @property
    def client(self) -> TestClient:
        return TestClient(create_api(Shelf(self.engine)))

    @property
    def names(self) -> list[str]:
        return self.engine.contract.names


def train(
    folder: Path,
    content: bytes,
    filename: str,
    kinds: Mapping[str, str] | None = None,
    options: ReadOptions | None = None,
) -> Trained:
    store = DatasetStore(folder, 2**28)
    info = store.add(content, filename)
    if options is not None:
        info = store.reread(info.id, options)
    if kinds:
        info = store.with_kinds(info.id, kinds)
    dataset = store.load(info.id)
    columns = {column.name: ColumnChoice(column.kind) for column in dataset.info.columns}
    recipe = Recipe(
        "sum",
        "regression",
        "r2",
        {**columns, "sum": ColumnChoice("number", Role.TARGET)},
        read=dataset.info.read,
    )
    frame = dataset.frame[list(recipe.features)]
    learned = learn_contract(
        frame,
        recipe,
        model="sum",
        classes=None,
        units={column.name: column.unit for column in dataset.info.columns},
        styles={name: typed_style(dataset, name, kind) for name, kind in recipe.features.items()},
    )
    engine = SumEngine(learned.fields, read=learned.read)
    answers = engine.predict_table(
        {field.name: canonical(frame[field.name], field.kind) for field in learned.fields}
    )
    return Trained(engine, dataset, answers.values.tolist())


def canonical(series: pd.Series, kind: str) -> np.ndarray:
    if kind == "number":
        return series.to_numpy("float64")
    if kind == "date":
        return series.to_numpy("datetime64[ns]")
    return series.astype(object).where(series.notna(), None).to_numpy(object)


def is_empty(row: pd.Series) -> bool:
    return bool(row.isna().all())


def expected_of(trained: Trained) -> list[Outcome]:
    """What each row of the training table is to be answered."""
    frame = trained.dataset.frame[trained.names]
    return [
        "empty" if is_empty(frame.iloc[place]) else value
        for place, value in enumerate(trained.expected)
    ]


def by_file(trained: Trained, content: bytes, filename: str, **more: object) -> list[Outcome]:
    """What a file is answered, row by row; rows that the training table has not are left out."""
    answered = predict_file(trained.engine, content, filename, **more)
    return [outcome(row[0], row[-1]) for row in answered.answers]


def outcome(prediction: str, problem: str) -> Outcome:
    if problem:
        return "empty" if problem.startswith("The row is empty") else problem
    return float(prediction)


def by_http(trained: Trained, content: bytes, media_type: str) -> list[Outcome]:
    response = trained.client.post(
        "/predict", content=content, headers={"content-type": media_type, "accept": "text/csv"}
    )
    assert response.status_code == 200, response.text
    found = list(csv.DictReader(io.StringIO(response.text)))
    names = list(found[0]) if found else []
    prediction, problem = names[-4:][0], names[-1]
    return [outcome(row[prediction], row[problem]) for row in found]


def by_json(trained: Trained, rows: list[dict[str, object]]) -> list[Outcome]:
    """What each row is answered alone, and then together with the others that are answered."""
    alone: list[Outcome] = []
    for row in rows:
        try:
            parsed = trained.engine.contract.parse(row).rows
        except PredictionError as error:
            alone.append("empty" if error.message.startswith("The row is empty") else error.message)
        else:
            alone.append(trained.engine.predict(parsed).values[0])
    good = [row for row, found in zip(rows, alone, strict=True) if isinstance(found, float)]
    if len(good) > 1:
        response = trained.client.post("/predict", content=json.dumps({"features": good}))
        assert response.status_code == 200, response.text
        together = response.json()["prediction"]
        assert together == pytest.approx([found for found in alone if isinstance(found, float)])
    return alone


def same(found: list[Outcome], expected: list[Outcome]) -> None:
    assert len(found) == len(expected)
    for place, (one, other) in enumerate(zip(found, expected, strict=True)):
        if isinstance(one, float) and isinstance(other, float):
            assert one == pytest.approx(other, rel=1e-9, abs=1e-9), f"row {place}"
        else:
            assert one == other, f"row {place}"


def typed_rows(trained: Trained) -> list[dict[str, object]]:
    """The rows of the stored table as a program would send them: with their types."""
    frame = trained.dataset.frame[trained.names]
    return [
        {name: to_wire(value) for name, value in row.items()}
        for row in frame.astype(object).to_dict("records")
    ]


def as_parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content)
    return content.getvalue()


def check(trained: Trained, content: bytes, filename: str) -> None:
    """All channels, for the training file itself and for its table."""
    expected = expected_of(trained)
    # Rows that training left out have no place in its table: they are set aside where they stand.
    answered = by_file(trained, content, filename)
    left_out = len(answered) - len(expected)
    if left_out:
        read = trained.dataset.info
        assert left_out >= 0
        known = iter(answered)
        answered = [found for found in known if not is_left_out(found)]
        assert len(answered) <= len(expected), read.skipped
        expected_here = [found for found in expected if not isinstance(found, str)]
        answered = [found for found in answered if not isinstance(found, str)]
        assert len(expected_here) - len(answered) <= padded(trained)
        if not padded(trained):
            same(answered, expected_here)
    else:
        same(answered, expected)
    small = by_file(trained, content, filename, block_bytes=300)
    assert small == by_file(trained, content, filename), "whatever stands beside a row"
    if trained.dataset.info.read.format == "csv" and filename.endswith((".csv", ".tsv", ".psv")):
        same(by_http(trained, content, "text/csv"), small)
    stored = trained.dataset.frame[trained.names]
    same(by_json(trained, typed_rows(trained)), expected)
    packed = as_parquet(stored)
    same(by_file(trained, packed, "rows.parquet"), expected)
    same(by_http(trained, packed, "application/vnd.apache.parquet"), expected)


def padded(trained: Trained) -> int:
    return sum(row.code == "padded" for row in trained.dataset.info.skipped)


def is_left_out(found: Outcome) -> bool:
    return isinstance(found, str) and (found == "empty" or found.startswith("Line "))


SAMPLES = sorted(Path("data/samples").glob("*.csv"))


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_samples_are_answered_alike(tmp_path, path):
    content = b"".join(path.read_bytes().splitlines(keepends=True)[:400])
    check(train(tmp_path, content, path.name), content, path.name)


def texts(table: bytes) -> Iterator[dict[str, str]]:
    yield from csv.DictReader(
        io.StringIO(table.decode()), delimiter=";" if b";" in table.splitlines()[0] else ","
    )


TABLES = {
    "unknowns": "work,occ,age\nState,Tech,19\n?,-,64\nPrivate,Sales,?\nState,-,33\n?,Tech,n/a\nPrivate,Sales,7\n",
    "german": "umsatz;quote;datum\n863;6,9;31.01.2024\n787.122;3,5;05.02.2024\n19.695;27,1;04.03.2024\n58;9,2;01.12.2023\n",
    "money": 'price,change,y\n"$4,537.16","(3,805)",1\n"$3,230.27","1,023",2\n$860.33,(31),3\n$0.48,732,4\n',
    "american dates": "day,n\n01/31/2024,1\n02/03/2024,2\n12/11/2023,3\n",
    "guessed dates": "day,n\n01/02/2024,1\n02/03/2024,2\n12/11/2023,3\n",
    "truths": "member,n\ntrue,1\nfalse,2\n?,3\ntrue,4\n",
    "yes and no": "member,n\nyes,1\nno,2\n-,3\nyes,4\n",
    "single letters": "grade,n\na,1\nb,2\n-,3\n?,4\nc,5\n",
    "signs": "sign,n\n+,1\n-,2\n?,3\n",
    "codes": "code,n\n007,1\n012,2\n7,3\n?,4\n",
    "infinities": "size,n\n1.5,1\ninf,2\n2.5,3\n-inf,4\n",
    "placeholders": "until,n\n2021-01-11,1\n9999-12-31,2\n2022-12-19,3\n9999-12-31,4\n2023-01-01,5\n",
    "padded": "name,n\n red ,1\nblue,2\n green,3\n",
    "composed": "city,n\nKo\u0308ln,1\nK\u00f6ln,2\nM\u00fcnchen,3\n",
    "units": "way,n\n5 km,1\n7 km,2\n12,3\n",
    "percent": "share,n\n5%,1\n7 %,2\n12.5%,3\n",
    "months": "day,n\n31 Jan 2024,1\n1 M\u00e4rz 2023,2\n5 May 2022,3\n",
    "compact dates": "date,n\n20240131,1\n20230201,2\n20221224,3\n",
    "late": "size,n\n1.25,1\n2.5,2\n007,3\n",
    "swiss": "size;n\n1'234;1\n2'500'000;2\n12;3\n",
    "apostrophes": "size;n\n1\u2019234,5;1\n2\u2019500;2\n12;3\n",
    "minus": "size,n\n\u221212,1\n12-,2\n7,3\n",
    "times": "at,n\n2024-01-31T10:00:00Z,1\n2024-01-31T10:00:00+02:00,2\n2024-02-01T00:00:00Z,3\n",
    "words": "size,n\n1,1\nunknown,2\n3,3\nMissing,4\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_table_of_each_sort_is_answered_alike(tmp_path, name):
    content = TABLES[name].encode()
    trained = train(tmp_path, content, "t.csv")
    check(trained, content, "t.csv")
    expected = expected_of(trained)
    rows = list(texts(content))
    same(by_json(trained, rows), expected)
    written = io.BytesIO()
    pd.DataFrame(rows).to_excel(written, index=False)
    same(by_file(trained, written.getvalue(), "t.xlsx"), expected)
    same(by_file(trained, json.dumps(rows).encode(), "t.json"), expected)
    same(by_http(trained, as_parquet(pd.DataFrame(rows)), "application/parquet"), expected)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("german", {"umsatz": "category", "datum": "category"}),
        ("money", {"price": "category"}),
        ("truths", {"member": "number"}),
        ("truths", {"member": "category"}),
        ("yes and no", {"member": "boolean"}),
        ("codes", {"code": "number"}),
        ("words", {"size": "category"}),
        ("american dates", {"day": "category"}),
        ("single letters", {"grade": "number"}),
        ("single letters", {"grade": "boolean"}),
        ("units", {"way": "category"}),
        ("compact dates", {"date": "number"}),
        ("late", {"n": "boolean"}),
    ],
)
def test_a_kind_that_a_person_chose_is_answered_alike(tmp_path, name, kinds):
    content = TABLES[name].encode()
    trained = train(tmp_path, content, "t.csv", kinds)
    check(trained, content, "t.csv")
    same(by_json(trained, list(texts(content))), expected_of(trained))


def test_an_encoding_that_a_person_chose_is_that_of_files_to_predict(tmp_path):
    content = "ort;preis\nCaf\u00e9;1\nStra\u00dfe;2\nna\u00efve;3\n".encode("cp1252")
    told = read_table(content, "t.csv").options
    for encoding in ("cp1252", "mac_roman", "cp850"):
        options = msgspec.structs.replace(told, encoding=encoding)
        trained = train(tmp_path / encoding, content, "t.csv", options=options)
        check(trained, content, "t.csv")


def test_a_column_that_keeps_its_words_is_answered_alike(tmp_path):
    content = b"grade,n\nNone,1\nMild,2\n,3\nNone,4\nNA,5\n"
    usual = read_table(content, "t.csv").options
    kept = train(
        tmp_path / "kept",
        content,
        "t.csv",
        options=msgspec.structs.replace(usual, keep_text=("grade",)),
    )
    assert set(kept.engine.contract.fields[0].levels) == {"None", "Mild", "NA"}
    for trained in (kept, train(tmp_path / "usual", content, "t.csv")):
        check(trained, content, "t.csv")
        same(by_json(trained, list(texts(content))), expected_of(trained))


def test_a_table_with_declared_types_keeps_its_words(tmp_path):
    frame = pd.DataFrame({"grade": ["None", "Mild", None, "NA"], "n": [1, 2, 3, 4]})
    trained = train(tmp_path, as_parquet(frame), "t.parquet")
    expected = expected_of(trained)
    check(trained, as_parquet(frame), "t.parquet")
    same(by_file(trained, frame.to_csv(index=False).encode(), "t.csv"), expected)
    same(by_file(trained, frame.to_json(orient="records").encode(), "t.json"), expected)
    written = io.BytesIO()
    frame.to_excel(written, index=False)
    same(by_file(trained, written.getvalue(), "t.xlsx"), expected)


def test_no_row_is_lost_in_any_format(tmp_path):
    trained = train(tmp_path, TABLES["yes and no"].encode(), "t.csv")
    rows = [{"member": "yes", "n": 5}, {"member": None, "n": None}, {"member": "no", "n": 50}]
    frame = pd.DataFrame(rows)
    files = {
        "n.csv": b"member,n\nyes,5\n,\nno,50\n",
        "n.json": json.dumps(rows).encode(),
        "n.jsonl": "\n".join(map(json.dumps, rows)).encode(),
        "n.parquet": as_parquet(frame),
    }
    found = {name: by_file(trained, content, name) for name, content in files.items()}
    for name, outcomes in found.items():
        assert outcomes == found["n.csv"], name
        assert [isinstance(each, float) for each in outcomes] == [True, False, True]
        assert outcomes[1] == "empty"
    same(by_json(trained, rows), found["n.csv"])


def test_a_name_that_stands_twice_is_told_in_every_row(tmp_path):
    content = b"tenure,plan\n5,pro\n30,basic\n12,pro\n"
    trained = train(tmp_path, content, "t.csv")
    twice = b"tenure,plan,plan\n5,pro,basic\n30,pro,basic\n"
    found = predict_file(trained.engine, twice, "n.csv")
    assert [row[1:3] for row in found.answers] == [("plan: duplicate-column", "flagged")] * 2
    assert any("More than once" in notice for notice in found.notices)
    same(by_http(trained, twice, "text/csv"), by_file(trained, twice, "n.csv"))
    one = by_file(trained, b"tenure,plan\n5,pro\n30,pro\n", "n.csv")
    same(by_file(trained, twice, "n.csv"), one)


# Random tables


def digits(rng: random.Random) -> str:
    return str(rng.randint(-50, 5000))


def group(number: int, mark: str) -> str:
    return f"{number:,}".replace(",", mark)


def day(rng: random.Random) -> tuple[int, int, int]:
    return rng.randint(2010, 2024), rng.randint(1, 12), rng.randint(1, 28)


SORTS = {
    "whole": digits,
    "fraction": lambda rng: f"{rng.uniform(-9, 9):.{rng.randint(1, 4)}f}",
    "comma": lambda rng: f"{rng.randint(0, 99)},{rng.randint(1, 99)}",
    "groups": lambda rng: group(rng.randint(1, 10**7), ","),
    "points": lambda rng: group(rng.randint(1, 10**7), "."),
    "blanks": lambda rng: group(rng.randint(1, 10**7), "\u202f"),
    "money": lambda rng: f"${group(rng.randint(0, 9999), ',')}.{rng.randint(10, 99)}",
    "euros": lambda rng: f"{group(rng.randint(0, 9999), '.')},{rng.randint(10, 99)} €",
    "accounts": lambda rng: rng.choice(["({})", "{}", "{}-", "-{}"]).format(rng.randint(1, 900)),
    "km": lambda rng: f"{rng.randint(1, 99)} km",
    "percent": lambda rng: f"{rng.randint(1, 99)}%",
    "scientific": lambda rng: f"{rng.uniform(1, 9):.3f}e{rng.choice(['-05', '5', '12'])}",
    "code": lambda rng: f"{rng.randint(0, 999):05}",
    "iso": lambda rng: "{}-{:02}-{:02}".format(*day(rng)),
    "moment": lambda rng: f"2020-01-{rng.randint(1, 28):02}T10:{rng.randint(10, 59)}:00",
    "day first": lambda rng: "{2:02}/{1:02}/{0}".format(*day(rng)),
    "dotted": lambda rng: "{2}.{1}.{0}".format(*day(rng)),
    "named": lambda rng: f"{rng.randint(1, 28)} {rng.choice(['Jan', 'May', 'Oct'])} 2021",
    "truth": lambda rng: rng.choice(["true", "false"]),
    "yes": lambda rng: rng.choice(["yes", "no"]),
    "level": lambda rng: rng.choice(["red", "green", " blue", "Stra\u00dfe", 'a "b"']),
    "letter": lambda rng: rng.choice(["a", "b", "c"]),
    "sign": lambda rng: rng.choice(["+", "-"]),
    "many": lambda rng: f"name {rng.randint(1, 10**6)}",
}
GAPS = ("", "", "NA", "n/a", "-", "?", "--", "unknown", "None", "null", ".", "inf", "9999-12-31")


def random_table(rng: random.Random) -> bytes:
    sorts = rng.sample(list(SORTS), k=rng.randint(2, 6))
    gaps, share = rng.sample(GAPS, k=2), rng.choice([0, 0.05, 0.2])
    text = io.StringIO()
    writer = csv.writer(
        text, delimiter=rng.choice([",", ";", "\t", "|"]), lineterminator=rng.choice(["\n", "\r\n"])
    )
    writer.writerow([f"c {place}" for place in range(len(sorts))])
    for _ in range(rng.randint(12, 80)):
        writer.writerow(
            [rng.choice(gaps) if rng.random() < share else SORTS[sort](rng) for sort in sorts]
        )
    return text.getvalue().encode()


@pytest.mark.parametrize("seed", range(cases(300, 40)))
def test_random_tables_are_answered_alike(tmp_path, seed):
    rng = random.Random(seed)
    content = random_table(rng)
    try:
        trained = train(tmp_path, content, "t.csv")
    except SlipwayError:
        pytest.skip("no table in any channel")
    check(trained, content, "t.csv")
