"""A script that trains the same model again, with pandas and scikit-learn alone."""

from core.exports.base import ExportFormat, ExportInput


def _build(export: ExportInput) -> bytes:
    from core.exports.script_code import write_script

    return write_script(export).encode()


SCRIPT = ExportFormat(
    name="script",
    title="Training script",
    description=(
        "Readable Python that trains this model again with pandas and scikit-learn alone, from the "
        "same file, or from the training data below where pandas does not read that file alike: "
        "same rows held out, same score, same predictions."
    ),
    icon=":material/code:",
    mime="text/x-python",
    filename=lambda stem: f"train-{stem}.py",
    build=_build,
)
