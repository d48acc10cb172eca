"""Letters that would read as well in another encoding."""

from collections.abc import Iterable, Iterator

from core.data.dataset import Finding
from core.data.findings.base import Subject, show_value
from core.data.formats.encoding import LATIN, readable_in
from core.errors import list_names

SHOWN = 2
"""So many words are shown in each encoding."""

MAX_WORDS = 200
"""So many different words say what there is to say."""


class UncertainEncoding:
    """The words of a file read well in other encodings than the one that was detected."""

    code = "uncertain-encoding"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The whole table, where its encoding was detected and is one of several that differ in few bytes."""
        if subject.encoding not in LATIN:
            return
        words = list(dict.fromkeys(_words(subject)))[:MAX_WORDS]
        telling = "\n".join(words).encode(subject.encoding, errors="ignore")
        others = [
            name
            for name in readable_in(telling)
            if telling.decode(name) != telling.decode(subject.encoding)
        ]
        if others:
            yield self._explain(words[:SHOWN], subject.encoding, others)

    def _explain(self, words: list[str], encoding: str, others: list[str]) -> Finding:
        content = "\n".join(words).encode(encoding, errors="ignore")
        readings = [
            f"{list_names(map(show_value, content.decode(name).split(chr(10))))} in {name}"
            for name in others[:SHOWN]
        ]
        return Finding(
            self.code,
            "info",
            f"The file may be in another encoding than {encoding}: it has {list_names(map(show_value, words))}, "
            f"which would be {list_names(readings)}.",
            "If words with accents look wrong, choose the encoding under how the file is read. Files to predict are then "
            "read so, too.",
        )


def _words(subject: Subject) -> Iterable[str]:
    """The names and the words of the table that are not plain ASCII."""
    yield from (column.name for column in subject.columns if not column.name.isascii())
    for column in subject.texts:
        for value in subject.sample[column.name].dropna().unique():
            if not str(value).isascii():
                yield from (word for word in str(value).split() if not word.isascii())
