"""Pieces of HTML: escaped, with the colours of the notebook's own theme where it has one."""
from html import escape

TEXT = "var(--jp-content-font-color1, var(--vscode-editor-foreground, #1a1a1a))"
DIM = "var(--jp-content-font-color2, #666)"
LINE = "var(--jp-border-color2, #ccc)"
SOFT = "var(--jp-layout-color2, #f3f3f3)"
COLOURS = {"good": "#1b7f4d", "bad": "#b3261e", "note": "#b35c00", "plain": "#2f6db5"}


def box(kind: str, title: str, body: str) -> str:
    """A card with a coloured edge; ``body`` is HTML, ``title`` is text."""
    return (f'<div class="trefoil-card" style="border-left:5px solid {COLOURS[kind]};background:{SOFT};color:{TEXT};padding:.6em 1em;margin:.3em 0;'
            f'max-width:60em;line-height:1.45;font-size:var(--jp-content-font-size1, 14px)">'
            f'<div style="font-weight:600;color:{COLOURS[kind]}">{escape(title)}</div>{body}</div>')


def definitions(entries: "list[tuple[str, list[str]]]") -> str:
    """Headings beside their lines, a table that wraps."""
    rows = []
    for name, lines in entries:
        text = "".join(f'<div style="margin:0 0 .25em">{escape(line)}</div>' for line in lines)
        rows.append(f'<tr style="background:none"><th style="text-align:left;vertical-align:top;white-space:nowrap;padding:.25em 1em .25em 0;'
                    f'font-weight:600;border:0">{escape(name)}</th><td style="text-align:left;vertical-align:top;white-space:normal;'
                    f'padding:.25em 0;border:0">{text}</td></tr>')
    return f'<table style="border-collapse:collapse;margin:.3em 0;border:0;font-size:inherit;color:{TEXT}">{"".join(rows)}</table>'


def table(columns: "list[str]", rows: "list[tuple]", limit: int = 100) -> str:
    """A result as people read it: numbers to the right, NULL marked, at most ``limit`` rows."""
    numeric = [all(isinstance(row[c], (int, float)) or hasattr(row[c], "as_tuple") or row[c] is None for row in rows) and bool(rows)
               for c in range(len(columns))]
    head = "".join(f'<th style="text-align:{"right" if n else "left"}">{escape(str(c))}</th>' for c, n in zip(columns, numeric))
    body = []
    for row in rows[:limit]:
        cells = "".join(f'<td style="text-align:{"right" if n else "left"};white-space:pre-wrap">{_cell(value)}</td>'
                        for value, n in zip(row, numeric))
        body.append(f"<tr>{cells}</tr>")
    more = f'<div style="color:{DIM}">and {len(rows) - limit:,} more rows</div>' if len(rows) > limit else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table>{more}"


def _cell(value) -> str:
    if value is None:
        return f'<span style="color:{DIM}">NULL</span>'
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) or hasattr(value, "as_tuple"):
        return escape(f"{value:,}")
    return escape(str(value))
