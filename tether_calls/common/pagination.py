"""Lists by page and size, for what people leaf through; history, which is long, pages by cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from django.db import models

from tether_calls.common.bodies import Body
from tether_calls.common.fields import written_number
from tether_calls.common.queries import QuerySerializer, WholeNumberParameter

MAX_PAGE = 10_000
MAX_SIZE = 100

ItemT = TypeVar("ItemT")
RowT = TypeVar("RowT", bound=models.Model)


@dataclass(frozen=True)
class Paging:
    """Which page is wanted, from 1, and how many rows make one."""

    page: int
    size: int

    @property
    def rows(self) -> slice:
        start = (self.page - 1) * self.size
        return slice(start, start + self.size)


@dataclass(frozen=True)
class Page(Generic[ItemT]):
    """The rows of a page, and how many there are on all pages."""

    rows: list[ItemT]
    total: int


def page_of(rows: models.QuerySet[RowT, RowT], paging: Paging) -> Page[RowT]:
    """One page of ordered rows; past the last one it is empty. Two statements."""
    return Page(list(rows[paging.rows]), rows.count())


class PageQuery(QuerySerializer):
    """A query string that asks for a page."""

    page = WholeNumberParameter(required=False, default=1, min_value=1, max_value=MAX_PAGE)
    size = WholeNumberParameter(required=False, default=10, min_value=1, max_value=MAX_SIZE)

    @property
    def paging(self) -> Paging:
        return Paging(self.validated_data["page"], self.validated_data["size"])


class PagedBody(Body):
    """A body that asks for a page; a number may be written as a text, as in a query string."""

    page: Annotated[Any, written_number(1, MAX_PAGE)] = 1
    size: Annotated[Any, written_number(1, MAX_SIZE)] = 10

    @property
    def paging(self) -> Paging:
        return Paging(self.page, self.size)
