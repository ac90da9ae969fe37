"""What the endpoints of conversations answer with; the documents are in `conversations.documents`."""

from __future__ import annotations

from typing import Literal

from conversations.documents import ConversationDocument, MessageDocument
from tether_calls.common.wire import WireStruct


class ConversationsPageResponse(WireStruct):
    """One page of conversations, that with the newest message first; `total` counts those of all pages."""

    success: Literal[True]
    conversations: list[ConversationDocument]
    total: int
    page: int
    size: int


class ConversationResponse(WireStruct):
    """One conversation."""

    success: Literal[True]
    conversation: ConversationDocument


class MessagesPageResponse(WireStruct):
    """One page of messages, newest first; `total` counts those of all pages."""

    success: Literal[True]
    messages: list[MessageDocument]
    total: int
    page: int
    size: int
