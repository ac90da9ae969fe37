"""What the endpoints of conversations are sent."""

from __future__ import annotations

from typing import Annotated

from tether_calls.common.bodies import Body
from tether_calls.common.fields import object_id
from tether_calls.common.pagination import PagedBody


class ConversationsRequest(PagedBody, kw_only=True):
    """Whose conversations, and which page of them."""

    contact_id: Annotated[str, object_id()]


class ConversationResolveRequest(Body):
    """Resolved, or open again."""

    is_resolved: bool
