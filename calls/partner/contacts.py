"""GET /api/v1/contacts and /api/v1/contacts/{contact_id}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.documents import PartnerContact, PartnerContactsPage, contact_document
from calls.partner.queries import NoParametersQuery, PartnerContactsQuery
from contacts.selectors import contact_of, contacts_page
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.postgresql.replica import may_read_replica


class PartnerContactsViewSet(PartnerViewSet):
    """The organization's contacts."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_CONTACTS,
        "retrieve": KeyPermission.CAN_READ_CONTACTS,
    }

    @extend_schema(
        summary="List contacts, newest first",
        description="The key needs `can_read_contacts`.",
        tags=["Partners"],
        parameters=[PartnerContactsQuery],
        responses={200: PartnerContactsPage, **ERRORS_OF_READS},
    )
    @may_read_replica
    def list(self, request: Request) -> Response:
        query = PartnerContactsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        page = contacts_page(
            organization_id=authenticated_user(request).home_id,
            search=query.validated_data["search"],
            source="",
            paging=query.paging,
        )

        answer = PartnerContactsPage(
            count=page.total,
            page=query.paging.page,
            limit=query.paging.size,
            pages=query.pages(page.total),
            contacts=[contact_document(contact) for contact in page.rows],
        )

        return Response(answer)

    @extend_schema(
        summary="Read one contact",
        description="The key needs `can_read_contacts`.",
        tags=["Partners"],
        responses={200: PartnerContact, **ERRORS_OF_READS_BY_ID},
    )
    def retrieve(self, request: Request, contact_id: str) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        contact = contact_of(organization_id=authenticated_user(request).home_id, contact_id=contact_id)

        return Response(contact_document(contact))
