"""Contacts, under /api/v1."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import msgspec
from django.db import transaction
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from calls.partner.base import ERRORS_OF_READS, ERRORS_OF_READS_BY_ID, PartnerViewSet
from calls.partner.bodies import PartnerContactCreateRequest
from calls.partner.contact_documents import (
    PartnerContactCreated,
    PartnerContactDetail,
    PartnerContactsPage,
    contact_document,
    note_document,
)
from calls.partner.errors import PartnerError
from calls.partner.queries import PartnerContactsQuery
from contacts.selectors.contacts import contact_of, contacts_page
from contacts.selectors.notes import notes_of_contact
from contacts.services import create_contact
from contacts.services.context import set_context
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.models import KeyPermission
from tether_calls.common.bodies import body_of
from tether_calls.common.postgresql.replica import may_read_replica
from tether_calls.common.queries import NoParametersQuery

_NOTES = 10


class PartnerContactsViewSet(PartnerViewSet):
    """The organization's contacts."""

    required_permissions: ClassVar[Mapping[str, KeyPermission | None]] = {
        "list": KeyPermission.CAN_READ_CONTACTS,
        "retrieve": KeyPermission.CAN_READ_CONTACTS,
        "create": KeyPermission.CAN_WRITE_CONTACTS,
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
            sight=None,
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
        description="With the ten newest notes of it. The key needs `can_read_contacts`.",
        tags=["Partners"],
        responses={200: PartnerContactDetail, **ERRORS_OF_READS_BY_ID},
    )
    def retrieve(self, request: Request, contact_id: str) -> Response:
        NoParametersQuery(data=request.query_params).is_valid(raise_exception=True)

        organization_id = authenticated_user(request).home_id

        contact = contact_of(organization_id=organization_id, contact_id=contact_id, sight=None)
        notes = notes_of_contact(organization_id=organization_id, contact_id=contact.pk, most=_NOTES, sight=None)

        answer = PartnerContactDetail(
            **msgspec.structs.asdict(contact_document(contact)), recent_notes=[note_document(note) for note in notes]
        )

        return Response(answer)

    @extend_schema(
        summary="Make a contact",
        description=(
            "The key needs `can_write_contacts`. With what agents are told of it; a number that is a contact's already"
            " is `409`."
        ),
        tags=["Partners"],
        request=PartnerContactCreateRequest,
        responses={201: PartnerContactCreated, 409: PartnerError, **ERRORS_OF_READS},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, PartnerContactCreateRequest)
        user = authenticated_user(request)

        with transaction.atomic():
            contact = create_contact(
                organization_id=user.home_id,
                user_id=user.pk,
                values={
                    "phone_number": body.phone_number,
                    "first_name": body.first_name,
                    "last_name": body.last_name,
                    "email": body.email,
                },
            )
            if body.custom_context:
                set_context(
                    organization_id=user.home_id,
                    contact_id=contact.pk,
                    values=body.custom_context,
                    may_define=body.auto_create_variables,
                    is_new=True,
                )

        answer = PartnerContactCreated(
            **msgspec.structs.asdict(contact_document(contact)), message="The contact is made"
        )

        return Response(answer, status=201)
