"""The fitted pipeline as a skops file."""

from core.exports.base import ExportFormat, ExportInput


def _build(export: ExportInput) -> bytes:
    import skops.io

    return bytes(skops.io.dumps(export.pipeline))


SKOPS = ExportFormat(
    name="skops",
    title="skops",
    description=(
        "The fitted pipeline, for Python with the same scikit-learn. Loading it runs no code from the "
        "file: `skops.io.load` builds only the types that you trust, and lists the others first."
    ),
    icon=":material/verified_user:",
    mime="application/octet-stream",
    filename=lambda stem: f"{stem}.skops",
    build=_build,
)
