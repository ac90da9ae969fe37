"""What administrators see of privacy requests and legal holds."""

from __future__ import annotations

from calls.models import LegalHold, PrivacyRequest, PrivacyState
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.pagination import Page, Paging, page_of


def requests_page(*, organization_id: str, paging: Paging) -> Page[PrivacyRequest]:
    """One page, newest first. Two statements."""
    return page_of(PrivacyRequest.objects.of_organization(organization_id).order_by("-id"), paging)


def request_of(*, organization_id: str, request_id: str) -> PrivacyRequest:
    """One statement. Raises PRIVACY_REQUEST_NOT_FOUND."""
    requests = PrivacyRequest.objects.of_organization(organization_id)
    return requests.get_or_refuse(ErrorCode.PRIVACY_REQUEST_NOT_FOUND, pk=request_id)


def certificate_of(*, organization_id: str, request_id: str) -> str:
    """One statement. Raises PRIVACY_REQUEST_NOT_FOUND, PRIVACY_REQUEST_UNFINISHED."""
    request = request_of(organization_id=organization_id, request_id=request_id)
    if request.state != PrivacyState.DONE:
        raise TetherError(ErrorCode.PRIVACY_REQUEST_UNFINISHED)
    return request.certificate


def holds_page(*, organization_id: str, paging: Paging) -> Page[LegalHold]:
    """One page, newest first, released ones too. Two statements."""
    return page_of(LegalHold.objects.of_organization(organization_id).order_by("-id"), paging)
