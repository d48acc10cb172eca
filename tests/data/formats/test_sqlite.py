import sqlite3
from pathlib import Path

import pytest

from core.data.reading import list_tables, read_table
from core.errors import UnreadableFile
from core.recipe import ReadOptions

TOYS = """
CREATE TABLE small (id INTEGER, label TEXT);
INSERT INTO small VALUES (1, 'one');
CREATE TABLE toys (id INTEGER PRIMARY KEY, code TEXT, price REAL, mixed, photo BLOB);
INSERT INTO toys VALUES (1, '007', 0.5, 1, x'00ff'), (2, '012', NULL, 'two', NULL), (3, '099', 2.5, 3.5, NULL);
CREATE VIEW dear AS SELECT id, price FROM toys WHERE price > 1;
CREATE TRIGGER boom AFTER INSERT ON toys BEGIN DELETE FROM small; END;
"""


def database(script: str) -> bytes:
    made = sqlite3.connect(":memory:")
    made.executescript(script)
    content = made.serialize()
    made.close()
    return content


CONTENT = database(TOYS)


def read(content: bytes, sheet: str | None = None):
    return read_table(content, "shop.db", ReadOptions(format="sqlite", sheet=sheet))


def test_the_largest_table_is_read_by_its_values() -> None:
    reading = read_table(CONTENT, "shop.db")
    assert (reading.options.format, reading.options.sheet) == ("sqlite", "toys")
    frame = reading.frame
    assert frame["id"].tolist() == [1, 2, 3]
    assert frame["code"].tolist() == ["007", "012", "099"]
    assert frame["price"].isna().tolist() == [False, True, False]
    assert frame["mixed"].tolist() == ["1", "two", "3.5"]


def test_binary_data_is_left_out_and_that_is_told() -> None:
    reading = read_table(CONTENT, "shop.db")
    assert "photo" not in reading.frame
    assert [(row.code, "photo" in row.reason) for row in reading.skipped] == [("comment", True)]
    with pytest.raises(UnreadableFile, match="only binary data"):
        read(database("CREATE TABLE t (b BLOB); INSERT INTO t VALUES (x'00')"))


def test_tables_and_views_can_be_chosen() -> None:
    listed = [(t.name, t.rows, t.columns) for t in list_tables(CONTENT, "shop.db")]
    assert listed == [("toys", 3, 5), ("small", 1, 2), ("dear", None, 2)]
    assert read(CONTENT, "dear").frame["price"].tolist() == [2.5]
    with pytest.raises(UnreadableFile, match="'nothing'"):
        read(CONTENT, "nothing")


def test_a_name_is_only_a_name() -> None:
    name = 'odd " name; DROP TABLE x --'
    quoted = name.replace('"', '""')
    content = database(f'CREATE TABLE "{quoted}" (a); INSERT INTO "{quoted}" VALUES (1)')
    assert read(content, name).frame["a"].tolist() == [1]


def test_a_database_in_write_ahead_mode_is_read(tmp_path: Path) -> None:
    path = tmp_path / "wal.db"
    made = sqlite3.connect(path)
    made.execute("PRAGMA journal_mode = WAL")
    made.executescript("CREATE TABLE t (a); INSERT INTO t VALUES (1), (2)")
    made.close()
    assert path.read_bytes()[18] == 2
    assert read_table(path.read_bytes(), "wal.db").frame["a"].tolist() == [1, 2]
    assert [entry.name for entry in tmp_path.iterdir()] == ["wal.db"]


def test_a_view_runs_nothing_that_reaches_out_or_changes_anything(tmp_path: Path) -> None:
    target = tmp_path / "made"
    content = database(
        f"CREATE TABLE t (a); CREATE VIEW harm AS SELECT writefile('{target}', 'x') AS b, load_extension('x') AS c"
    )
    with pytest.raises(UnreadableFile):
        read(content, "harm")
    assert not target.exists()


def test_a_view_without_an_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    from core.data.formats import sqlite

    monkeypatch.setattr(sqlite, "MAX_SECONDS", 0.2)
    content = database(
        "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) AS m FROM n"
    )
    with pytest.raises(UnreadableFile, match="within"):
        read(content, "v")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (database("CREATE TABLE t (a)"), "column names only"),
        (database("CREATE TABLE t (a); DROP TABLE t"), "must have a table"),
        (CONTENT[:5000], "damaged"),
        (CONTENT[:100] + b"\xff" * 4000, "damaged"),
    ],
)
def test_what_has_no_table_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFile, match=reason):
        read(content)


def test_mutated_databases_are_read_or_refused(read_mutations) -> None:
    assert read_mutations(CONTENT, "shop.db")
