"""/api/contacts and /api/contact."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from contacts.api.bodies import ContactCreateRequest, ContactLookupRequest, ContactUpdateRequest
from contacts.api.documents import ContactResponse, ContactsPageResponse
from contacts.api.queries import ContactsQuery
from contacts.documents import contact_document
from contacts.selectors.contacts import contact_of, contact_with_number, contacts_page
from contacts.services import create_contact, delete_contact, update_contact
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_UNKNOWN = {401: CallsErrorResponse, 404: CallsErrorResponse}


class ContactsViewSet(ViewSet):
    """The contacts of the user's organization."""

    @extend_schema(
        summary="List contacts, newest first",
        description="Unknown parameters are refused; empty ones filter nothing.",
        tags=["Contacts"],
        parameters=[ContactsQuery],
        responses={200: ContactsPageResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = ContactsQuery(data=request.query_params)
        query.is_valid(raise_exception=True)

        user = authenticated_user(request)

        page = contacts_page(
            organization_id=user.home_id,
            search=query.validated_data["search"],
            source=query.validated_data["source"],
            paging=query.paging,
            sight=sight_of(user),
        )

        answer = ContactsPageResponse(
            data=[contact_document(contact) for contact in page.rows],
            total=page.total,
            page=query.paging.page,
            size=query.paging.size,
        )

        return Response(answer)

    @extend_schema(
        summary="Read one contact",
        tags=["Contacts"],
        responses={200: ContactResponse, **_UNKNOWN},
    )
    def retrieve(self, request: Request, contact_id: str) -> Response:
        user = authenticated_user(request)

        contact = contact_of(organization_id=user.home_id, contact_id=contact_id, sight=sight_of(user))

        return Response(ContactResponse(success=True, contact=contact_document(contact)))

    @extend_schema(
        summary="Delete a contact",
        description="Its conversations go with it. Its calls stay, without contact and conversation.",
        tags=["Contacts"],
        responses={200: DoneResponse, **_UNKNOWN, 403: CallsErrorResponse, 409: CallsErrorResponse},
    )
    def destroy(self, request: Request, contact_id: str) -> Response:
        user = authenticated_user(request)

        delete_contact(organization_id=user.home_id, contact_id=contact_id, sight=sight_of(user))

        return Response(DoneResponse(success=True, message="Contact deleted"))

    @extend_schema(
        summary="Make a contact",
        description="An organization has one contact for each number; a second one is refused.",
        tags=["Contacts"],
        request=ContactCreateRequest,
        responses={201: ContactResponse, **_REFUSED, 409: CallsErrorResponse},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, ContactCreateRequest)
        user = authenticated_user(request)

        contact = create_contact(organization_id=user.home_id, user_id=user.pk, values=body.values)

        answer = ContactResponse(success=True, contact=contact_document(contact))

        return Response(answer, status=201)

    @extend_schema(
        summary="Change a contact",
        description="What is not given stays as it is; empty text takes a value away.",
        tags=["Contacts"],
        request=ContactUpdateRequest,
        responses={
            200: ContactResponse,
            **_REFUSED,
            404: CallsErrorResponse,
            409: CallsErrorResponse,
        },
    )
    def update(self, request: Request) -> Response:
        body = body_of(request, ContactUpdateRequest)
        user = authenticated_user(request)

        contact = update_contact(
            organization_id=user.home_id, contact_id=body.wanted, changes=body.values, sight=sight_of(user)
        )

        answer = ContactResponse(success=True, contact=contact_document(contact))

        return Response(answer)

    @extend_schema(
        summary="Look a contact up by number",
        tags=["Contacts"],
        request=ContactLookupRequest,
        responses={200: ContactResponse, **_REFUSED, 404: CallsErrorResponse},
    )
    def look_up(self, request: Request) -> Response:
        body = body_of(request, ContactLookupRequest)
        user = authenticated_user(request)

        contact = contact_with_number(
            organization_id=user.home_id, phone_number=body.phone_number, sight=sight_of(user)
        )

        answer = ContactResponse(success=True, contact=contact_document(contact))

        return Response(answer)
