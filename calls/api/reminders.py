"""/api/reminders: what a user wants to be reminded of about contacts."""

from __future__ import annotations

from typing import Literal

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from calls.api.reminder_bodies import ReminderCreateRequest
from calls.api.scheduled_queries import RemindersQuery
from calls.services.reminders import delete_reminder, remind_of
from contacts.documents import ReminderDocument, reminder_document
from contacts.models import ReminderChannel
from contacts.selectors.reminders import reminders_of
from tether_calls.accounts.authentication import authenticated_user
from tether_calls.common.bodies import body_of
from tether_calls.common.documents import CallsErrorResponse, DoneResponse
from tether_calls.common.wire import WireStruct, or_none

_REFUSED = {400: CallsErrorResponse, 401: CallsErrorResponse}


class ReminderResponse(WireStruct):
    """One reminder."""

    success: Literal[True]
    message: str
    data: ReminderDocument


class RemindersResponse(WireStruct):
    """Reminders that are still to come, the soonest first; 1,000 at most."""

    success: Literal[True]
    data: list[ReminderDocument]


class RemindersViewSet(ViewSet):
    """The user's own reminders; nobody else sees them."""

    @extend_schema(
        summary="List one's reminders that are still to come, the soonest first",
        description="Of one contact, of several, or of all.",
        tags=["Reminders"],
        parameters=[RemindersQuery],
        responses={200: RemindersResponse, **_REFUSED},
    )
    def list(self, request: Request) -> Response:
        query = RemindersQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        values = query.validated_data

        chosen = [*values.get("contact_ids", ()), *([values["contact_id"]] if "contact_id" in values else ())]
        reminders = reminders_of(user=authenticated_user(request), contact_ids=chosen or None)

        answer = RemindersResponse(success=True, data=[reminder_document(reminder) for reminder in reminders])

        return Response(answer)

    @extend_schema(
        summary="Make a reminder",
        description=(
            "At its time `reminder_due` is emitted, once. With `call` and an agent a call is planned for that time as"
            " well, as by `POST /api/calls/ai/outbound` with `schedule`. With `sms` the contact is sent `note` then, by"
            " the rules of `POST /api/messages/send`; outside the calling hours, at the next permitted minute."
        ),
        tags=["Reminders"],
        request=ReminderCreateRequest,
        responses={201: ReminderResponse, 404: CallsErrorResponse, 409: CallsErrorResponse, **_REFUSED},
    )
    def create(self, request: Request) -> Response:
        body = body_of(request, ReminderCreateRequest)

        reminder = remind_of(
            user=authenticated_user(request),
            contact_id=body.contact_id,
            note=body.note,
            reminder_date=body.reminder_date,
            channel_type=ReminderChannel(body.channel_type),
            agent_id=or_none(body.agent_id),
        )

        answer = ReminderResponse(success=True, message="Reminder created", data=reminder_document(reminder))

        return Response(answer, status=201)

    @extend_schema(
        summary="Be done with a reminder",
        description="One's own. A call that was planned for it is canceled, unless it is being made.",
        tags=["Reminders"],
        responses={200: DoneResponse, 401: CallsErrorResponse, 404: CallsErrorResponse},
    )
    def destroy(self, request: Request, reminder_id: str) -> Response:
        user = authenticated_user(request)

        delete_reminder(user=user, reminder_id=reminder_id)

        return Response(DoneResponse(success=True, message="Reminder deleted"))
