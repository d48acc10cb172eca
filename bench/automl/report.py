"""The measurements of tools side by side as tables in Markdown."""

from __future__ import annotations

from statistics import fmean, stdev


def write_report(rows: list[dict[str, object]]) -> str:
    """Scores with their spread, mean ranks, and seconds."""
    tools = list(dict.fromkeys(str(row["tool"]) for row in rows))
    tables = list(dict.fromkeys(str(row["table"]) for row in rows))
    found = {(r["table"], r["tool"], r["split"]): r for r in rows}
    splits = sorted({int(str(r["split"])) for r in rows})
    lines = [_row(["table", *tools]), _row(["---", *["---:"] * len(tools)])]
    for table in tables:
        cells = [_cell([found.get((table, tool, s)) for s in splits]) for tool in tools]
        lines.append(_row([table, *cells]))
    ranks = {tool: [] for tool in tools}
    for table in tables:
        for split in splits:
            _rank(table, split, tools, found, ranks)
    means = [f"{fmean(r):.2f}" if r else "–" for r in ranks.values()]
    lines.append(_row(["mean rank", *means]))
    over = [_overrun([r for r in rows if r["tool"] == tool and "seconds" in r]) for tool in tools]
    lines.append(_row(["longest, share of the budget", *over]))
    return "\n".join(lines)


def _rank(
    table: str,
    split: int,
    tools: list[str],
    found: dict[tuple[object, object, object], dict[str, object]],
    ranks: dict[str, list[float]],
) -> None:
    scores = {tool: found.get((table, tool, split), {}).get("score") for tool in tools}
    here = [tool for tool in tools if (table, tool, split) in found]
    if len(here) < 2:
        return
    for tool in here:
        mine = scores[tool]
        others = [scores[o] for o in here if o != tool and scores[o] is not None]
        if mine is None:
            ranks[tool].append(float(len(here)))
            continue
        better = sum(o > mine for o in others)
        equal = sum(o == mine for o in others)
        ranks[tool].append(1 + better + equal / 2)


def _cell(rows: list[dict[str, object] | None]) -> str:
    scores = [float(str(r["score"])) for r in rows if r and r.get("score") is not None]
    seconds = [float(str(r["seconds"])) for r in rows if r and "seconds" in r]
    if not scores:
        return "failed" if any(rows) else "–"
    spread = f" ± {stdev(scores):.4f}" if len(scores) > 1 else ""
    return f"{fmean(scores):.4f}{spread} ({fmean(seconds):.0f} s)"


def _overrun(rows: list[dict[str, object]]) -> str:
    shares = [float(str(r["seconds"])) / float(str(r["budget"])) for r in rows]
    return f"{max(shares):.2f}" if shares else "–"


def _row(cells: list[str]) -> str:
    return "| " + " | ".join(cells) + " |"
