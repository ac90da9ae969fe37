"""How values are written in the admin. Text that a stranger may have typed leaves here escaped."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from unfold.decorators import display

NOTHING = "-"

_ColumnT = TypeVar("_ColumnT", bound=Callable[..., Any])


def labelled(description: str, colours: Mapping[str, str]) -> Callable[[_ColumnT], _ColumnT]:
    """A column whose value is a coloured label; one that is no key of `colours` stays grey."""
    decorator: Callable[[_ColumnT], _ColumnT] = display(
        description=description, label={str(value): colour for value, colour in colours.items()}
    )
    return decorator


def moment(at: datetime | None, *, with_seconds: bool = False, with_zone: bool = False) -> str:
    """`15 May 2026, 09:10`, by the reader's clock; the page's head says which that is."""
    if at is None:
        return NOTHING
    pattern = "%-d %b %Y, %H:%M" + (":%S" if with_seconds else "") + (" %Z" if with_zone else "")
    return timezone.localtime(at).strftime(pattern)


def zone_shown() -> str:
    """By whose clock `moment` writes times, such as `America/Toronto`."""
    return timezone.get_current_timezone_name()


def in_words(code: str) -> str:
    """A word of a vocabulary that has no other words for people: `post_call_audio` is `Post call audio`."""
    text = code.replace("_", " ")
    return text[:1].upper() + text[1:]


def minutes(seconds: float | None) -> str:
    """`2:34`, or `1:02:34` from an hour on."""
    if seconds is None:
        return NOTHING
    rest, second = divmod(int(seconds), 60)
    hour, minute = divmod(rest, 60)
    return f"{hour}:{minute:02}:{second:02}" if hour else f"{minute}:{second:02}"


def json_text(value: Any) -> str:
    """JSON as people read it; half of a surrogate pair, which UTF-8 cannot say, becomes a question mark."""
    return json.dumps(value, indent=2, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()


def json_block(value: Any) -> SafeString:
    return format_html('<pre class="tether-json" tabindex="0">{}</pre>', json_text(value))


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> SafeString:
    """Rows beneath the heads of their columns; the first cell of each says what the row is of."""
    head = format_html_join("", '<th scope="col">{}</th>', ((name,) for name in heads))
    lines = ((first, format_html_join("", "<td>{}</td>", ((cell,) for cell in cells))) for first, *cells in rows)
    body = format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', lines)
    return format_html(
        '<div class="tether-table" tabindex="0" role="group" aria-label="{}"><table><thead><tr>{}</tr></thead>'
        "<tbody>{}</tbody></table></div>",
        ", ".join(heads),
        head,
        body,
    )


def page_of(row: Model) -> str:
    """The address of a row's page in the admin."""
    return page_at(row._meta.label_lower, row.pk)


def page_at(model: str, row_id: str) -> str:
    """The address of a row of `app.model`, for apps that know it by id only."""
    return reverse(f"admin:{model.replace('.', '_')}_change", args=[row_id])


def list_at(model: str, query: str = "") -> str:
    address = reverse(f"admin:{model.replace('.', '_')}_changelist")
    return f"{address}?{query}" if query else address


def form_at(model: str, **values: str) -> str:
    """The address of the form for a new row of `app.model`, with what is known of it filled in."""
    address = reverse(f"admin:{model.replace('.', '_')}_add")
    return f"{address}?{urlencode(values)}"


def link(address: str, text: object) -> SafeString:
    return format_html('<a href="{}" class="text-link" dir="auto">{}</a>', address, text)


def link_to(row: Model | None) -> SafeString | str:
    return NOTHING if row is None else link(page_of(row), _name_of(row))


def _name_of(row: Model) -> str:
    """Who has a name is called by it, and not by the address that they log in with."""
    known = getattr(row, "get_full_name", None)
    return (known() if known is not None else "") or str(row)


def icon(name: str, says: str, kind: str = "mark") -> SafeString:
    """A sign of Material Symbols: its name is drawn, and read out as what it `says`."""
    return format_html(
        '<span class="material-symbols-outlined tether-{}" aria-hidden="true" title="{}">{}</span>'
        '<span class="tether-unseen">{}</span> ',
        kind,
        says,
        name,
        says,
    )


def label(text: str, colour: str) -> SafeString:
    """As the columns that `labelled` makes, inside of another; `colour` is one of unfold's, or empty for grey."""
    return format_html('<bdi class="tether-label tether-label-{}">{}</bdi> ', colour or "grey", text)


def coloured(text: str, colour: str) -> SafeString:
    """A text of staff's with a colour of theirs. The colour is drawn: the page's policy may forbid styles in it."""
    return format_html(
        '<span class="tether-tag"><svg viewBox="0 0 8 8" aria-hidden="true"><circle cx="4" cy="4" r="4" fill="{}"/>'
        "</svg><bdi>{}</bdi></span> ",
        colour,
        text,
    )
