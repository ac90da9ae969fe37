"""The tiles of the start page: figures of today, each with what it is compared with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.conf import settings

from calls.selectors.desk.figures import Figures
from tether_calls.common.admin.display import NOTHING

_UNITS = 10_000


@dataclass(frozen=True)
class Tile:
    """A figure and what it is compared with. `tone`: whether the change is `good`, `bad`, or neither."""

    name: str
    value: str
    unit: str
    arrow: str
    change: str
    compared: str
    tone: str
    address: str


@dataclass(frozen=True)
class Measure:
    """How a figure is made and spoken of. `better`: +1 where more of it is good, -1 where less is."""

    name: str
    of: Callable[[Figures], float | None]
    text: Callable[[float], str]
    better: int = 0
    unit: str = ""
    is_share: bool = False
    query: str = ""


def whole(value: float) -> str:
    return f"{value:,.0f}"


def _share_of_answered(figures: Figures) -> float | None:
    return figures.numbers.answered / figures.numbers.calls if figures.numbers.calls else None


def percent(value: float) -> str:
    return f"{value * 100:.0f} %"


MEASURES = (
    Measure("Calls", lambda figures: figures.numbers.calls, whole),
    Measure("Answered", _share_of_answered, percent, better=1, is_share=True),
    Measure("Talk time", lambda figures: figures.numbers.answered_microseconds / 60_000_000, whole, unit="min"),
    Measure("Cost", lambda figures: figures.numbers.cost / _UNITS, lambda value: f"{value:,.2f}", unit="currency"),
    Measure("Missed inbound", lambda figures: figures.missed, whole, better=-1, query="direction__exact=inbound"),
)


def tile(measure: Measure, shown: Figures, newer: Figures, older: Figures, words: str, address: str) -> Tile:
    """`shown` is its value; of `newer` and `older`, which are as long, `words` tells the change."""
    value, now, before = measure.of(shown), measure.of(newer), measure.of(older)
    arrow, change, sign = _change(measure, now, before)
    return Tile(
        name=measure.name,
        value=NOTHING if value is None else measure.text(value),
        unit=settings.TETHER_CURRENCY if measure.unit == "currency" else measure.unit,
        arrow=arrow,
        change=change,
        compared=words if change else "",
        tone={1: "good", -1: "bad"}.get(sign * measure.better, "even"),
        address=f"{address}&{measure.query}" if measure.query else address,
    )


def _change(measure: Measure, now: float | None, before: float | None) -> tuple[str, str, int]:
    """An arrow, words for it, and whether it is more (1) or less (-1)."""
    if now is None or before is None:
        return "", "", 0
    sign = (now > before) - (now < before)
    if measure.is_share:
        difference = abs(now - before) * 100
        unit = "point" if round(difference) == 1 else "points"
    elif before:
        difference, unit = abs(now - before) / before * 100, "%"
    else:
        return ("▲", f"{measure.text(now)} more than", 1) if now else ("=", "the same as", 0)
    if not round(difference):
        return "=", "the same as", 0
    return ("▲" if sign > 0 else "▼"), f"{difference:.0f} {unit} {'more' if sign > 0 else 'less'} than", sign
