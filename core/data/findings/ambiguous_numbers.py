"""Numbers whose points or commas may stand between thousands or before decimals."""

from collections.abc import Iterator

from core.data.dataset import Finding
from core.data.doubts import NumbersDoubt
from core.data.findings.base import Subject, show_number

SHOWN = 3
_NAMES = {".": "point", ",": "comma"}
_OTHER = {".": ",", ",": "."}


class AmbiguousNumbers:
    """Columns of numbers that were read with one decimal mark and could be meant with the other."""

    code = "ambiguous-numbers"

    def find(self, subject: Subject) -> Iterator[Finding]:
        """The columns of each mark in doubt, as one finding: a file has one way to write numbers."""
        for doubt in subject.doubts:
            if isinstance(doubt, NumbersDoubt):
                yield self._explain(doubt)

    def _explain(self, doubt: NumbersDoubt) -> Finding:
        mark, other = _NAMES[doubt.mark], _NAMES[_OTHER[doubt.mark]]
        fraction = show_number(float(doubt.example.replace(doubt.mark, ".")))
        whole = doubt.example.replace(doubt.mark, "")
        read = {doubt.mark: fraction, None: "text"}.get(doubt.decimal, whole)
        is_judged = read == whole
        reason = (
            f"Smaller numbers without a {mark} beside them make thousands the likely reading."
            if is_judged
            else "Nothing in the file tells which it is."
        )
        choices = {fraction: f"decimal-{mark}", whole: f"decimal-{other}"}
        return Finding(
            self.code,
            "info" if is_judged else "warning",
            f"{_list(doubt.columns)} {'hold' if len(doubt.columns) > 1 else 'holds'} numbers such as "
            f"{doubt.example}, which can be {whole} or {fraction}. {doubt.example} was read as {read}.",
            f"{reason} Choose the decimal mark under how the file is read, where it is another: "
            f"the {mark} for {fraction}, the {other} for {whole}.",
            doubt.columns[0],
            tuple(action for value, action in choices.items() if value != read),
        )


def _list(names: tuple[str, ...]) -> str:
    """The first names in quotes, and how many more there are."""
    shown = ", ".join(map(repr, names[:SHOWN]))
    return f"{shown} and {len(names) - SHOWN:,} more" if len(names) > SHOWN else shown
