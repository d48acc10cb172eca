"""Files of rows, as the dialects that take them share it."""

from collections.abc import Callable

from core.serving.api.calls import Asked, Written, encode_json
from core.serving.api.service import Service
from core.serving.api.tables import AnsweredTable, TableFormat, accepted_format


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
    answered = await service.predict_table(asked, name, reference, form, limit)
    if wanted is None:
        return Written(await service.in_thread(encode_json, write(answered)))
    body = await service.in_thread(wanted.write, answered.tables)
    return Written(body, media_type=wanted.media_type.encode())


def write_problems(answered: AnsweredTable) -> list[dict[str, object]]:
    """The rows that could not be answered, each with the reason."""
    return [
        {
            "row": problem.row,
            "column": problem.column,
            "message": problem.message,
            "hint": problem.hint,
        }
        for problem in answered.problems
    ]
