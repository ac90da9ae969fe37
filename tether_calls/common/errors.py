"""Every error the service can answer with: one code, one HTTP status, one default sentence.

Pure values: this module imports neither Django nor an HTTP library, so that any layer may raise what it declares.
`docs/errors.md` explains the codes to clients; a test keeps the two lists equal.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class ErrorCode(StrEnum):
    VALIDATION_ERROR = "VALIDATION_ERROR"
    MALFORMED_JSON = "MALFORMED_JSON"
    UNAUTHORIZED = "UNAUTHORIZED"
    AUTHENTICATION_REQUIRED = "AUTHENTICATION_REQUIRED"
    INVALID_CREDENTIALS = "INVALID_CREDENTIALS"
    OTP_REQUIRED = "OTP_REQUIRED"
    INVALID_OTP = "INVALID_OTP"
    TWO_FACTOR_ENROLMENT_REQUIRED = "TWO_FACTOR_ENROLMENT_REQUIRED"
    TWO_FACTOR_ENABLED = "TWO_FACTOR_ENABLED"
    TWO_FACTOR_NOT_ENABLED = "TWO_FACTOR_NOT_ENABLED"
    TWO_FACTOR_NOT_BEGUN = "TWO_FACTOR_NOT_BEGUN"
    TWO_FACTOR_REQUIRED = "TWO_FACTOR_REQUIRED"
    WRONG_PASSWORD = "WRONG_PASSWORD"  # noqa: S105  # a code, no password
    INVALID_RESET_TOKEN = "INVALID_RESET_TOKEN"  # noqa: S105
    OIDC_NOT_CONFIGURED = "OIDC_NOT_CONFIGURED"
    OIDC_LOGIN_FAILED = "OIDC_LOGIN_FAILED"
    OIDC_NO_ACCOUNT = "OIDC_NO_ACCOUNT"
    OIDC_UNAVAILABLE = "OIDC_UNAVAILABLE"
    OIDC_CODE_INVALID = "OIDC_CODE_INVALID"
    SESSION_NOT_FOUND = "SESSION_NOT_FOUND"
    INVALID_SIGNATURE = "INVALID_SIGNATURE"
    FORBIDDEN = "FORBIDDEN"
    REASON_REQUIRED = "REASON_REQUIRED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    REQUEST_TIMEOUT = "REQUEST_TIMEOUT"
    PAYLOAD_TOO_LARGE = "PAYLOAD_TOO_LARGE"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    BAD_REQUEST = "BAD_REQUEST"
    TOO_MANY_GROUPS = "TOO_MANY_GROUPS"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    CALL_NOT_FOUND = "CALL_NOT_FOUND"
    CALL_NOT_TERMINABLE = "CALL_NOT_TERMINABLE"
    CALL_HAS_ENDED = "CALL_HAS_ENDED"
    RECORDING_NOT_PAUSABLE = "RECORDING_NOT_PAUSABLE"
    RECORDING_BEING_CHANGED = "RECORDING_BEING_CHANGED"
    NOT_RECORDED = "NOT_RECORDED"
    TOO_MANY_LIVE_CALLS = "TOO_MANY_LIVE_CALLS"
    TOO_MANY_WATCHED_CALLS = "TOO_MANY_WATCHED_CALLS"
    LIVE_TURNS_UNAVAILABLE = "LIVE_TURNS_UNAVAILABLE"
    RECORDING_NOT_FOUND = "RECORDING_NOT_FOUND"
    RECORDING_INVALID = "RECORDING_INVALID"
    RECORDING_UNREACHABLE = "RECORDING_UNREACHABLE"
    RECORDING_TOO_LARGE = "RECORDING_TOO_LARGE"
    RECORDING_NOT_STORED = "RECORDING_NOT_STORED"
    TOO_MANY_DOWNLOADS = "TOO_MANY_DOWNLOADS"
    BATCH_OUT_OF_TIME = "BATCH_OUT_OF_TIME"
    AGENT_NOT_FOUND = "AGENT_NOT_FOUND"
    NO_VOICE_AGENT = "NO_VOICE_AGENT"
    AGENT_NOT_SYNCED = "AGENT_NOT_SYNCED"
    NO_AI_NUMBER = "NO_AI_NUMBER"
    NUMBER_NOT_ON_TRUNK = "NUMBER_NOT_ON_TRUNK"
    INSUFFICIENT_FUNDS = "INSUFFICIENT_FUNDS"
    DO_NOT_CALL = "DO_NOT_CALL"
    NUMBER_TYPE_NOT_ALLOWED = "NUMBER_TYPE_NOT_ALLOWED"
    OUTSIDE_CALLING_HOURS = "OUTSIDE_CALLING_HOURS"
    CONSENT_MISSING = "CONSENT_MISSING"
    TOO_MANY_ATTEMPTS = "TOO_MANY_ATTEMPTS"
    AGENT_NOT_COMPLIANT = "AGENT_NOT_COMPLIANT"
    RULE_PACK_UNKNOWN = "RULE_PACK_UNKNOWN"
    NO_TEXT_NUMBER = "NO_TEXT_NUMBER"
    RECIPIENT_OPTED_OUT = "RECIPIENT_OPTED_OUT"
    NUMBER_CANNOT_GET_TEXTS = "NUMBER_CANNOT_GET_TEXTS"
    TEXT_REFUSED = "TEXT_REFUSED"
    OUTBOUND_IN_FLIGHT = "OUTBOUND_IN_FLIGHT"
    DIAL_LIMIT_REACHED = "DIAL_LIMIT_REACHED"
    TEXT_LIMIT_REACHED = "TEXT_LIMIT_REACHED"
    MISSING_PHONE_NUMBER = "MISSING_PHONE_NUMBER"
    MISSING_AGENT_ID = "MISSING_AGENT_ID"
    INVALID_PHONE_NUMBER = "INVALID_PHONE_NUMBER"
    INVALID_VARIABLES = "INVALID_VARIABLES"
    VARIABLE_NOT_FOUND = "VARIABLE_NOT_FOUND"
    DUPLICATE_VARIABLE = "DUPLICATE_VARIABLE"
    UNDEFINED_VARIABLE = "UNDEFINED_VARIABLE"
    INVALID_VALUE = "INVALID_VALUE"
    TOO_MANY_VARIABLES = "TOO_MANY_VARIABLES"
    NO_PHONE_NUMBER = "NO_PHONE_NUMBER"
    IDEMPOTENCY_CONFLICT = "IDEMPOTENCY_CONFLICT"
    IDEMPOTENCY_IN_PROGRESS = "IDEMPOTENCY_IN_PROGRESS"
    LOCK_UNAVAILABLE = "LOCK_UNAVAILABLE"
    LIMIT_UNAVAILABLE = "LIMIT_UNAVAILABLE"
    PROVIDER_ERROR = "PROVIDER_ERROR"
    PROVIDER_UNKNOWN = "PROVIDER_UNKNOWN"
    CONTACT_NOT_FOUND = "CONTACT_NOT_FOUND"
    CONTACT_EXISTS = "CONTACT_EXISTS"
    CONSENT_NOT_FOUND = "CONSENT_NOT_FOUND"
    NOTE_NOT_FOUND = "NOTE_NOT_FOUND"
    MESSAGE_NOT_FOUND = "MESSAGE_NOT_FOUND"
    CONVERSATION_NOT_FOUND = "CONVERSATION_NOT_FOUND"
    PROMPT_NOT_FOUND = "PROMPT_NOT_FOUND"
    PROMPT_EXISTS = "PROMPT_EXISTS"
    PROMPT_CHANGED = "PROMPT_CHANGED"
    PROMPT_VERSION_NOT_FOUND = "PROMPT_VERSION_NOT_FOUND"
    PROVIDER_NOT_CONFIGURED = "PROVIDER_NOT_CONFIGURED"
    SECRETS_UNREADABLE = "SECRETS_UNREADABLE"
    PHONE_NUMBER_NOT_FOUND = "PHONE_NUMBER_NOT_FOUND"
    PHONE_NUMBER_CHANGED = "PHONE_NUMBER_CHANGED"
    WEBHOOK_NOT_FOUND = "WEBHOOK_NOT_FOUND"
    TOO_MANY_WEBHOOKS = "TOO_MANY_WEBHOOKS"
    WEBHOOK_DISABLED = "WEBHOOK_DISABLED"
    WEBHOOK_ROTATED = "WEBHOOK_ROTATED"
    API_KEY_NOT_FOUND = "API_KEY_NOT_FOUND"
    API_KEY_ENDED = "API_KEY_ENDED"
    TAG_NOT_FOUND = "TAG_NOT_FOUND"
    TAG_EXISTS = "TAG_EXISTS"
    DISPOSITION_NOT_FOUND = "DISPOSITION_NOT_FOUND"
    DISPOSITION_EXISTS = "DISPOSITION_EXISTS"
    TOO_MANY_LABELS = "TOO_MANY_LABELS"
    SCORECARD_NOT_FOUND = "SCORECARD_NOT_FOUND"
    SCORECARD_EXISTS = "SCORECARD_EXISTS"
    TOO_MANY_SCORECARDS = "TOO_MANY_SCORECARDS"
    SCORE_NOT_FOUND = "SCORE_NOT_FOUND"
    QUEUE_NOT_FOUND = "QUEUE_NOT_FOUND"
    QUEUE_EXISTS = "QUEUE_EXISTS"
    TOO_MANY_QUEUES = "TOO_MANY_QUEUES"
    SYNC_IN_PROGRESS = "SYNC_IN_PROGRESS"
    SCHEDULED_CALL_NOT_FOUND = "SCHEDULED_CALL_NOT_FOUND"
    SCHEDULED_CALL_BEGUN = "SCHEDULED_CALL_BEGUN"
    SCHEDULE_EXPIRED = "SCHEDULE_EXPIRED"
    TOO_MANY_SCHEDULED_CALLS = "TOO_MANY_SCHEDULED_CALLS"
    REMINDER_NOT_FOUND = "REMINDER_NOT_FOUND"
    TOO_MANY_REMINDERS = "TOO_MANY_REMINDERS"
    CHANNEL_NOT_AVAILABLE = "CHANNEL_NOT_AVAILABLE"
    TRANSFER_NOT_FOUND = "TRANSFER_NOT_FOUND"
    TRANSFER_OVER = "TRANSFER_OVER"
    CALL_NOT_ENDED = "CALL_NOT_ENDED"
    NOTHING_TO_REDACT = "NOTHING_TO_REDACT"
    REDACTION_UNDER_WAY = "REDACTION_UNDER_WAY"
    REDACTION_NOT_FOUND = "REDACTION_NOT_FOUND"
    LEGAL_HOLD = "LEGAL_HOLD"
    HOLD_NOT_FOUND = "HOLD_NOT_FOUND"
    TOO_MANY_HOLDS = "TOO_MANY_HOLDS"
    PRIVACY_REQUEST_NOT_FOUND = "PRIVACY_REQUEST_NOT_FOUND"
    PRIVACY_REQUEST_UNFINISHED = "PRIVACY_REQUEST_UNFINISHED"
    TOO_MANY_PRIVACY_REQUESTS = "TOO_MANY_PRIVACY_REQUESTS"
    EXPORT_NOT_FOUND = "EXPORT_NOT_FOUND"
    TOO_MANY_EXPORTS = "TOO_MANY_EXPORTS"
    EXPORT_TOO_LARGE = "EXPORT_TOO_LARGE"
    EXPORT_NOT_STORED = "EXPORT_NOT_STORED"


@dataclass(frozen=True)
class ErrorSpec:
    """What a code stands for on the wire: its HTTP status and the sentence used when nothing better is known."""

    status: int
    message: str


ERRORS: dict[ErrorCode, ErrorSpec] = {
    ErrorCode.VALIDATION_ERROR: ErrorSpec(400, "The request is not valid"),
    ErrorCode.MALFORMED_JSON: ErrorSpec(400, "The request body is not valid JSON"),
    ErrorCode.UNAUTHORIZED: ErrorSpec(401, "Invalid or expired token"),
    ErrorCode.AUTHENTICATION_REQUIRED: ErrorSpec(401, "No API key was provided"),
    ErrorCode.INVALID_CREDENTIALS: ErrorSpec(401, "Invalid email or password"),
    ErrorCode.OTP_REQUIRED: ErrorSpec(401, "The code of the authenticator app is needed"),
    ErrorCode.INVALID_OTP: ErrorSpec(400, "This code is wrong, used or too old"),
    ErrorCode.TWO_FACTOR_ENROLMENT_REQUIRED: ErrorSpec(403, "Your organization requires two-factor login: set it up"),
    ErrorCode.TWO_FACTOR_ENABLED: ErrorSpec(409, "Two-factor login is set up already"),
    ErrorCode.TWO_FACTOR_NOT_ENABLED: ErrorSpec(409, "Two-factor login is not set up"),
    ErrorCode.TWO_FACTOR_NOT_BEGUN: ErrorSpec(409, "There is no secret to be confirmed: begin anew"),
    ErrorCode.TWO_FACTOR_REQUIRED: ErrorSpec(409, "Your organization requires two-factor login"),
    ErrorCode.WRONG_PASSWORD: ErrorSpec(400, "This is not your password"),
    ErrorCode.OIDC_NOT_CONFIGURED: ErrorSpec(404, "There is no login at an OpenID provider here"),
    ErrorCode.OIDC_LOGIN_FAILED: ErrorSpec(401, "The login at the OpenID provider failed; begin again"),
    ErrorCode.OIDC_NO_ACCOUNT: ErrorSpec(403, "There is no account here for this login; ask an administrator"),
    ErrorCode.OIDC_UNAVAILABLE: ErrorSpec(503, "The OpenID provider does not answer; try again later"),
    ErrorCode.OIDC_CODE_INVALID: ErrorSpec(401, "This login is used, too old, or of another browser; begin again"),
    ErrorCode.INVALID_RESET_TOKEN: ErrorSpec(400, "This link is wrong, used or too old; ask for another one"),
    ErrorCode.SESSION_NOT_FOUND: ErrorSpec(404, "Session not found"),
    ErrorCode.INVALID_SIGNATURE: ErrorSpec(401, "The request is not signed by an account that is configured here"),
    ErrorCode.FORBIDDEN: ErrorSpec(403, "Your role does not permit this"),
    ErrorCode.REASON_REQUIRED: ErrorSpec(403, "Staff of the platform say first why they need to hear or read this"),
    ErrorCode.NOT_FOUND: ErrorSpec(404, "Not found"),
    ErrorCode.METHOD_NOT_ALLOWED: ErrorSpec(405, "This method is not allowed here"),
    ErrorCode.REQUEST_TIMEOUT: ErrorSpec(408, "The request body came too slowly"),
    ErrorCode.PAYLOAD_TOO_LARGE: ErrorSpec(413, "The request body is too large"),
    ErrorCode.UNSUPPORTED_MEDIA_TYPE: ErrorSpec(415, "The request body must be application/json"),
    ErrorCode.TOO_MANY_REQUESTS: ErrorSpec(429, "Too many requests; try again later"),
    ErrorCode.BAD_REQUEST: ErrorSpec(400, "The request cannot be understood"),
    ErrorCode.TOO_MANY_GROUPS: ErrorSpec(
        400, "These are more than 1,000 groups: ask for a shorter period or fewer of them"
    ),
    ErrorCode.INTERNAL_ERROR: ErrorSpec(500, "Internal server error"),
    ErrorCode.CALL_NOT_FOUND: ErrorSpec(404, "Call not found"),
    ErrorCode.CALL_NOT_TERMINABLE: ErrorSpec(409, "This call cannot be ended from here; its provider has no way to"),
    ErrorCode.CALL_HAS_ENDED: ErrorSpec(409, "The call has ended; nothing more is taken down of it"),
    ErrorCode.RECORDING_NOT_PAUSABLE: ErrorSpec(409, "Whoever carries this call pauses no recordings"),
    ErrorCode.RECORDING_BEING_CHANGED: ErrorSpec(409, "Its recording is being paused or resumed at this moment"),
    ErrorCode.NOT_RECORDED: ErrorSpec(409, "Nothing of this call is recorded by its carrier at the moment"),
    ErrorCode.TOO_MANY_LIVE_CALLS: ErrorSpec(429, "The organization has as many live calls as it may have"),
    ErrorCode.TOO_MANY_WATCHED_CALLS: ErrorSpec(409, "This socket watches as many calls as it may"),
    ErrorCode.LIVE_TURNS_UNAVAILABLE: ErrorSpec(
        409, "The agents' provider does not tell us what is said in this call while it goes on"
    ),
    ErrorCode.RECORDING_NOT_FOUND: ErrorSpec(404, "Recording not found"),
    ErrorCode.RECORDING_INVALID: ErrorSpec(400, "The recording is not an MP3 file"),
    ErrorCode.RECORDING_UNREACHABLE: ErrorSpec(400, "The recording could not be downloaded"),
    ErrorCode.RECORDING_TOO_LARGE: ErrorSpec(413, "The recording is too large"),
    ErrorCode.RECORDING_NOT_STORED: ErrorSpec(500, "The recording could not be stored; nothing was kept, send again"),
    ErrorCode.TOO_MANY_DOWNLOADS: ErrorSpec(
        503, "Too many recordings are being downloaded; nothing was kept, send again later"
    ),
    ErrorCode.BATCH_OUT_OF_TIME: ErrorSpec(503, "The batch took too long to come to this call; send it again"),
    ErrorCode.AGENT_NOT_FOUND: ErrorSpec(400, "Agent not found"),
    ErrorCode.NO_VOICE_AGENT: ErrorSpec(400, "The organization has no agent that is enabled for voice"),
    ErrorCode.AGENT_NOT_SYNCED: ErrorSpec(400, "The agent is not synced with ElevenLabs"),
    ErrorCode.NO_AI_NUMBER: ErrorSpec(400, "The user has no Sinch number that is enabled for AI calls"),
    ErrorCode.NUMBER_NOT_ON_TRUNK: ErrorSpec(400, "The number to call from is not imported at ElevenLabs"),
    ErrorCode.INSUFFICIENT_FUNDS: ErrorSpec(400, "The wallet does not cover the first minute of this call"),
    ErrorCode.DO_NOT_CALL: ErrorSpec(400, "The phone number is on your Do Not Call list"),
    ErrorCode.NUMBER_TYPE_NOT_ALLOWED: ErrorSpec(
        400, "Your organization does not call premium-rate, shared-cost, satellite or personal numbers"
    ),
    ErrorCode.OUTSIDE_CALLING_HOURS: ErrorSpec(
        400, "Where the phone number is, or may be, it is not within your organization's calling hours"
    ),
    ErrorCode.CONSENT_MISSING: ErrorSpec(400, "There is no consent to this call that holds now"),
    ErrorCode.TOO_MANY_ATTEMPTS: ErrorSpec(400, "The phone number was dialled as often as your organization permits"),
    ErrorCode.AGENT_NOT_COMPLIANT: ErrorSpec(400, "The agent does not say first who calls, as a rule demands"),
    ErrorCode.RULE_PACK_UNKNOWN: ErrorSpec(400, "Your organization goes by a rule pack that is not known here"),
    ErrorCode.NO_TEXT_NUMBER: ErrorSpec(400, "The organization has no number that texts can be sent from"),
    ErrorCode.RECIPIENT_OPTED_OUT: ErrorSpec(400, "Whoever has this number has asked for no more texts"),
    ErrorCode.NUMBER_CANNOT_GET_TEXTS: ErrorSpec(400, "The number is a landline, or its network takes no texts"),
    ErrorCode.TEXT_REFUSED: ErrorSpec(400, "The carrier refused the text"),
    ErrorCode.OUTBOUND_IN_FLIGHT: ErrorSpec(429, "This call is being dialled already"),
    ErrorCode.DIAL_LIMIT_REACHED: ErrorSpec(429, "No more dials at the moment; try again later"),
    ErrorCode.TEXT_LIMIT_REACHED: ErrorSpec(429, "No more texts at the moment; try again later"),
    ErrorCode.MISSING_PHONE_NUMBER: ErrorSpec(400, "Phone number is required"),
    ErrorCode.MISSING_AGENT_ID: ErrorSpec(400, "Agent ID is required"),
    ErrorCode.INVALID_PHONE_NUMBER: ErrorSpec(
        400, "The provided phone number is not valid; it must be one in E.164, such as +14165550199"
    ),
    ErrorCode.INVALID_VARIABLES: ErrorSpec(400, "The variables are not valid"),
    ErrorCode.VARIABLE_NOT_FOUND: ErrorSpec(404, "Context variable not found"),
    ErrorCode.DUPLICATE_VARIABLE: ErrorSpec(400, "A context variable of this name and type is defined already"),
    ErrorCode.UNDEFINED_VARIABLE: ErrorSpec(400, "The context variable is not defined"),
    ErrorCode.INVALID_VALUE: ErrorSpec(400, "The value is not of the variable's type"),
    ErrorCode.TOO_MANY_VARIABLES: ErrorSpec(409, "The organization has as many context variables as it may have"),
    ErrorCode.NO_PHONE_NUMBER: ErrorSpec(404, "The agent does not have an assigned phone number"),
    ErrorCode.IDEMPOTENCY_CONFLICT: ErrorSpec(409, "This Idempotency-Key came with another request before"),
    ErrorCode.IDEMPOTENCY_IN_PROGRESS: ErrorSpec(409, "The first request with this Idempotency-Key is still running"),
    ErrorCode.LOCK_UNAVAILABLE: ErrorSpec(
        500, "Nothing was dialled or changed: that it is done only once cannot be ensured at the moment"
    ),
    ErrorCode.LIMIT_UNAVAILABLE: ErrorSpec(500, "Nothing was dialled: dials cannot be counted at the moment"),
    ErrorCode.PROVIDER_ERROR: ErrorSpec(500, "The provider refused, or could not be reached; nothing was changed"),
    ErrorCode.PROVIDER_UNKNOWN: ErrorSpec(500, "The provider did not answer; it may have done what it was asked"),
    ErrorCode.CONTACT_NOT_FOUND: ErrorSpec(404, "Contact not found"),
    ErrorCode.CONTACT_EXISTS: ErrorSpec(409, "There is a contact with this number already"),
    ErrorCode.CONSENT_NOT_FOUND: ErrorSpec(404, "Consent not found"),
    ErrorCode.NOTE_NOT_FOUND: ErrorSpec(404, "Note not found"),
    ErrorCode.MESSAGE_NOT_FOUND: ErrorSpec(404, "Text not found"),
    ErrorCode.CONVERSATION_NOT_FOUND: ErrorSpec(404, "Conversation not found"),
    ErrorCode.PROMPT_NOT_FOUND: ErrorSpec(404, "Agent not found"),
    ErrorCode.PROMPT_EXISTS: ErrorSpec(409, "Another agent stands for this ElevenLabs agent already"),
    ErrorCode.PROMPT_CHANGED: ErrorSpec(409, "Somebody has changed what the agent says since you read it"),
    ErrorCode.PROMPT_VERSION_NOT_FOUND: ErrorSpec(404, "Version not found"),
    ErrorCode.PROVIDER_NOT_CONFIGURED: ErrorSpec(400, "The provider is not configured"),
    ErrorCode.SECRETS_UNREADABLE: ErrorSpec(500, "The stored credentials cannot be read; ask the operator"),
    ErrorCode.PHONE_NUMBER_NOT_FOUND: ErrorSpec(404, "Phone number not found"),
    ErrorCode.PHONE_NUMBER_CHANGED: ErrorSpec(409, "This phone number is being changed by another request; try again"),
    ErrorCode.WEBHOOK_NOT_FOUND: ErrorSpec(404, "Webhook not found"),
    ErrorCode.TOO_MANY_WEBHOOKS: ErrorSpec(409, "The organization has as many webhooks as it may have"),
    ErrorCode.WEBHOOK_DISABLED: ErrorSpec(409, "The webhook is disabled: enable it first"),
    ErrorCode.WEBHOOK_ROTATED: ErrorSpec(409, "The secret was replaced a while ago, and the one before it signs still"),
    ErrorCode.API_KEY_NOT_FOUND: ErrorSpec(404, "API key not found"),
    ErrorCode.API_KEY_ENDED: ErrorSpec(409, "The API key is revoked, expired, or replaced already"),
    ErrorCode.TAG_NOT_FOUND: ErrorSpec(404, "Tag not found"),
    ErrorCode.TAG_EXISTS: ErrorSpec(409, "There is a tag of this name already, perhaps an archived one"),
    ErrorCode.DISPOSITION_NOT_FOUND: ErrorSpec(404, "Disposition not found"),
    ErrorCode.DISPOSITION_EXISTS: ErrorSpec(
        409, "There is a disposition of this name already, perhaps an archived one"
    ),
    ErrorCode.TOO_MANY_LABELS: ErrorSpec(409, "The organization has as many of these as it may have"),
    ErrorCode.SCORECARD_NOT_FOUND: ErrorSpec(404, "Scorecard not found"),
    ErrorCode.SCORECARD_EXISTS: ErrorSpec(409, "There is a scorecard of this name already, perhaps an archived one"),
    ErrorCode.TOO_MANY_SCORECARDS: ErrorSpec(409, "The organization has as many scorecards as it may have"),
    ErrorCode.SCORE_NOT_FOUND: ErrorSpec(404, "Score not found"),
    ErrorCode.QUEUE_NOT_FOUND: ErrorSpec(404, "Listening queue not found"),
    ErrorCode.QUEUE_EXISTS: ErrorSpec(409, "There is a listening queue of this name already, perhaps an archived one"),
    ErrorCode.TOO_MANY_QUEUES: ErrorSpec(409, "The organization has as many listening queues as it may have"),
    ErrorCode.SYNC_IN_PROGRESS: ErrorSpec(409, "This is being synced by another request already; try again"),
    ErrorCode.SCHEDULED_CALL_NOT_FOUND: ErrorSpec(404, "Scheduled call not found"),
    ErrorCode.SCHEDULED_CALL_BEGUN: ErrorSpec(409, "The call is being made, or is over: it stays as it is"),
    ErrorCode.SCHEDULE_EXPIRED: ErrorSpec(409, "The time within which the call was to be made is over"),
    ErrorCode.TOO_MANY_SCHEDULED_CALLS: ErrorSpec(409, "The organization has as many calls planned as it may have"),
    ErrorCode.REMINDER_NOT_FOUND: ErrorSpec(404, "Reminder not found"),
    ErrorCode.TOO_MANY_REMINDERS: ErrorSpec(409, "You have as many reminders to come as one may have"),
    ErrorCode.CHANNEL_NOT_AVAILABLE: ErrorSpec(400, "Reminders cannot be sent by this channel"),
    ErrorCode.TRANSFER_NOT_FOUND: ErrorSpec(404, "Transfer not found"),
    ErrorCode.TRANSFER_OVER: ErrorSpec(409, "The transfer is not offered to you any more"),
    ErrorCode.EXPORT_NOT_FOUND: ErrorSpec(404, "Export not found"),
    ErrorCode.CALL_NOT_ENDED: ErrorSpec(409, "The call has not ended"),
    ErrorCode.NOTHING_TO_REDACT: ErrorSpec(409, "Your organization keeps everything: choose what is not kept first"),
    ErrorCode.REDACTION_UNDER_WAY: ErrorSpec(409, "Old calls are being redacted by another choice: cancel that first"),
    ErrorCode.REDACTION_NOT_FOUND: ErrorSpec(404, "Redaction not found"),
    ErrorCode.LEGAL_HOLD: ErrorSpec(409, "A legal hold keeps it from being erased"),
    ErrorCode.HOLD_NOT_FOUND: ErrorSpec(404, "Legal hold not found"),
    ErrorCode.TOO_MANY_HOLDS: ErrorSpec(409, "Too many legal holds are placed; release some of them first"),
    ErrorCode.PRIVACY_REQUEST_NOT_FOUND: ErrorSpec(404, "Privacy request not found"),
    ErrorCode.PRIVACY_REQUEST_UNFINISHED: ErrorSpec(409, "The privacy request is not finished"),
    ErrorCode.TOO_MANY_PRIVACY_REQUESTS: ErrorSpec(409, "Too many privacy requests are unfinished"),
    ErrorCode.TOO_MANY_EXPORTS: ErrorSpec(409, "The organization's other exports are to be finished first"),
    ErrorCode.EXPORT_TOO_LARGE: ErrorSpec(413, "The export has more rows than one may have; narrow the filter"),
    ErrorCode.EXPORT_NOT_STORED: ErrorSpec(500, "The file could not be stored; ask for it again later"),
}


def message_of(code: str) -> str:
    """What a code that was kept says; itself, where it is none of those of today."""
    return ERRORS[ErrorCode(code)].message if code in set(ErrorCode) else code


@dataclass(frozen=True)
class Detail:
    """One fault of a request: the path of the field on the wire (`transcript[3].role`) and a sentence."""

    path: str
    message: str


class TetherError(Exception):
    """A failure with a stable code; the edge renders it in the envelope of its API.

    `message` must be safe to show to the client: no secret, no internals, no other person's telephone number.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str | None = None,
        *,
        details: Sequence[Detail] = (),
        retry_after: int | None = None,
        status: int | None = None,
        more: Mapping[str, object] | None = None,
    ) -> None:
        self.code = code
        # What the frontends' envelope has beside the sentence, by its names on the wire.
        self.more = dict(more or {})
        # The code's own, unless the contract of one endpoint has it otherwise.
        self.status = status or ERRORS[code].status
        self.message = message or ERRORS[code].message
        self.details = tuple(details)
        self.retry_after = retry_after
        super().__init__(self.message)

    @staticmethod
    def of_field(path: str, message: str) -> TetherError:
        """VALIDATION_ERROR for one field, by its path on the wire; "" where it is none of the fields."""
        return TetherError.of_fields([Detail(path, message)])

    @staticmethod
    def of_fields(details: Sequence[Detail]) -> TetherError:
        """VALIDATION_ERROR for several fields; its sentence names each fault with its path."""
        faults = (f"{detail.path}: {detail.message}" if detail.path else detail.message for detail in details)
        return TetherError(ErrorCode.VALIDATION_ERROR, "; ".join(faults), details=details)
