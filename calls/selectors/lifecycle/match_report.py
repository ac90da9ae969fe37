"""Which of our calls a provider's report is of."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from calls.models import Call, PhoneNumber
from calls.models.call import CallQuerySet
from calls.providers.registry import carriers, provider_of
from calls.reports import CallReport
from tether_calls.common.phone import is_hidden, spellings

# How long a call that its provider has not named yet is looked for by its numbers.
_UNNAMED_AT_MOST = timedelta(minutes=5)
# A dial whose answer was lost is heard of again when it has ended.
_UNNAMED_DIAL_AT_MOST = timedelta(hours=6)


def match_by_id(*, organization_id: str, report: CallReport) -> str | None:
    """The organization's call that the report names, by the provider's id or by ours. One statement.

    What another organization has under the same id is no matter: whoever has an account may claim any.
    """
    named = Q(provider=report.provider, provider_call_id=report.provider_call_id)
    if provider_of(report.provider).holds_conversations:
        named |= Q(ai_conversation_id=report.provider_call_id)
    wanted = named if report.provider_call_id else Q(pk__in=())
    if report.call_id is not None:
        # Our id travels through the provider: believed of those only that the provider has not named otherwise.
        wanted |= Q(pk=report.call_id) & _may_be_named(report)
    calls = Call.objects.of_organization(organization_id).filter(wanted)
    found = calls.order_by().values_list("pk", "provider_call_id")
    # The one with the provider's id counts, should there be two.
    by_id = sorted(found, key=lambda row: row[1] != report.provider_call_id)
    return str(by_id[0][0]) if by_id else None


def match_by_numbers(*, organization_id: str, report: CallReport) -> Call | None:
    """The call that the report must be of, although neither names the other: a browser's, or a dial under way.

    By its numbers, and only while it is young. One statement.
    """
    provider = provider_of(report.provider)
    if not provider.reports_calls or report.direction is None:
        return None
    if not report.customer_number:
        return _of_hidden_caller(organization_id, report)
    calls = Call.objects.of_organization(organization_id).filter(direction=report.direction)
    if not provider.holds_conversations:
        calls = _of_browsers(calls, report)
    elif report.direction == "outbound":
        if report.transcript is not None:
            return None  # a transcript of a call of ours comes with our id
        since = timezone.now() - _UNNAMED_DIAL_AT_MOST
        calls = calls.filter(
            provider=report.provider,
            provider_call_id=None,
            from_number__in=spellings(report.own_number or ""),
            to_number__in=spellings(report.customer_number),
            created_at__gte=since,
        )
    else:
        calls = _carried(calls, report)
    return calls.order_by("id").only("provider").first()


def match_report(*, organization_id: str, report: CallReport) -> str | None:
    """The call that `record_report` would find."""
    named = match_by_id(organization_id=organization_id, report=report)
    if named is not None:
        return named
    unnamed = match_by_numbers(organization_id=organization_id, report=report)
    return None if unnamed is None else unnamed.pk


def is_discarded(*, organization_id: str, report: CallReport) -> bool:
    """Whether the call was a browser's, which its user has thrown away. One statement, or none.

    Another organization's call is like one that never was: else the answer would tell that it exists.
    """
    if not provider_of(report.provider).carries_calls or report.call_id is None:
        return False
    return not Call.objects.of_organization(organization_id).filter(pk=report.call_id).exists()


def _may_be_named(report: CallReport) -> Q:
    if report.provider_call_id is None:
        return Q(provider=report.provider)
    unnamed = Q(provider=report.provider, provider_call_id=None)
    if provider_of(report.provider).holds_conversations:
        unnamed |= Q(provider__in=carriers(), ai_conversation_id=None)
    return unnamed


def _of_browsers(calls: CallQuerySet, report: CallReport) -> CallQuerySet:
    """Calls that a browser has recorded before the provider reported them."""
    recent = calls.filter(
        provider=report.provider, provider_call_id=None, created_at__gte=timezone.now() - _UNNAMED_AT_MOST
    )
    if report.direction == "inbound":
        return recent.filter(from_number__in=spellings(report.from_number or ""))
    # A browser that is no user's of the organization has no call there.
    if not report.user_id:
        return calls.none()
    return recent.filter(to_number__in=spellings(report.to_number or ""), user_id=report.user_id)


def _of_hidden_caller(organization_id: str, report: CallReport) -> Call | None:
    """The one call that a browser was rung by, of a caller who shows no number, at the user of the number called.

    With two of them it is not known which is meant.
    """
    if report.direction != "inbound" or not provider_of(report.provider).carries_calls or not report.own_number:
        return None
    numbers = PhoneNumber.objects.of_organization(organization_id).filter(
        phone_number__in=spellings(report.own_number), user__organization_id=organization_id
    )
    recent = Call.objects.of_organization(organization_id).filter(
        provider=report.provider,
        provider_call_id=None,
        direction=report.direction,
        created_at__gte=timezone.now() - _UNNAMED_AT_MOST,
        user_id__in=numbers.values("user_id"),
    )
    rung = [call for call in recent.order_by("id").only("provider", "from_number") if is_hidden(call.from_number)]
    return rung[0] if len(rung) == 1 else None


def _carried(calls: CallQuerySet, report: CallReport) -> CallQuerySet:
    """Calls that a carrier has reported, and handed over to an agent."""
    start = report.start_time or timezone.now()
    return calls.filter(
        provider__in=carriers(),
        ai_agent__isnull=False,
        ai_conversation_id=None,
        from_number__in=spellings(report.from_number or ""),
        to_number__in=spellings(report.to_number or ""),
        start_time__range=(start - _UNNAMED_AT_MOST, start + _UNNAMED_AT_MOST),
    )
