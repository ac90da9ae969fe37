"""What exports are filtered by: texts, as in a query string."""

from __future__ import annotations

from rest_framework import serializers

from calls.api.queries import HistoryFilterFields, PeriodFields
from tether_calls.common.queries import QuerySerializer


class CallsFilterQuery(QuerySerializer, HistoryFilterFields):
    """Which calls: as history is filtered."""


class ContactsFilterQuery(QuerySerializer, PeriodFields):
    """Which contacts: as their list is filtered, and by when they were made."""

    search = serializers.CharField(required=False, max_length=100)
    source = serializers.CharField(required=False, max_length=50)  # type: ignore[assignment]  # a parameter
