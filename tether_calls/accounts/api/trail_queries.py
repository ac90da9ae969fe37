"""Query strings of both trails."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from tether_calls.common.queries import MomentParameter, ObjectIdParameter, QuerySerializer, WholeNumberParameter
from tether_calls.trails.models import AccessKind, AuditAction
from tether_calls.trails.selectors.trail import TrailFilter

MOST, USUAL = 200, 50


class TrailPageQuery(QuerySerializer):
    """One page, newest first."""

    limit = WholeNumberParameter(required=False, default=USUAL, min_value=1, max_value=MOST)
    cursor = ObjectIdParameter(required=False, help_text="`nextCursor` of the page before.")

    @property
    def wanted(self) -> TrailFilter:
        return TrailFilter()


class TrailQuery(TrailPageQuery):
    """Rows by who it was, and when; further filters are columns."""

    columns: tuple[str, ...] = ()

    user_id = ObjectIdParameter(required=False, help_text="The user, also behind a key.")
    start_date = MomentParameter(required=False, help_text="ISO 8601; then or later.")
    end_date = MomentParameter(required=False, help_text="ISO 8601; before.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        start, end = attrs.get("start_date"), attrs.get("end_date")
        if start is not None and end is not None and end < start:
            raise serializers.ValidationError({"endDate": ["Before startDate"]})
        return attrs

    @property
    def wanted(self) -> TrailFilter:
        values = self.validated_data
        return TrailFilter(
            user_id=values.get("user_id"),
            start_date=values.get("start_date"),
            end_date=values.get("end_date"),
            columns=tuple((name, values[name]) for name in self.columns if name in values),
        )


class AccessQuery(TrailQuery):
    """Of the access log."""

    columns = ("kind",)

    kind = serializers.ChoiceField(choices=AccessKind.values, required=False)


class AuditQuery(TrailQuery):
    """Of the audit log."""

    columns = ("action", "model")

    action = serializers.ChoiceField(choices=AuditAction.values, required=False)
    model = serializers.RegexField(
        r"^[a-z_]{1,30}\.[a-z_]{1,30}$", required=False, help_text="What was changed, such as accounts.apikey."
    )
