"""What the endpoint of texts is sent, and what it answers."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from calls.services.texts.queue_text import TEXT_MAX
from conversations.documents import MessageDocument
from tether_calls.common.bodies import Body
from tether_calls.common.fields import object_id, text
from tether_calls.common.wire import UNSET, UnsetType, WireStruct


class MessageSendRequest(Body):
    """A text to a contact."""

    example: ClassVar[dict[str, Any]] = {
        "contactId": "64f0a1b2c3d4e5f6a7b8c9d0",
        "content": "Your appointment is on Monday at 14:30.",
    }

    contact_id: Annotated[str, object_id()]
    content: Annotated[
        str, text(description=f"At most {TEXT_MAX} characters of UTF-16.", schema={"maxLength": TEXT_MAX})
    ]
    conversation_id: (
        Annotated[str, object_id(description="From the number of this conversation with the contact.")] | UnsetType
    ) = UNSET


class MessageSentResponse(WireStruct):
    """The text as it is now; `deduplicated`: an earlier request has sent it."""

    success: Literal[True]
    message: str
    data: MessageDocument
    deduplicated: bool
