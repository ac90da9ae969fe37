"""/api/contact-notes: what is written of contacts, and of calls with them."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.services.review.write_note import write_note
from contacts.api.bodies import ContactNoteCreateRequest, ContactNoteUpdateRequest
from contacts.api.documents import ContactNoteResponse, ContactNotesPageResponse, NotesPagination
from contacts.api.queries import ContactNotesQuery
from contacts.documents import note_document
from contacts.selectors.notes import notes_page
from contacts.services.notes import delete_note, update_note
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.accounts.sight import sight_of
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.wire import or_none

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}
_OF_ONE = {403: CallsErrorResponse, 404: CallsErrorResponse}


class ContactNotesViewSet(ViewSet):
    """Notes of the organization's contacts."""

    @extend_schema(
        summary="List the notes of a contact or of a call, or those that mention the user, newest first",
        tags=["Notes"],
        parameters=[ContactNotesQuery],
        responses={200: ContactNotesPageResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = ContactNotesQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data
        limit, offset = values["limit"], values["offset"]

        user = authenticated_user(request)

        notes, total = notes_page(
            organization_id=user.home_id,
            sight=sight_of(user),
            contact_id=values.get("contact_id"),
            call_id=values.get("call_id"),
            mentioned_id=user.pk if values.get("mentioned") else None,
            limit=limit,
            offset=offset,
        )

        answer = ContactNotesPageResponse(
            success=True,
            data=[note_document(note) for note in notes],
            pagination=NotesPagination(total=total, limit=limit, offset=offset, has_more=offset + len(notes) < total),
        )

        return Response(answer)

    @extend_schema(
        summary="Write a note",
        description="Emits `note_created`.",
        tags=["Notes"],
        request=ContactNoteCreateRequest,
        responses={201: ContactNoteResponse, 404: CallsErrorResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        user = authenticated_user(request)
        body = body_of(request, ContactNoteCreateRequest)

        note = write_note(
            user=user,
            organization_id=user.home_id,
            contact_id=body.contact_id,
            note=body.note,
            mentions=or_none(body.mentions) or (),
            call_id=or_none(body.call_id),
        )

        answer = ContactNoteResponse(success=True, message="Note created", data=note_document(note))

        return Response(answer, status=201)

    @extend_schema(
        summary="Change a note",
        description="One's own; an administrator's is every one. It is marked as edited.",
        tags=["Notes"],
        request=ContactNoteUpdateRequest,
        responses={200: ContactNoteResponse, 409: CallsErrorResponse, **_REFUSED, **_OF_ONE},
    )
    def update(self, request: Request, note_id: str) -> Response:
        user = authenticated_user(request)
        body = body_of(request, ContactNoteUpdateRequest)

        note = update_note(user=user, organization_id=user.home_id, note_id=note_id, changes=body.changes)

        return Response(ContactNoteResponse(success=True, message="Note changed", data=note_document(note)))

    @extend_schema(
        summary="Delete a note",
        description="One's own; an administrator's is every one.",
        tags=["Notes"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 409: CallsErrorResponse, **_OF_ONE},
    )
    def destroy(self, request: Request, note_id: str) -> Response:
        user = authenticated_user(request)

        delete_note(user=user, organization_id=user.home_id, note_id=note_id)

        return Response(DoneResponse(success=True, message="Note deleted"))
