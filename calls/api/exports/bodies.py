"""What an export is asked for with."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, ClassVar, Literal

import msgspec
from django.http import QueryDict
from rest_framework.exceptions import ValidationError

from calls.api.exports.queries import CallsFilterQuery, ContactsFilterQuery
from calls.api.queries import PeriodQuery, history_filter
from calls.models import ExportKind
from calls.selectors.exports.sources import ContactsFilter, ExportFilter, PeriodFilter
from tether_calls.common.bodies import Body
from tether_calls.common.errors import Detail, TetherError
from tether_calls.common.exception_handler import as_tether_error
from tether_calls.common.fields import note, text
from tether_calls.common.queries import QuerySerializer
from tether_calls.common.wire import UNSET, UnsetType

_MOST_COLUMNS = 100

_FILTER = "By the kind; what it names is refused where it has no meaning. Values are texts, as in a query string."


class ExportRequest(Body, forbid_unknown_fields=True):
    """Which rows are to become which file; unknown fields are refused."""

    example: ClassVar[dict[str, Any]] = {
        "kind": "calls",
        "format": "csv",
        "filter": {"status": "completed", "startDate": "2026-05-01", "endDate": "2026-06-01"},
        "columns": ["startTime", "direction", "from", "to", "duration", "contactName", "summary"],
        "includeTranscript": True,
        "timezone": "America/Toronto",
    }

    kind: Literal["calls", "contacts", "doNotCall", "wallet"]
    format: Literal["csv", "jsonl"]
    filter: Annotated[
        dict[str, Any],
        msgspec.Meta(description=_FILTER, extra_json_schema={"additionalProperties": {"type": "string"}}),
    ] = msgspec.field(default_factory=dict)
    columns: (
        Annotated[
            list[Annotated[str, text(max_length=40)]],
            msgspec.Meta(min_length=1, max_length=_MOST_COLUMNS, description="In this order; otherwise all."),
        ]
        | UnsetType
    ) = UNSET
    include_transcript: Annotated[bool, note("Of calls: what was said, in a column of its own, the last.")] = False
    timezone: (
        Annotated[str, text(max_length=64, description="IANA, such as America/Toronto; else the organization's.")]
        | UnsetType
    ) = UNSET

    @property
    def wanted(self) -> ExportFilter:
        """Raises VALIDATION_ERROR."""
        query_type, make = _FILTERS[self.kind]
        not_texts = [
            Detail(f"filter.{name}", "Not a string") for name, value in self.filter.items() if type(value) is not str
        ]
        if not_texts:
            raise TetherError.of_fields(not_texts)
        parameters = QueryDict(mutable=True)
        parameters.update(self.filter)
        query = query_type(data=parameters)
        try:
            query.is_valid(raise_exception=True)
        except ValidationError as error:
            faults = as_tether_error(error).details
            raise TetherError.of_fields([Detail(f"filter.{fault.path}", fault.message) for fault in faults]) from None
        return make(query.validated_data)


_FILTERS: dict[str, tuple[type[QuerySerializer], Callable[[dict[str, Any]], ExportFilter]]] = {
    ExportKind.CALLS: (CallsFilterQuery, partial(history_filter, seen_by=None)),
    ExportKind.CONTACTS: (ContactsFilterQuery, lambda values: ContactsFilter(**values)),
    ExportKind.DO_NOT_CALL: (PeriodQuery, lambda values: PeriodFilter(**values)),
    ExportKind.WALLET: (PeriodQuery, lambda values: PeriodFilter(**values)),
}
