"""Redactions of old calls, as administrators see them."""

from __future__ import annotations

from calls.models import RedactionRun
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of


def redactions_page(*, organization_id: str, paging: Paging) -> Page[RedactionRun]:
    """One page, newest first. Two statements."""
    return page_of(RedactionRun.objects.of_organization(organization_id).order_by("-id"), paging)


def redaction_of(*, organization_id: str, run_id: str) -> RedactionRun:
    """One statement. Raises REDACTION_NOT_FOUND."""
    runs = RedactionRun.objects.of_organization(organization_id)
    return runs.get_or_refuse(ErrorCode.REDACTION_NOT_FOUND, pk=run_id)
