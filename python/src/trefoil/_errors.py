"""Errors as people read them: by condition, without a stack trace."""
import re
from html import escape

from trefoil import _html

# The classes of docs/errors.md that a person treats differently.
REFUSED = ("42501", "28000")
LATER = ("08006", "53000", "57014", "40001")


def is_trefoil(error: BaseException) -> bool:
    condition = getattr(error, "getCondition", None)
    return bool(condition) and str(condition() or "").startswith("TREFOIL_")


def html(error: BaseException) -> str:
    """A card: what cannot be done and why, then what to do."""
    condition, state = error.getCondition(), error.getSqlState()
    text = message(error)
    what, _, rest = text.partition(". ")
    kind, title = ("bad", "Refused") if state in REFUSED else ("note", "Not now: try again") if state in LATER else ("note", "Not possible")
    body = f'<div style="margin:.3em 0">{escape(what)}.</div>' + (f'<div style="margin:.3em 0">{escape(rest)}</div>' if rest else "")
    body += f'<code style="font-size:.85em">{escape(condition)}</code> <span style="font-size:.85em">SQLSTATE {escape(str(state))}</span>'
    return _html.box(kind, title, body)


def message(error: BaseException) -> str:
    """The message without the condition's name in front and what Spark puts behind."""
    text = re.sub(r"^\[[A-Z_.]+\]\s*", "", str(error).strip())
    return re.split(r"\s*(?:SQLSTATE: \w+|\n== |\nJVM stacktrace)", text)[0].strip()
