"""How far a text has come: told by the carrier's answer and by its reports, in any order and any number of times."""

from __future__ import annotations

from typing import Final

from calls.events import message_sent, message_status
from calls.models import OutgoingText
from calls.providers.texts import NOT_DELIVERED, RANKS, TextProblem, TextStatus
from contacts.models import DoNotCallSource
from contacts.services.do_not_call import add_to_do_not_call
from conversations.models import Message
from tether_calls.realtime.events import publish

_UNTOLD: Final = ("", TextProblem.PROVIDER_ERROR)


def follow_text(
    *,
    organization_id: str,
    message_id: str,
    status: TextStatus | None,
    provider_message_id: str = "",
    problem: TextProblem | None = None,
    provider_code: str = "",
) -> Message:
    """Bring a text up to date; it never goes back. Within a transaction. Raises Message.DoesNotExist.

    One statement, where it changes nothing; three where it does. Who has opted out at the carrier is on the Do Not Call
    list from then on, whatever else is told of the text before or after.
    """
    messages = Message.objects.of_organization(organization_id).select_for_update(no_key=True)
    message = messages.get(pk=message_id)
    is_opt_out = problem is TextProblem.OPTED_OUT and message.error_code != problem
    changed = set()
    if provider_message_id and not message.provider_message_id:
        message.provider_message_id = provider_message_id
        changed.add("provider_message_id")
    is_further = status is not None and RANKS[status] > RANKS[TextStatus(message.status)]
    if is_further and status is not None:
        message.status = status
        changed.add("status")
        if status not in NOT_DELIVERED:
            # A text that arrives after all has no error any more.
            message.error_code, message.provider_code = "", ""
            changed |= {"error_code", "provider_code"}
    is_reason = problem is not None and _tells_more(message, problem, is_further=is_further)
    if is_reason and problem is not None:
        message.error_code, message.provider_code = problem, provider_code[:40]
        changed |= {"error_code", "provider_code"}
    if changed:
        message.save(update_fields=sorted(changed))
    # By what the carrier calls it, which it tells once: in its answer, or in a report that is faster.
    events = [message_sent(message)] if "provider_message_id" in changed and problem is None else []
    events += [message_status(message)] if is_further or is_reason else []
    if events:
        publish(organization_id=organization_id, call_id=None, events=events)
    if is_opt_out:
        # The number that it went to, which may be the contact's no more.
        texts = OutgoingText.objects.of_organization(organization_id).filter(message=message)
        add_to_do_not_call(
            organization_id=organization_id,
            phone_number=texts.values_list("to_number", flat=True).first() or message.contact.phone_number,
            source=DoNotCallSource.SMS,
            reason="Has opted out of texts at the carrier",
        )
    return message


def _tells_more(message: Message, problem: TextProblem, *, is_further: bool) -> bool:
    """Whether this is the reason to keep: of reports in any order the one that knows it, not the one that came last.

    An opt-out stays, so that it is known when it is told once more.
    """
    if message.status not in NOT_DELIVERED or message.error_code in (problem, TextProblem.OPTED_OUT):
        return False
    if problem is TextProblem.OPTED_OUT:
        return True
    return message.error_code in _UNTOLD or (is_further and problem not in _UNTOLD)
