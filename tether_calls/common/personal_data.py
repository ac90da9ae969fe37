"""Where data of persons may lie: every table, file, cache and log says how it is found, exported and erased.

An app registers its places in its module `personal_data` when it starts. A test walks all models, storages, users of
the cache and log formats, and fails on what is not registered here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from itertools import takewhile
from typing import Any

from django.db.models import Model, QuerySet

_SEPARATORS = r"(?:[\s().\-\u00a0\u202f]|%20|%28|%29)*"
# Directly before a number's digits: what is dialled for another country, and a separator in an address.
_NO_PART_OF_IT = re.compile(r"(?:(?<![0-9])(?:00|011)|%[0-9]{2})\Z")
_DIGITS = frozenset("0123456789")
# So many more digits make no other telephone number of one, but an id of somebody's with the number in it.
_ENOUGH = 8
_TOKENS = re.compile(r"[0-9A-Za-z_:.\-]+")
# A shorter name, or id of a vendor's, is in texts about others as well.
_LEAST = 5


@dataclass(frozen=True, kw_only=True)
class Person:
    """Who is asked about, within one organization, and what they are known by there.

    `request_id`: the request that erases them, by which their calls are known once nothing else tells whose they were.
    """

    organization_id: str
    phone_numbers: tuple[str, ...] = ()
    contact_ids: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    request_id: str | None = None
    # Only what was there by then: for what a backup has brought back.
    before: datetime | None = None

    @cached_property
    def traces(self) -> Traces:
        """What tells in a log that a row is of this person: ids of all rows of theirs, numbers, names."""
        ids = {text for place in places() if place.ids is not None for text in place.ids(self) if text}
        return Traces(ids={*ids, *self.contact_ids}, phone_numbers=self.phone_numbers, names=self.names)


class Traces:
    """Finds a person in texts that others wrote."""

    def __init__(self, *, ids: Iterable[str], phone_numbers: Iterable[str], names: Iterable[str]) -> None:
        known = {text for text in ids if len(text) >= _LEAST}
        self.ids = frozenset(text for text in known if _TOKENS.fullmatch(text))
        self._phrases = [text for text in known if text not in self.ids]
        self._names = [_whole(name.casefold()) for name in names if len(name) >= _LEAST]
        # Looked ahead for: one may begin within another that is none of the person's.
        self._numbers = [
            re.compile(f"(?=({_SEPARATORS.join(number.lstrip('+'))}))") for number in phone_numbers if number
        ]

    def has_number(self, text: str) -> bool:
        """Whether one of the numbers is in it, however it is divided; not as a part of another, longer one."""
        return any(_is_whole(found.span(1), text) for number in self._numbers for found in number.finditer(text))

    def names_person(self, text: str) -> bool:
        """Whether a number or a name is in it; ids lead nowhere once their rows are gone."""
        if self.has_number(text):
            return True
        folded = text.casefold() if self._names else ""
        return any(name.search(folded) for name in self._names)

    def are_in(self, text: str) -> bool:
        """Whether anything in a text tells of the person."""
        if not self.ids.isdisjoint(_TOKENS.findall(text)) or any(phrase in text for phrase in self._phrases):
            return True
        return self.names_person(text)


def _whole(name: str) -> re.Pattern[str]:
    """The name, and no longer one that begins or ends alike."""
    return re.compile(rf"(?<!\w){re.escape(name)}(?!\w)")


def _is_whole(span: tuple[int, int], text: str) -> bool:
    """Whether no digit beside a number makes another number of it."""
    begin, end = span
    is_alone = _NO_PART_OF_IT.search(text, max(0, begin - 4), begin) is not None
    before = 0 if is_alone else _digits(reversed(text[max(0, begin - _ENOUGH) : begin]))
    after = _digits(text[end : end + _ENOUGH])
    return before + after == 0 or before + after >= _ENOUGH


def _digits(text: Iterable[str]) -> int:
    return sum(1 for _ in takewhile(_DIGITS.__contains__, text))


@dataclass(frozen=True)
class StoredFile:
    """A file of a row: in which storage, and under which name."""

    storage: str
    name: str


def delete_rows(person: Person, rows: Sequence[Model]) -> None:
    """Erase by deleting, with what belongs to the rows."""
    model = type(rows[0])
    # wall: rows that were found of one organization's person
    model._default_manager.filter(pk__in=[row.pk for row in rows]).delete()


@dataclass(frozen=True, kw_only=True)
class Place:
    """A table with data of persons.

    `of`: the rows that may be of a person; with `is_scanned` those of them are whose `personal` columns have a trace,
    with `tells` those that it says. `erase` is called in a transaction, with at most some hundred rows; `release`
    before it, outside of any, and removes what the rows have in storages. `is_gone`: of rows that stay, whether there
    is nothing left to erase. `kept`: why something stays. `calls`: the columns, or properties, with the ids of the
    row's calls, and `conversation` the one with the provider's id of a call that was not known yet, by which a legal
    hold keeps it. `ids`: what names the person's rows in logs. Places are erased by `order`, then in the order of
    registration.
    """

    name: str
    title: str
    model: type[Model]
    of: Callable[[Person], QuerySet[Any, Any]]
    personal: tuple[str, ...]
    harmless: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    is_scanned: bool = False
    tells: Callable[[Person, Any], bool] | None = None
    erase: Callable[[Person, Sequence[Any]], None] = delete_rows
    is_gone: Callable[[Any], bool] = lambda _row: False
    release: Callable[[Sequence[Any]], None] | None = None
    files: Callable[[Any], Sequence[StoredFile]] | None = None
    ids: Callable[[Person], Iterable[str]] | None = None
    kept: str = ""
    calls: tuple[str, ...] = ()
    conversation: str = ""
    order: int = 50
    # Rows that are read, and erased in one transaction; fewer where they may be large.
    at_once: int = 500
    # Columns beside the personal ones that an export has.
    exported: tuple[str, ...] = ()
    # Why rows are in no export: they may be of others as well.
    not_exported: str = ""

    def tells_of(self, person: Person, row: Model) -> bool:
        """Whether a row that `of` has found is of the person."""
        if self.tells is not None:
            return self.tells(person, row)
        return not self.is_scanned or person.traces.are_in(text_of(row, self.personal))


@dataclass(frozen=True, kw_only=True)
class Files:
    """A storage: the place whose rows name its files, or why there is nothing personal in it."""

    storage: str
    place: str = ""
    harmless: str = ""


@dataclass(frozen=True, kw_only=True)
class Cached:
    """What a module keeps in the cache: what it is, and why nothing of a person is left there."""

    module: str
    holds: str
    why: str


@dataclass(frozen=True, kw_only=True)
class Logged:
    """A form of the log, by its name in `LOG_FORMATTERS`, and why it names nobody."""

    form: str
    why: str


class Registry:
    def __init__(self) -> None:
        self.places: dict[str, Place] = {}
        self.harmless: dict[type[Model], str] = {}
        self.files: dict[str, Files] = {}
        self.cached: dict[str, Cached] = {}
        self.logged: dict[str, Logged] = {}


registry = Registry()


def register(*places: Place) -> None:
    """Add tables with data of persons. Raises ValueError for a name, or a model, that is there already."""
    for place in places:
        if place.name in registry.places or any(place.model is each.model for each in registry.places.values()):
            raise ValueError(f"{place.name} is registered twice")
        registry.places[place.name] = place


def register_harmless(why: str, *harmless: type[Model]) -> None:
    """Say of tables with texts that nothing of a person on the line can be in them, and why."""
    for model in harmless:
        registry.harmless[model] = why


def register_files(*files: Files) -> None:
    for each in files:
        registry.files[each.storage] = each


def register_cached(*cached: Cached) -> None:
    for each in cached:
        registry.cached[each.module] = each


def register_logged(*logged: Logged) -> None:
    for each in logged:
        registry.logged[each.form] = each


def places() -> list[Place]:
    """All tables with data of persons, in the order in which they are erased."""
    return sorted(registry.places.values(), key=lambda place: place.order)


def text_of(row: Model, columns: Iterable[str]) -> str:
    """What some columns of a row say, as one text; bytes as far as they are text."""
    return "\n".join(_as_text(getattr(row, column)) for column in columns)


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bytes | memoryview):
        return bytes(value).decode(errors="replace")
    if isinstance(value, Mapping):
        return "\n".join(f"{key}\n{_as_text(each)}" for key, each in value.items())
    if isinstance(value, list | tuple):
        return "\n".join(map(_as_text, value))
    return str(value)
