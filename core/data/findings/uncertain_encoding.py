"""An old encoding that was guessed although another is nearly as likely."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.doubts import EncodingDoubt
from core.data.findings.base import Subject, show_value

SHOWN = 3


class UncertainEncoding:
    """The letters beyond ASCII of a file could be others."""

    code = "uncertain-encoding"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The file, with the likely encodings and some words that differ in them."""
        for doubt in subject.doubts:
            if isinstance(doubt, EncodingDoubt):
                others = "; ".join(
                    f"{_list(words)} in {name}" for name, words in doubt.others[:SHOWN]
                )
                yield Finding(
                    self.code,
                    "warning",
                    f"The file does not say its encoding. It was read as {doubt.encoding}: "
                    f"{_list(doubt.words)}. The same bytes are {others}.",
                    "Where another reading is right, choose its encoding under how the file is read.",
                )


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(map(show_value, words))
