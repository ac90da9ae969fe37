"""What decides whether an organization may call or text a number, as far as rows tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import Coalesce

from contacts.rules.facts import ConsentFact
from contacts.selectors.do_not_call import entries_for
from tether_calls.accounts.models import CallingHours, Organization
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.number_types import costly_type
from tether_calls.common.phone import spellings

_CONSENTS_READ = 100
_CONSENT = ("id", "basis", "purpose", "obtained_at", "expires_at", "revoked_at")


def check_may_be_dialled(*, organization_id: str, phone_number: str) -> Organization:
    """Whether the organization may dial this number (E.164) at all, whoever calls; it comes with its calling hours.

    One statement. Raises DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED.
    """
    organization = (
        Organization.objects.filter(pk=organization_id)
        .select_related("calling_hours")
        .annotate(is_forbidden=Exists(entries_for(OuterRef("pk"), phone_number).order_by()))
        .get()
    )
    if organization.is_forbidden:
        raise TetherError(ErrorCode.DO_NOT_CALL)
    its_type = costly_type(phone_number)
    if its_type is not None and its_type not in organization.allowed_number_types:
        raise TetherError(ErrorCode.NUMBER_TYPE_NOT_ALLOWED)
    return organization


@dataclass(frozen=True)
class Asked:
    """An organization that is asked whether it may call a number, and what it knows of the number."""

    organization: Organization
    hours: CallingHours | None
    is_listed: bool
    consents: tuple[ConsentFact, ...]


def asked_organization(*, organization_id: str, phone_number: str, with_consents: bool) -> Asked:
    """What an organization has set, and knows of a number (E.164): the newest 100 consents among it. One statement.

    A consent that was taken back is as new as that: it takes back those of before, so that none is read without it.
    """
    organizations: Any = (
        Organization.objects.filter(pk=organization_id)
        .select_related("calling_hours")
        .annotate(is_forbidden=Exists(entries_for(OuterRef("pk"), phone_number).order_by()))
    )
    if with_consents:
        of_number = Q(consents__phone_number__in=spellings(phone_number))
        organizations = (
            organizations.alias(given=FilteredRelation("consents", condition=of_number))
            .annotate(**{f"given_{name}": F(f"given__{name}") for name in _CONSENT})
            .order_by(Coalesce("given__revoked_at", "given__obtained_at").desc(nulls_last=True), "given__id")
        )
    rows = list(organizations[:_CONSENTS_READ])
    organization = rows[0]
    given: list[dict[str, Any]] = [{name: getattr(row, f"given_{name}", None) for name in _CONSENT} for row in rows]
    return Asked(
        organization=organization,
        hours=getattr(organization, "calling_hours", None),
        is_listed=organization.is_forbidden,
        consents=tuple(ConsentFact(**each) for each in given if each["id"] is not None),
    )


def check_may_be_called(*, organization_id: str, phone_number: str, at: datetime) -> None:
    """Whether this number (E.164) may be sent a text now, which is `at`; of dials `services.may_call` decides.

    One statement.
    Raises DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED, OUTSIDE_CALLING_HOURS.
    """
    organization = check_may_be_dialled(organization_id=organization_id, phone_number=phone_number)
    hours: CallingHours | None = getattr(organization, "calling_hours", None)
    if hours is not None and not hours.permit(phone_number=phone_number, at=at):
        raise TetherError(ErrorCode.OUTSIDE_CALLING_HOURS)


def next_permitted_text(*, organization_id: str, phone_number: str, after: datetime) -> datetime:
    """`after`, or the first minute from then on at which the calling hours let a text be sent to this number (E.164).

    One statement. Raises DO_NOT_CALL, NUMBER_TYPE_NOT_ALLOWED; OUTSIDE_CALLING_HOURS where that is never.
    """
    organization = check_may_be_dialled(organization_id=organization_id, phone_number=phone_number)
    hours: CallingHours | None = getattr(organization, "calling_hours", None)
    permitted = after if hours is None else hours.next_permitted(phone_number=phone_number, after=after)
    if permitted is None:
        raise TetherError(ErrorCode.OUTSIDE_CALLING_HOURS, "The calling hours never permit a text to this number")
    return permitted
