"""Query strings of /api/v1: what is unknown, repeated or malformed is refused."""

from __future__ import annotations

from math import ceil

from rest_framework import serializers

from calls.api.queries import (
    GROUPINGS_HELP,
    METRICS_HELP,
    MOST_GROUPINGS,
    MOST_METRICS,
    AnalyticsFields,
    YesOrNoParameter,
)
from calls.api.search_queries import SearchFields
from calls.models import CallDirection, CallStatus, ScheduledState
from calls.outcomes import AnsweredBy, EndReason
from calls.providers.texts import TextStatus
from calls.selectors.analytics import GROUPINGS, METRICS
from contacts.models import ContextType
from conversations.models import Direction
from tether_calls.common.pagination import MAX_PAGE, MAX_SIZE, Paging
from tether_calls.common.queries import ObjectIdParameter, StrictQuerySerializer, WholeNumberParameter, names_parameter


class ContextVariablesQuery(StrictQuerySerializer):
    context_type = serializers.ChoiceField(choices=ContextType.values, required=False)


class PartnerPageQuery(StrictQuerySerializer):
    page = WholeNumberParameter(required=False, default=1, min_value=1, max_value=MAX_PAGE)
    limit = WholeNumberParameter(required=False, default=10, min_value=1, max_value=MAX_SIZE, help_text="Of a page.")

    @property
    def paging(self) -> Paging:
        return Paging(self.validated_data["page"], self.validated_data["limit"])

    def pages(self, count: int) -> int:
        """How many pages `count` rows fill."""
        return ceil(count / self.paging.size)


class PartnerContactsQuery(PartnerPageQuery):
    search = serializers.CharField(
        required=False,
        default="",
        allow_blank=True,
        max_length=100,
        help_text="Part of a name, number or e-mail address; of several words, each must occur. Empty: all contacts.",
    )


class PartnerCallsQuery(PartnerPageQuery):
    agent_id = serializers.CharField(
        required=False, allow_blank=True, max_length=100, help_text="An agent's id or assistant_id; empty: of all."
    )
    status = serializers.ChoiceField(choices=CallStatus.values, required=False)
    type = serializers.ChoiceField(choices=CallDirection.values, required=False)
    end_reason = serializers.ChoiceField(choices=list(map(str, EndReason)), required=False)
    answered_by = serializers.ChoiceField(choices=list(map(str, AnsweredBy)), required=False)
    tag = ObjectIdParameter(required=False)
    disposition = ObjectIdParameter(required=False)
    is_starred = YesOrNoParameter(required=False)
    opt_out = YesOrNoParameter(required=False, help_text="Whether the customer asked not to be called again.")


class PartnerScheduledCallsQuery(PartnerPageQuery):
    status = serializers.ChoiceField(choices=ScheduledState.values, required=False)
    agent_id = ObjectIdParameter(required=False)
    contact_id = ObjectIdParameter(required=False)


class PartnerMessagesQuery(PartnerPageQuery):
    contact_id = ObjectIdParameter(required=False)
    direction = serializers.ChoiceField(choices=Direction.values, required=False)
    status = serializers.ChoiceField(choices=list(map(str, TextStatus)), required=False)


class PartnerAnalyticsQuery(AnalyticsFields):
    metric = names_parameter(METRICS, MOST_METRICS, help_text=METRICS_HELP, min_length=1)
    group_by = names_parameter(GROUPINGS, MOST_GROUPINGS, help_text=GROUPINGS_HELP, default=list)


class PartnerSearchQuery(SearchFields):
    """GET /api/v1/calls/search: the parameters of the frontends' search, in snake_case."""
