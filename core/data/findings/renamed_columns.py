"""Columns whose names are not those of the file."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_value

SHOWN = 5


class RenamedColumns:
    """Columns had no name, or one that another column had before."""

    code = "renamed-columns"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The table, when columns of it were given other names."""
        names = [column.name for column in subject.columns]
        if all(not subject.renamed.get(name, name).strip() for name in names):
            yield self._explain(
                f"The file does not name its columns: they are {names[0]!r} to {names[-1]!r}."
            )
            return
        renamed = [
            _explain_one(name, old)
            for name, old in subject.renamed.items()
            if " ".join(old.split()) != name  # white space around a name is no name
        ]
        if renamed:
            rest = f" {len(renamed) - SHOWN:,} more were renamed." if len(renamed) > SHOWN else ""
            yield self._explain(f"{'; '.join(renamed[:SHOWN])}.{rest}")

    def _explain(self, message: str) -> Finding:
        return Finding(
            self.code,
            "info",
            message,
            "Each column must have a name of its own. Name it in the file when you want another one.",
        )


def _explain_one(name: str, old: str) -> str:
    if not old.strip():
        return f"{name!r} has no name in the file"
    return f"{name!r} is called {show_value(old)} in the file, as another column is"
