import datetime as dt
from types import SimpleNamespace

import pandas as pd
import pytest
from sqlalchemy import Engine, create_engine, text

from core.data.sources.sql import check_query, query_to_parquet, read_query
from core.data.store import DatasetStore
from core.errors import UnreadableFile


def count_toys(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT count(*) FROM toys")).scalar_one())


def test_a_query_gives_its_rows_and_text_stays_text(engine: Engine) -> None:
    frame = read_query(engine, "SELECT id, name, price FROM toys ORDER BY id;")
    assert frame["id"].tolist() == list(range(10))
    assert frame["name"].tolist()[:2] == ["00", "01"]
    assert frame["price"].tolist()[:3] == [0.0, 0.25, 0.5]


def test_colons_percent_signs_and_semicolons_in_text_are_only_text(engine: Engine) -> None:
    query = "-- what is it; really\nSELECT 'a:b; 10%' AS t, id % 2 AS odd FROM toys WHERE name LIKE '0%'"
    frame = read_query(engine, query)
    assert frame["t"].unique().tolist() == ["a:b; 10%"]
    assert sorted(frame["odd"].unique()) == [0, 1]


def test_columns_of_one_name_and_without_names_are_told_apart(engine: Engine) -> None:
    frame = read_query(engine, "SELECT id AS a, id + 1 AS a, 5 AS b FROM toys")
    assert list(frame) == ["a", "a_2", "b"]


@pytest.mark.parametrize(
    "query",
    [
        "DELETE FROM toys",
        "DROP TABLE toys",
        "SELECT 1; DELETE FROM toys",
        "SELECT 1 /* ; */; DROP TABLE toys; --",
        # One statement or several: that depends on the database.
        "SELECT 'a\\'b'; COMMIT; DROP TABLE toys; SELECT '",
        "SELECT 5--1; COMMIT; DROP TABLE toys",
        "SELECT 1 /* /* */ ' */; COMMIT; DROP TABLE toys; SELECT '",
        "SELECT 1 AS $$; COMMIT; DROP TABLE toys; SELECT 1 AS $$",
        "SELECT 1 AS [a']; DROP TABLE toys; SELECT 1 AS [b']",
        "",
        "-- nothing",
        "PRAGMA query_only = OFF",
        "EXPLAIN ANALYZE DELETE FROM toys",
    ],
)
def test_only_one_select_is_run(engine: Engine, query: str) -> None:
    with pytest.raises(UnreadableFile, match="SELECT|one statement"):
        read_query(engine, query)
    assert count_toys(engine) == 10


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id INTO copies FROM toys",
        "SELECT name FROM toys INTO OUTFILE '/tmp/toys'",
        "SELECT 1 /*! INTO OUTFILE '/tmp/toys' */",
        "SELECT 1 /*M!100 UNION SELECT 2 */",
    ],
)
def test_what_writes_a_select_elsewhere_is_refused(query: str) -> None:
    with pytest.raises(UnreadableFile, match="only read"):
        check_query(query)


@pytest.mark.parametrize("query", ["SELECT 1 DELETE FROM toys COMMIT", "SELECT 1 EXEC purge"])
def test_a_database_that_cannot_be_told_to_read_only_gets_no_word_that_writes(query: str) -> None:
    strange = SimpleNamespace(dialect=SimpleNamespace(name="strange"))
    with pytest.raises(UnreadableFile, match="only read"):
        read_query(strange, query)


def test_a_select_that_would_change_something_is_refused_by_the_database(engine: Engine) -> None:
    query = "WITH gone AS (DELETE FROM toys RETURNING id) SELECT * FROM gone"
    if engine.dialect.name == "sqlite":
        query = "WITH one AS (SELECT 1) DELETE FROM toys RETURNING id"
    with pytest.raises(UnreadableFile, match="readonly database|data-modifying"):
        read_query(engine, query)
    assert count_toys(engine) == 10
    # The connection goes back into the pool as it was.
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM toys WHERE id = 0"))
    assert count_toys(engine) == 9


def test_postgresql_itself_takes_only_one_statement(postgres_url: str, monkeypatch) -> None:
    import core.data.sources.sql as module

    # As if the check of the text were fooled.
    monkeypatch.setattr(module, "check_query", lambda query: query)
    engine = create_engine(postgres_url)
    with pytest.raises(UnreadableFile, match="multiple commands"):
        read_query(engine, "SELECT 1; COMMIT; CREATE TABLE harm (a int)")
    engine.dispose()


def test_a_connection_that_commits_by_itself_is_read_only_too(postgres_url: str) -> None:
    engine = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE SEQUENCE IF NOT EXISTS counter"))
    with pytest.raises(UnreadableFile, match="read-only"):
        read_query(engine, "SELECT nextval('counter')")
    engine.dispose()


def test_too_many_rows_are_refused_with_the_numbers(engine: Engine) -> None:
    assert len(read_query(engine, "SELECT * FROM toys", max_rows=10)) == 10
    with pytest.raises(UnreadableFile, match="at most 9 rows"):
        read_query(engine, "SELECT * FROM toys", max_rows=9)


def test_a_query_without_an_end_is_stopped(engine: Engine) -> None:
    query = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n"
    with pytest.raises(UnreadableFile, match="interrupted|statement timeout"):
        read_query(engine, query, max_seconds=0.3)
    assert count_toys(engine) == 10


def test_the_databases_own_words_are_told(engine: Engine) -> None:
    with pytest.raises(UnreadableFile, match="nowhere"):
        read_query(engine, "SELECT * FROM nowhere")
    with pytest.raises(UnreadableFile, match="none"):
        read_query(engine, "SELECT * FROM toys WHERE id < 0")


def test_the_password_is_told_to_nobody() -> None:
    engine = create_engine("postgresql+psycopg://me:s3cret@/s3cret?host=/nowhere/s3cret")
    with pytest.raises(UnreadableFile) as caught:
        read_query(engine, "SELECT 1")
    assert "s3cret" not in str(caught.value) + caught.value.hint
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_the_types_of_postgresql_become_those_of_a_table(postgres_url: str) -> None:
    engine = create_engine(postgres_url)
    frame = read_query(
        engine,
        """SELECT DATE '2024-05-01' AS day, TIMESTAMPTZ '2024-05-01 12:00+02' AS at,
        INTERVAL '90 seconds' AS took, TRUE AS ok, NULL::int AS gap, 1.5::numeric AS price,
        '{"a": 1}'::jsonb AS doc, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'::uuid AS id,
        '\\x00'::bytea AS photo, 12345678901234567890::numeric AS big, TIME '10:30' AS clock""",
    )
    engine.dispose()
    row = frame.iloc[0]
    assert row["day"] == pd.Timestamp(2024, 5, 1)
    assert row["at"] == pd.Timestamp(2024, 5, 1, 10)
    assert (row["took"], row["ok"], row["price"]) == (90.0, True, 1.5)
    assert (row["doc"], row["clock"]) == ('{"a": 1}', "10:30:00")
    assert row["id"].startswith("a0eebc99")
    assert pd.isna(row["gap"])
    assert "photo" not in frame


def test_dates_before_the_first_that_pandas_counts_in_nanoseconds_are_kept() -> None:
    from core.data.sources.sql import _to_frame

    frame = _to_frame(["d"], [(dt.date(1, 1, 1),), (None,)])
    assert frame["d"].notna().tolist() == [True, False]


def test_the_result_becomes_a_data_set(engine: Engine, datasets: DatasetStore) -> None:
    content = query_to_parquet(engine, "SELECT id, name FROM toys")
    info = datasets.add(content, "toys.parquet", source="sql:shop")
    assert (info.rows, info.names, info.source) == (10, ["id", "name"], "sql:shop")


def test_a_semicolon_at_the_end_is_no_second_statement() -> None:
    assert check_query("select 1;\n") == "select 1"
    assert check_query("(SELECT 1) UNION (SELECT 2)").startswith("(SELECT")
    assert check_query("SELECT ' ; '").endswith("'")
