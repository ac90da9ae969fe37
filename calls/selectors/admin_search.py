"""Finding calls by what staff know of them: a number, a contact, an identifier."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Q

from calls.models import Call, CallProvider
from calls.models.call import CallQuerySet
from tether_calls.accounts.models import Organization, User
from tether_calls.common.object_id import is_object_id
from tether_calls.common.phone import hidden_spellings, is_hidden, numbers_to_find

# Identifiers are unique per provider or per user, so that few calls can share one.
_IDENTIFIED_MAX = 50


def calls_matching(
    calls: CallQuerySet, *, text: str, contact_ids: Collection[str], organization_id: str | None
) -> CallQuerySet:
    """The calls with one of the contacts, from or to the number, or of hidden callers, or with the identifier `text`.

    Each of the three is found by an index of its own; those that begin with the organization are given all there are
    where `organization_id` is None. Two statements besides the one that is returned.
    """
    found = Q(contact_id__in=contact_ids)
    identified = _identified_by(text, organization_id=organization_id)
    if identified:
        found |= Q(pk__in=identified)
    if numbers := numbers_to_find(text):
        found |= Q(from_number__in=numbers) | Q(to_number__in=numbers)
    if is_hidden(text):
        found |= Q(from_number__in=(text, *hidden_spellings()))
    if organization_id is None:
        calls = calls.filter(organization_id__in=list(Organization.objects.order_by().values_list("pk", flat=True)))
    return calls.filter(found)


def _identified_by(text: str, *, organization_id: str | None) -> list[str]:
    # wall: a superuser's search, where no organization is given
    users = User.objects.order_by()
    if organization_id is not None:
        users = users.filter(organization_id=organization_id)
    # wall: the ids are looked for among the rows that the admin's user may see
    by_provider = Call.objects.filter(provider__in=CallProvider.values, provider_call_id=text)
    # wall: of the users above; looked for among the rows that the admin's user may see
    by_vendor = Call.objects.filter(user_id__in=users.values("pk"), external_call_id=text)
    found = by_provider.order_by().values_list("pk", flat=True).union(by_vendor.order_by().values_list("pk", flat=True))
    identified = list(found[:_IDENTIFIED_MAX])
    return [text, *identified] if is_object_id(text) else identified
