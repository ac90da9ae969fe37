"""Who has called in vain gets the organization's message: once for each call, and at most once in four hours."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from calls.models import Call, CallDirection, CallStatus, OutgoingText, TextPurpose
from calls.providers.registry import providers
from calls.selectors.texts.line import text_line
from calls.services.texts.queue_text import queue_text
from contacts.models import Contact
from contacts.selectors.permission import check_may_be_called
from contacts.services import known_name
from tether_calls.accounts.models import Organization
from tether_calls.accounts.services.missed_call_message import filled_in
from tether_calls.background.jobs import until_stopping
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import TetherError

logger = logging.getLogger(__name__)

MISSED: Final = (CallStatus.NO_ANSWER, CallStatus.BUSY, CallStatus.CANCELED, CallStatus.FAILED)
EVERY: Final = timedelta(hours=4)
# Reports of a call's legs come in any order: so long after its end it is known whether one of them was answered.
_SETTLED_AFTER: Final = timedelta(seconds=30)
# What ended before that is no news: the job has been off, or it was outside of the calling hours for so long.
_WITHIN: Final = timedelta(hours=1)
_LONGEST_RINGING: Final = timedelta(minutes=30)
_AT_A_TIME: Final = 200


def text_missed_callers() -> None:
    """The job: writes down what is to be sent; `send_texts` sends it."""
    # The job goes through every organization that has such a message.
    organizations = Organization.objects.filter(is_active=True, missed_calls_texted_since__isnull=False)
    for organization in until_stopping(list(organizations.exclude(missed_call_message="").order_by("id"))):
        for call in until_stopping(_missed(organization)):
            try:
                _text_caller(organization, call)
            except (TetherError, UndecipherableSecret) as error:
                # The list, the hours, no number: asked again while the call is news.
                logger.info("A missed call gets no message now: %s", type(error).__name__)
            except IntegrityError:
                # Another run was faster, or the call has been deleted.
                logger.info("A missed call has its message already")


def _missed(organization: Organization) -> list[Call]:
    """Calls to the organization's own numbers that nobody answered; those of hidden callers have no contact.

    Callers in turn, each with their first one: who calls all day long, and may not be written to, keeps nobody waiting.
    """
    now, since = timezone.now(), organization.missed_calls_texted_since
    assert since is not None
    # wall: of the call in hand
    texts = OutgoingText.objects.filter(call_id=OuterRef("pk"), purpose=TextPurpose.MISSED_CALL)
    lately = OutgoingText.objects.of_organization(organization.pk).filter(
        to_number=OuterRef("contact__phone_number"), purpose=TextPurpose.MISSED_CALL, created_at__gt=now - EVERY
    )
    calls = Call.objects.of_organization(organization.pk).without_transcript()
    missed = calls.filter(
        ~Exists(texts),
        ~Exists(lately),
        direction=CallDirection.INBOUND,
        status__in=MISSED,
        provider__in=[provider.name for provider in providers() if provider.reports_calls],
        contact__isnull=False,
        start_time__gte=max(since, now - _WITHIN - _LONGEST_RINGING),
        end_time__gte=now - _WITHIN,
        end_time__lte=now - _SETTLED_AFTER,
    )
    turn = Window(RowNumber(), partition_by=F("contact_id"), order_by=F("start_time").asc())
    return list(missed.select_related("ai_agent").annotate(turn=turn).order_by("turn", "start_time")[:_AT_A_TIME])


@transaction.atomic
def _text_caller(organization: Organization, call: Call) -> None:
    # Whoever writes to this number for a missed call waits here, and then sees what was written.
    contacts = Contact.objects.of_organization(organization.pk).select_for_update(no_key=True)
    contact = contacts.filter(pk=call.contact_id).first()
    if contact is None or contact.is_hidden_caller:
        return
    texts = OutgoingText.objects.of_organization(organization.pk).filter(
        to_number=contact.phone_number,
        purpose=TextPurpose.MISSED_CALL,
        created_at__gt=timezone.now() - EVERY,
    )
    if texts.exists():
        return
    check_may_be_called(organization_id=organization.pk, phone_number=contact.phone_number, at=timezone.now())
    line = text_line(organization_id=organization.pk, preferred=[call.provider_phone_number or call.to_number])
    agent_name = call.ai_agent.name if call.ai_agent else call.agent_name
    content = filled_in(
        organization.missed_call_message,
        contact_name=known_name(contact),
        agent_name=agent_name or organization.name,
    )
    queue_text(
        organization_id=organization.pk,
        contact=contact,
        content=content,
        line=line,
        purpose=TextPurpose.MISSED_CALL,
        sent_by=agent_name or organization.name,
        call_id=call.pk,
    )
