"""Reads of consents: in pages, and all of them for a file."""

from __future__ import annotations

from collections.abc import Iterator

from contacts.models import Consent
from tether_calls.accounts.sight import of_calls_seen
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.phone import spellings
from tether_calls.common.sight import Sight

_EXPORTED_AT_ONCE = 2_000


def consents_page(
    *, organization_id: str, phone_number: str | None, paging: Paging, sight: Sight | None
) -> Page[Consent]:
    """One page of consents, newest first; of a number, in any spelling, or of all. Two statements."""
    consents = Consent.objects.of_organization(organization_id).filter(of_calls_seen(sight))
    if phone_number is not None:
        consents = consents.filter(phone_number__in=spellings(phone_number))
    return page_of(consents.order_by("-id"), paging)


def consent_rows(*, organization_id: str, sight: Sight | None) -> Iterator[Consent]:
    """All consents, the oldest first; read in pieces, so that a long list needs no memory."""
    consents = Consent.objects.of_organization(organization_id).filter(of_calls_seen(sight)).order_by("pk")
    return consents.iterator(chunk_size=_EXPORTED_AT_ONCE)
