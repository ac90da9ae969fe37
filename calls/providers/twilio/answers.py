"""What Twilio's API answers, in our words: https://www.twilio.com/docs/voice/api"""

from __future__ import annotations

from typing import Final

from calls.providers.bodies import PayloadError
from calls.providers.reading import fields, required_fields, required_identifier, rfc2822_time, seconds, word
from calls.providers.texts import SentText, TextStatus
from calls.providers.twilio.payloads import OVER, STATUSES, direction_of, report_of
from calls.providers.twilio.texts import STATUSES as TEXT_STATUSES
from calls.providers.twilio.texts import code_of, problem_of_status
from calls.reports import CallReport

# What callbacks call the fields of the API's own document.
_RESOURCE_NAMES: Final = {
    "CallSid": "sid",
    "ParentCallSid": "parent_call_sid",
    "From": "from",
    "To": "to",
    "Direction": "direction",
    "AnsweredBy": "answered_by",
}


def read_call(body: object) -> CallReport:
    """GET Calls/{sid}, asked when callbacks were lost: the first leg's word is then the best there is.

    https://www.twilio.com/docs/voice/api/call-resource - raises PayloadError.
    """
    data = required_fields(body, "The call")
    renamed = {name: data.get(theirs) for name, theirs in _RESOURCE_NAMES.items()}
    state = word(data.get("status"))
    is_over = state in OVER
    return report_of(
        renamed,
        direction=direction_of(renamed),
        status=STATUSES.get(state),
        start_time=rfc2822_time(data.get("start_time")),
        end_time=rfc2822_time(data.get("end_time")) if is_over else None,
        duration=seconds(data.get("duration")) if is_over else None,
    )


def read_recording_sids(body: object) -> list[str]:
    """GET Recordings?CallSid=...

    https://www.twilio.com/docs/voice/api/recording#read-multiple-recording-resources - raises PayloadError.
    """
    found = required_fields(body, "The list").get("recordings")
    if not isinstance(found, list):
        raise PayloadError("recordings is not a list")
    return [required_identifier(fields(each).get("sid"), "The sid") for each in found]


def read_recording_status(body: object) -> str:
    """POST Calls/{sid}/Recordings/Twilio.CURRENT: what it does from now on.

    https://www.twilio.com/docs/voice/api/recording#update-a-recording-resource - raises PayloadError.
    """
    return word(required_fields(body, "The recording").get("status")) or ""


def read_legs(body: object) -> list[CallReport]:
    """GET Calls?ParentCallSid=...: what <Dial> has called, each reported under the call's id.

    https://www.twilio.com/docs/voice/api/call-resource#read-multiple-call-resources - raises PayloadError.
    """
    legs = required_fields(body, "The list").get("calls")
    if not isinstance(legs, list):
        raise PayloadError("calls is not a list")
    return [read_call(leg) for leg in legs]


def read_sent_text(body: object) -> SentText:
    """POST Messages: taken, and sometimes failed already. https://www.twilio.com/docs/messaging/api/message-resource

    Raises PayloadError.
    """
    data = required_fields(body, "The message")
    status = TEXT_STATUSES.get(word(data.get("status")), TextStatus.QUEUED)
    code = code_of(data.get("error_code"))
    return SentText(
        provider_message_id=required_identifier(data.get("sid"), "sid"),
        status=status,
        problem=problem_of_status(status, code),
        provider_code=code,
    )


def error_code(body: object) -> object:
    """https://www.twilio.com/docs/api/errors"""
    return fields(body).get("code")
