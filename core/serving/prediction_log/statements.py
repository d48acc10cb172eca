"""All SQL of the prediction log, written once; what databases spell otherwise is in braces."""

from __future__ import annotations

MAKE_TABLES = (
    """CREATE TABLE prediction_layouts (
        layout {row_number},
        fingerprint TEXT NOT NULL UNIQUE,
        model TEXT NOT NULL,
        version {whole} NOT NULL,
        columns TEXT NOT NULL,
        classes TEXT NOT NULL
    )""",
    """CREATE TABLE prediction_rows (
        row_id {row_number},
        at {real} NOT NULL,
        layout {whole} NOT NULL,
        request_number {whole} NOT NULL,
        request_id TEXT NOT NULL,
        position {whole} NOT NULL,
        inputs TEXT NOT NULL,
        prediction TEXT NOT NULL,
        probabilities TEXT,
        flags TEXT,
        latency_ms {real} NOT NULL,
        source TEXT NOT NULL
    )""",
    "CREATE INDEX prediction_rows_by_time ON prediction_rows (layout, at)",
    "CREATE INDEX prediction_rows_by_request ON prediction_rows (request_number)",
    """CREATE TABLE prediction_traffic (
        minute {whole} NOT NULL,
        layout {whole} NOT NULL,
        source TEXT NOT NULL,
        requests {whole} NOT NULL,
        n_rows {whole} NOT NULL,
        kept_rows {whole} NOT NULL,
        flagged_rows {whole} NOT NULL,
        PRIMARY KEY (minute, layout, source)
    ) {clustered}""",
    """CREATE TABLE prediction_latencies (
        minute {whole} NOT NULL,
        layout {whole} NOT NULL,
        bucket {whole} NOT NULL,
        requests {whole} NOT NULL,
        PRIMARY KEY (minute, layout, bucket)
    ) {clustered}""",
    """CREATE TABLE prediction_flags (
        minute {whole} NOT NULL,
        layout {whole} NOT NULL,
        column_name TEXT NOT NULL,
        code TEXT NOT NULL,
        n_rows {whole} NOT NULL,
        PRIMARY KEY (minute, layout, column_name, code)
    ) {clustered}""",
    """CREATE TABLE prediction_losses (
        minute {whole} NOT NULL,
        reason TEXT NOT NULL,
        requests {whole} NOT NULL,
        n_rows {whole} NOT NULL,
        PRIMARY KEY (minute, reason)
    ) {clustered}""",
)
"""Version 1 of the schema."""

MAKE_BLOCKS = (
    """CREATE TABLE prediction_blocks (
        block {row_number},
        layout {whole} NOT NULL,
        first_at {real} NOT NULL,
        last_at {real} NOT NULL,
        n_rows {whole} NOT NULL,
        codes TEXT NOT NULL,
        id_numbers {bytes} NOT NULL,
        body {bytes} NOT NULL
    )""",
    "CREATE INDEX prediction_blocks_by_time ON prediction_blocks (layout, last_at, block)",
    "CREATE INDEX prediction_blocks_by_age ON prediction_blocks (layout, first_at)",
)
"""Version 2: rows in blocks. They are read from the latest end back, and shortened from the earliest begin on;
the body stands last, so that the rest is read without it."""

TAKE_ROWS = """DELETE FROM prediction_rows WHERE row_id IN (
    SELECT row_id FROM prediction_rows ORDER BY row_id LIMIT ?)
    RETURNING row_id, layout, at, request_id, position, inputs, prediction, probabilities, flags,
    latency_ms, source"""
DROP_ROWS = "DROP TABLE prediction_rows"

MAKE_SCHEMA_TABLE = "CREATE TABLE IF NOT EXISTS prediction_schema (version {whole} NOT NULL)"
READ_SCHEMA = "SELECT max(version) FROM prediction_schema"
WRITE_SCHEMA = "INSERT INTO prediction_schema (version) VALUES (?)"

HEAD = "first_at, last_at, n_rows, codes, id_numbers"
ADD_BLOCK = f"INSERT INTO prediction_blocks (layout, {HEAD}, body) VALUES (?, ?, ?, ?, ?, ?, ?)"
REPLACE_BLOCK = """UPDATE prediction_blocks SET first_at = ?, last_at = ?, n_rows = ?, codes = ?,
    id_numbers = ?, body = ? WHERE block = ?"""
DELETE_BLOCK = "DELETE FROM prediction_blocks WHERE block = ?"

ADD_LAYOUT = """INSERT INTO prediction_layouts (fingerprint, model, version, columns, classes)
    VALUES (?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO NOTHING"""
FIND_LAYOUT = "SELECT layout FROM prediction_layouts WHERE fingerprint = ?"
LAYOUTS = "SELECT layout, model, version, columns, classes FROM prediction_layouts"

ADD_TRAFFIC = """INSERT INTO prediction_traffic AS known
    (minute, layout, source, requests, n_rows, kept_rows, flagged_rows) VALUES (?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (minute, layout, source) DO UPDATE SET
    requests = known.requests + excluded.requests, n_rows = known.n_rows + excluded.n_rows,
    kept_rows = known.kept_rows + excluded.kept_rows,
    flagged_rows = known.flagged_rows + excluded.flagged_rows"""
ADD_LATENCIES = """INSERT INTO prediction_latencies AS known (minute, layout, bucket, requests)
    VALUES (?, ?, ?, ?)
    ON CONFLICT (minute, layout, bucket) DO UPDATE SET requests = known.requests + excluded.requests"""
ADD_FLAGS = """INSERT INTO prediction_flags AS known (minute, layout, column_name, code, n_rows)
    VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (minute, layout, column_name, code) DO UPDATE SET n_rows = known.n_rows + excluded.n_rows"""
ADD_LOSSES = """INSERT INTO prediction_losses AS known (minute, reason, requests, n_rows)
    VALUES (?, ?, ?, ?)
    ON CONFLICT (minute, reason) DO UPDATE SET
    requests = known.requests + excluded.requests, n_rows = known.n_rows + excluded.n_rows"""

BLOCKS = """SELECT block, last_at, body FROM prediction_blocks
    WHERE layout = ? AND last_at >= ? AND first_at < ? AND codes LIKE ? AND (last_at, block) < (?, ?)
    ORDER BY last_at DESC, block DESC LIMIT ?"""
BLOCKS_OF_REQUEST = """SELECT block, layout, last_at FROM prediction_blocks WHERE {holds}
    ORDER BY last_at DESC, block DESC"""
BLOCK = "SELECT body FROM prediction_blocks WHERE block = ?"
LOCKED_BLOCK = f"{BLOCK} {{locked}}"

TRAFFIC = """SELECT minute / ? AS step, layout, sum(requests), sum(n_rows), sum(kept_rows), sum(flagged_rows)
    FROM prediction_traffic WHERE minute >= ? AND minute < ? GROUP BY step, layout"""
SOURCES = """SELECT layout, source, sum(requests), sum(n_rows)
    FROM prediction_traffic WHERE minute >= ? AND minute < ? GROUP BY layout, source"""
LATENCIES = """SELECT minute / ? AS step, layout, bucket, sum(requests)
    FROM prediction_latencies WHERE minute >= ? AND minute < ? GROUP BY step, layout, bucket"""
FLAGS = """SELECT layout, column_name, code, sum(n_rows)
    FROM prediction_flags WHERE minute >= ? AND minute < ? GROUP BY layout, column_name, code"""
LOSSES = """SELECT reason, sum(requests), sum(n_rows), max(minute)
    FROM prediction_losses WHERE minute >= ? AND minute < ? GROUP BY reason ORDER BY reason"""

COUNT_OLD = """SELECT coalesce(sum(n_rows), 0) FROM prediction_blocks
    WHERE layout = ? AND last_at < ?"""
DELETE_OLD = """DELETE FROM prediction_blocks WHERE block IN (
    SELECT block FROM prediction_blocks WHERE layout = ? AND last_at < ? ORDER BY last_at LIMIT ?
    {locked}) RETURNING n_rows"""
# With a plus, which keeps the index by time out of it: few blocks begin early, once the old ones are gone.
STRADDLING = """SELECT block FROM prediction_blocks
    WHERE layout = ? AND first_at < ? AND +last_at >= ?"""
DELETE_COUNTS = tuple(
    f"DELETE FROM {table} WHERE layout = ? AND minute < ?"
    for table in ("prediction_traffic", "prediction_latencies", "prediction_flags")
)
DELETE_LOSSES = "DELETE FROM prediction_losses WHERE minute < ?"
