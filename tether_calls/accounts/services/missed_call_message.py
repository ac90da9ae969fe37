"""What an organization writes to those whose calls it has missed: a template whose values are data."""

from __future__ import annotations

import re
from typing import Final

from django.db import transaction
from django.utils import timezone

from tether_calls.accounts.models import Organization, User
from tether_calls.common.errors import ErrorCode, TetherError

MESSAGE_MAX: Final = 500
PLACEHOLDERS: Final = ("contactName", "agentName")
_PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_LONGEST_NAME: Final = 60
# With names in the place of placeholders: what every carrier takes.
_LONGEST: Final = 1_600


def fault_of_message(message: str) -> str | None:
    """What is wrong with a template, as a sentence."""
    unknown = sorted(set(_PLACEHOLDER.findall(message)) - set(PLACEHOLDERS))
    known = " and ".join(f"{{{{{name}}}}}" for name in PLACEHOLDERS)
    if unknown:
        return f"{{{{{unknown[0][:50]}}}}} is no placeholder; there are {known}"
    rest = _PLACEHOLDER.sub("", message)
    return f"Braces that are no placeholder; there are {known}" if "{{" in rest or "}}" in rest else None


def filled_in(message: str, *, contact_name: str, agent_name: str) -> str:
    """The message for one person. What a name holds is not read again: braces in it are braces.

    A name that is not known is left out, with the blank before it.
    """
    values = dict(zip(PLACEHOLDERS, (_in_one_line(contact_name), _in_one_line(agent_name)), strict=True))
    text = _PLACEHOLDER.sub(lambda found: values.get(found[1]) or "\0", message)
    text = re.sub(r"[ \t]*\0", "", text).strip()
    # Of UTF-16; an emoji that is cut in half is left out.
    return text.encode("utf-16-le")[: 2 * _LONGEST].decode("utf-16-le", "ignore")


@transaction.atomic
def set_missed_call_message(
    *, user: User, organization_id: str, message: str | None = None, is_enabled: bool | None = None
) -> Organization:
    """Say what is sent to who has called in vain, and whether it is: of calls from now on. What is None stays.

    `message` is without fault. Two statements. Raises NOT_FOUND for another organization than the user's,
    VALIDATION_ERROR.
    """
    if organization_id != user.organization_id:
        raise TetherError(ErrorCode.NOT_FOUND)
    organization = Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    if message is not None:
        organization.missed_call_message = message
    if is_enabled is not None:
        since = organization.missed_calls_texted_since or timezone.now()
        organization.missed_calls_texted_since = since if is_enabled else None
    if organization.missed_calls_texted_since is not None and not organization.missed_call_message:
        raise TetherError.of_field("missedCallMessage", "There is no message to be sent")
    organization.save(update_fields=["missed_call_message", "missed_calls_texted_since"])
    return organization


def _in_one_line(name: str) -> str:
    return " ".join(name.split())[:_LONGEST_NAME]
