"""What a request says of each place: how many rows were found there, erased, kept, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from calls.models import PrivacyKind, PrivacyRequest
from calls.services.privacy.copies import COPIES
from tether_calls.common.personal_data import places


def empty_entries() -> list[dict[str, Any]]:
    """In the order in which they are gone through."""
    named = [*((copy.name, copy.title) for copy in COPIES), *((place.name, place.title) for place in places())]
    return [{"place": name, "title": title, "found": 0, "done": 0, "kept": 0, "why": ""} for name, title in named]


def begun_anew(request: PrivacyRequest) -> dict[str, Any] | None:
    """What a request goes on with whose places are others than today's: an update has come in between. Else None.

    All places are gone through again; what was done in one is still told, since of an erasure it is not found again.
    """
    today = empty_entries()
    if [entry["place"] for entry in request.places] == [entry["place"] for entry in today]:
        return None
    told = {entry["place"]: entry for entry in request.places} if request.kind == PrivacyKind.ERASE else {}
    return {
        "places": [told.get(entry["place"], entry) for entry in today],
        "position": 0,
        "cursor": "",
        "rounds": max(1, request.rounds) if any(entry["found"] for entry in told.values()) else 0,
    }


def add_to_entry(
    request: PrivacyRequest, counts: Mapping[str, int], why: Sequence[str], *, position: int | None = None
) -> None:
    """Of the place that the request is at, or of another one; it is to be saved."""
    entry = request.places[request.position if position is None else position]
    for name, count in counts.items():
        entry[name] += count
    for reason in why:
        if reason not in entry["why"]:
            entry["why"] = f"{entry['why']} {reason}".strip()
