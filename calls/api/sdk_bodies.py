"""The bodies of the endpoints for browser calls: what they may say, and what it means."""

from __future__ import annotations

from typing import Any, ClassVar

from rest_framework import serializers

from calls.selectors.find_call import CallNames
from tether_calls.common.fields import TextField, TrueOrFalseField
from tether_calls.common.phone import is_e164
from tether_calls.common.serializers import ForgivingRequestSerializer

MAX_CONFERENCE_ID = 255


class CallsInitiateSdkCallRequest(ForgivingRequestSerializer):
    """At least one of `contactId` and `phoneNumber`; of both, `contactId` counts."""

    at_least_one_of: ClassVar[tuple[str, ...]] = ("contact_id", "phone_number")

    contact_id = TextField(required=False, help_text="The contact to dial, at its number.")
    phone_number = TextField(
        required=False, help_text="E.164; where no contact has this number the call is recorded without one."
    )

    def validate(self, attrs: Any) -> Any:
        wanted = super().validate(attrs)
        if "contact_id" not in wanted:
            _check_number("phoneNumber", wanted["phone_number"])
        return wanted


class CallsInboundSdkCallRequest(ForgivingRequestSerializer):
    """Who is calling."""

    caller_number = TextField(help_text="E.164.")

    def validate(self, attrs: Any) -> Any:
        _check_number("callerNumber", attrs["caller_number"])
        return super().validate(attrs)


class CallsRejectSdkCallRequest(ForgivingRequestSerializer):
    """At least one name of the call; the first that leads to one counts, in this order."""

    at_least_one_of: ClassVar[tuple[str, ...]] = ("call_id", "twilio_call_sid", "caller_number")

    call_id = TextField(required=False, help_text="Our id of the call.")
    twilio_call_sid = TextField(required=False, help_text="Twilio's id of the call.")
    caller_number = TextField(
        required=False, help_text="E.164: the newest call of the last 5 minutes that still rings from there."
    )

    @property
    def names(self) -> CallNames:
        values = self.validated_data
        return CallNames(
            call_id=values.get("call_id"),
            provider_call_id=values.get("twilio_call_sid"),
            caller_number=values.get("caller_number"),
        )


class CallsAnswerSdkCallRequest(CallsRejectSdkCallRequest):
    """At least one name of the call; the first that leads to one counts, in this order."""

    conference_id = TextField(
        required=False,
        max_length=MAX_CONFERENCE_ID,
        help_text="The Twilio conference that the agent meets the caller in; kept in `providerMetadata`.",
    )


class CallsDiscardCallRequest(ForgivingRequestSerializer):
    """Nothing is required."""

    contact_id = TextField(required=False, help_text="The contact that may go too; the call's, where it is left out.")
    delete_contact = TrueOrFalseField(
        required=False, help_text="Delete the contact, if it is a placeholder of the dialpad without other calls."
    )


def _check_number(name: str, number: str) -> None:
    if not is_e164(number):
        raise serializers.ValidationError({name: ["Not a number in E.164, such as +14165550199"]})
