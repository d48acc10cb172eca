"""Files of rows, as the dialects that take them share it."""

from collections.abc import Callable

from core.serving.api.calls import Asked, Written, encode_json
from core.serving.api.service import Service
from core.serving.api.tables import (
    AnsweredTable,
    Table,
    TableFormat,
    accepted_format,
    added_columns,
)


async def predict_file(
    service: Service,
    asked: Asked,
    form: TableFormat,
    default: TableFormat | None,
    write: Callable[[AnsweredTable], object],
    name: str | None,
    reference: str | None,
) -> Written:
    """The answer to a file: as the header `Accept` wants it, a file with more columns or JSON.

    Parameters
    ----------
    service, asked
        The models and the request.
    form
        What the body is.
    default
        What is answered when the client does not say; None = JSON.
    write
        The content of the JSON.
    name, reference
        Which version is asked, as in `ModelSource`.
    """
    wanted = accepted_format(asked.header("accept"), default)
    limit = service.limits.rows if wanted is None else service.limits.table_rows
    table, answered = await service.predict_table(asked, name, reference, form, limit)
    if wanted is None:
        return Written(await service.in_thread(encode_json, write(answered)))
    body = await service.in_thread(_write_file, wanted, table, answered)
    return Written(body, media_type=wanted.media_type.encode())


def write_problems(answered: AnsweredTable) -> list[dict[str, object]]:
    """The rows that could not be answered, each with the reason."""
    return [
        {"row": row, "column": error.column, "message": error.message, "hint": error.hint}
        for row, error in answered.problems.items()
    ]


def _write_file(form: TableFormat, table: Table, answered: AnsweredTable) -> bytes:
    return form.write(table, added_columns(answered, table.names))
