"""What agents write to people while they talk."""

from __future__ import annotations

from typing import Final

from calls.models import Call, TextPurpose
from calls.providers.tools import ToolReply
from calls.selectors.texts.line import text_line
from calls.services.agent_tools.asked import Asked, CannotBeDone
from calls.services.texts.queue_text import TEXT_MAX, check_content, queue_text
from contacts.selectors.permission import check_may_be_called
from contacts.services import find_or_create_caller
from tether_calls.common.encryption import UndecipherableSecret
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.phone import dialable

# What an agent can say where an error's own sentence is meant for somebody else.
_SENTENCES: Final = {
    ErrorCode.DO_NOT_CALL: "This person does not want to be written to.",
    ErrorCode.OUTSIDE_CALLING_HOURS: "It is too early or too late there to write to this person now.",
    ErrorCode.NUMBER_TYPE_NOT_ALLOWED: "Texts are not sent to numbers of this type.",
    ErrorCode.PROVIDER_NOT_CONFIGURED: "The company sends no texts.",
    ErrorCode.NO_TEXT_NUMBER: "The company sends no texts.",
    ErrorCode.TEXT_LIMIT_REACHED: "The company can send no more texts at the moment.",
    ErrorCode.VALIDATION_ERROR: "The message is too long: say it in one or two sentences.",
}


def send_sms(asked: Asked) -> ToolReply:
    """Written down here, and sent by a job a moment later, so that no turn waits for a carrier. Twelve statements."""
    content = asked.required_text("message", TEXT_MAX + 1)
    number = dialable(asked.number())
    if number is None:
        raise CannotBeDone("Texts cannot be sent to this number.")
    try:
        check_content(content)
        check_may_be_called(organization_id=asked.organization_id, phone_number=number, at=asked.at)
        call = _call(asked)
        line = text_line(organization_id=asked.organization_id, preferred=[call.provider_phone_number] if call else [])
        contact, _ = find_or_create_caller(
            organization_id=asked.organization_id, user_id=None, phone_number=number, caller_name=""
        )
        queue_text(
            organization_id=asked.organization_id,
            contact=contact,
            content=content,
            line=line,
            purpose=TextPurpose.TOOL,
            sent_by=(call.ai_agent.name if call and call.ai_agent else ""),
            call_id=asked.call_id,
        )
    except UndecipherableSecret:
        raise CannotBeDone(_SENTENCES[ErrorCode.PROVIDER_NOT_CONFIGURED]) from None
    except TetherError as error:
        raise CannotBeDone(_SENTENCES[error.code]) from None
    return ToolReply(success=True, message="The text is on its way.")


def _call(asked: Asked) -> Call | None:
    if asked.call_id is None:
        return None
    calls = Call.objects.of_organization(asked.organization_id).without_transcript()
    return calls.select_related("ai_agent").filter(pk=asked.call_id).first()
