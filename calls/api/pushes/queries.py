"""The query string of a push."""

from __future__ import annotations

from rest_framework import serializers
from rest_framework.request import Request

from tether_calls.common.queries import QuerySerializer


class PushQuery(QuerySerializer):
    dry_run = serializers.ChoiceField(
        choices=["true", "false"],
        required=False,
        help_text="`true`: calls are checked and nothing is kept; the answer says what would happen.",
    )


def is_dry_run(request: Request) -> bool:
    """Raises VALIDATION_ERROR for any other parameter: one that is misspelled would keep what it must not."""
    if not request.META.get("QUERY_STRING"):
        return False
    query = PushQuery(data=request.query_params)
    query.is_valid(raise_exception=True)
    return bool(query.validated_data.get("dry_run") == "true")
