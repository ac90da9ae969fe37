from calls.models.call import Call, CallDirection, CallProvider, CallStatus
from calls.models.phone_number import PhoneNumber
from calls.models.prompt import Prompt
from calls.models.recording import Recording

__all__ = ["Call", "CallDirection", "CallProvider", "CallStatus", "PhoneNumber", "Prompt", "Recording"]
