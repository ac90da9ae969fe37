"""A text that is to be sent: its rows, before any network, in the transaction that decides on it."""

from __future__ import annotations

from django.conf import settings

from calls.events import new_message
from calls.models import OutgoingText, TextPurpose
from calls.models.delivery import Delivery
from calls.providers.texts import TextStatus
from calls.providers.verdicts import Verdict
from calls.selectors.texts.line import TextLine
from calls.services.texts.seal import digest_of, sealed
from calls.services.texts.text_limit import check_text_limit
from contacts.models import Contact
from conversations.models import Direction
from conversations.services import find_or_create_conversation, leave_text
from tether_calls.background.wake import wake
from tether_calls.common.errors import TetherError
from tether_calls.common.redacted_kinds import NONE
from tether_calls.common.redaction.mask import redacted_text
from tether_calls.common.statements import after_commit, insert
from tether_calls.common.text_parts import text_parts
from tether_calls.realtime.events import publish

# Of UTF-16: what every carrier takes. It goes in 11 parts, or in 24 where a character is not of the GSM alphabet.
TEXT_MAX = 1_600
_WEBHOOKS = "/api/webhook/"


def check_content(content: str, *, path: str = "content") -> None:
    """Raises VALIDATION_ERROR for what no carrier takes."""
    if not content.strip():
        raise TetherError.of_field(path, "This field may not be blank.")
    units = len(content.encode("utf-16-be", "surrogatepass")) // 2
    if units > TEXT_MAX:
        parts = text_parts(content).parts
        sentence = f"A text has at most {TEXT_MAX} characters; this one has {units}, and would go in {parts} parts"
        raise TetherError.of_field(path, sentence)


def queue_text(
    *,
    organization_id: str,
    contact: Contact,
    content: str,
    line: TextLine,
    purpose: TextPurpose,
    sent_by: str = "",
    user_id: str | None = None,
    call_id: str | None = None,
    reminder_id: str | None = None,
    reports_to: str | None = None,
    idempotency_key: str | None = None,
    digest: str = "",
    is_sent_here: bool = False,
) -> OutgoingText:
    """The text's message and how it gets to its carrier. Within a transaction; seven statements, eight without
    `reports_to`.

    Its message, which is what is kept, shows nothing that the organization does not keep; all of it is sent, and lies
    encrypted until then. A job sends it soon, unless it `is_sent_here`: by whoever asks, after the commit. The other
    rules of texts have been asked before. Raises TEXT_LIMIT_REACHED; IntegrityError where there is a text already with
    this key, of this reminder, or after this missed call.
    """
    # Answers to keywords are ours.
    kinds = NONE if purpose == TextPurpose.KEYWORD else check_text_limit(organization_id).redacts
    shown = redacted_text(content, kinds)
    conversation = find_or_create_conversation(
        organization_id=organization_id,
        user_id=user_id,
        contact_id=contact.pk,
        channel_identifier=line.phone_number,
    )
    counted = text_parts(content)
    message = leave_text(
        organization_id=organization_id,
        conversation_id=conversation.pk,
        contact_id=contact.pk,
        content=shown,
        direction=Direction.OUTBOUND,
        status=TextStatus.QUEUED,
        provider=line.account.provider,
        encoding=counted.encoding,
        parts=counted.parts,
        sent_by=sent_by,
        is_ai_generated=purpose == TextPurpose.TOOL,
    )
    text = OutgoingText(
        organization_id=organization_id,
        message=message,
        purpose=purpose,
        provider=line.account.provider,
        from_number=line.phone_number,
        to_number=contact.phone_number,
        sealed="" if shown == content else sealed(content),
        shown_digest="" if shown == content else digest_of(organization_id, content),
        reports_to=reports_to or _known_address(organization_id, line.account.provider),
        call_id=call_id,
        reminder_id=reminder_id,
        user_id=user_id,
        idempotency_key=idempotency_key,
        digest=digest,
    )
    insert(text)
    publish(organization_id=organization_id, call_id=None, events=[new_message(message)])
    if not is_sent_here:
        after_commit(_wake_jobs)
    return text


def _known_address(organization_id: str, provider: str) -> str:
    """Where the carrier reaches us: as it did last, if no setting says so."""
    if settings.PUBLIC_BASE_URL:
        return str(settings.PUBLIC_BASE_URL)
    deliveries = Delivery.objects.of_organization(organization_id).filter(provider=provider, verdict=Verdict.VALID)
    url = deliveries.order_by("-id").values_list("url", flat=True).first() or ""
    return url.partition(_WEBHOOKS)[0] if _WEBHOOKS in url else ""


def _wake_jobs() -> None:
    for name in settings.TETHER_JOBS_WOKEN_BY_TEXTS:
        wake(name)
