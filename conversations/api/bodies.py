"""What the endpoints of conversations are sent."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from tether_calls.common.bodies import Body
from tether_calls.common.fields import object_id
from tether_calls.common.pagination import PagedBody


class ConversationsRequest(PagedBody, kw_only=True):
    """Whose conversations, and which page of them."""

    example: ClassVar[dict[str, Any]] = {"contactId": "64f0a1b2c3d4e5f6a7b8c9d0", "page": 1, "size": 10}

    contact_id: Annotated[str, object_id()]


class ConversationResolveRequest(Body):
    """Resolved, or open again."""

    example: ClassVar[dict[str, Any]] = {"isResolved": True}

    is_resolved: bool
