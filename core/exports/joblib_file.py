"""The fitted pipeline as a joblib file."""

import io

from core.exports.base import ExportFormat, ExportInput

COMPRESSION = 3
"""Of zlib, 1 to 9: more takes much longer and saves little."""


def _build(export: ExportInput) -> bytes:
    import joblib

    buffer = io.BytesIO()
    joblib.dump(export.pipeline, buffer, compress=COMPRESSION)
    return buffer.getvalue()


JOBLIB = ExportFormat(
    name="joblib",
    title="joblib",
    description=(
        "The fitted pipeline, for Python with the same scikit-learn: `joblib.load(file).predict(frame)`. "
        "Loading runs code that is in the file, so load only files that you trust."
    ),
    icon=":material/inventory_2:",
    mime="application/octet-stream",
    filename=lambda stem: f"{stem}.joblib",
    build=_build,
)
