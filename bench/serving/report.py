"""The measurements of servers as a table in Markdown: ratios to the naive server and to an empty answer of the same pass."""

from __future__ import annotations

from statistics import median

Row = dict[str, object]


def write_report(rows: list[Row]) -> str:
    """For each model and server the medians over the passes, and in brackets the range of the ratio."""
    lines = [
        "| model | server | 1 client, a second | times Flask | of an empty answer | 16 clients, a second | times Flask "
        "| of an empty answer | p99 / p50 at 16 | 1,000 rows, a second | times Flask | first answer, s | MB |",
        "|" + "---|" * 2 + "---:|" * 11,
    ]
    found = {(r["pass"], r["model"], r["tool"]): r for r in rows if "error" not in r}
    for model in dict.fromkeys(str(r["model"]) for r in rows):
        for tool in dict.fromkeys(str(r["tool"]) for r in rows):
            mine = [r for (_, m, t), r in found.items() if (m, t) == (model, tool)]
            if mine:
                lines.append(_line(model, tool, mine, found))
    return "\n".join(lines)


def _line(model: str, tool: str, mine: list[Row], found: dict[tuple[object, ...], Row]) -> str:
    cells = [model, tool]
    for clients in ("1 clients", "16 clients"):
        cells.append(f"{median(_speed(r, clients) for r in mine):,.0f}")
        for other in ("flask", "floor"):
            ratios = [
                _speed(r, clients) / _speed(base, clients)
                for r in mine
                if (base := found.get((r["pass"], model, other))) is not None
            ]
            cells.append(_ratio(ratios, is_share=other == "floor"))
    slowest = [r["16 clients"]["p99, ms"] / r["16 clients"]["p50, ms"] for r in mine]  # type: ignore[index]
    cells.append(f"{median(slowest):.1f}")
    if "batch" in mine[0]:
        cells.append(f"{median(_speed(r, 'batch') for r in mine):,.1f}")
        ratios = [
            _speed(r, "batch") / _speed(base, "batch")
            for r in mine
            if (base := found.get((r["pass"], model, "flask"))) is not None
        ]
        cells.append(_ratio(ratios, is_share=False))
    else:
        cells += ["–", "–"]
    cells.append(f"{median(float(str(r['start, s'])) for r in mine):.1f}")
    cells.append(f"{median(float(str(r['MB'])) for r in mine):.0f}")
    return "| " + " | ".join(cells) + " |"


def _speed(row: Row, what: str) -> float:
    return float(row[what]["a second"])  # type: ignore[index]


def _ratio(ratios: list[float], *, is_share: bool) -> str:
    if not ratios:
        return "–"
    form = "{:.0%}" if is_share else "{:.1f}"
    middle = form.format(median(ratios))
    if len(ratios) == 1:
        return middle
    return f"{middle} ({form.format(min(ratios))} to {form.format(max(ratios))})"
