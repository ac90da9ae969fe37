"""Texts of an organization, in all of its conversations."""

from __future__ import annotations

from conversations.models import ChannelType, Message
from tether_calls.common.errors import ErrorCode
from tether_calls.common.pagination import Page, Paging, page_of
from tether_calls.common.querysets import OrganizationQuerySet


def texts_page(
    *, organization_id: str, contact_id: str | None, direction: str | None, status: str | None, paging: Paging
) -> Page[Message]:
    """One page, newest first, with contact and conversation; what is not given filters nothing. Two statements."""
    texts = _texts(organization_id)
    given = {"contact_id": contact_id, "direction": direction, "status": status}
    texts = texts.filter(**{name: value for name, value in given.items() if value is not None})
    return page_of(texts.order_by("-id"), paging)


def text_of(*, organization_id: str, message_id: str) -> Message:
    """One of them. One statement. Raises MESSAGE_NOT_FOUND."""
    return _texts(organization_id).get_or_refuse(ErrorCode.MESSAGE_NOT_FOUND, pk=message_id)


def _texts(organization_id: str) -> OrganizationQuerySet[Message]:
    texts = Message.objects.of_organization(organization_id).filter(channel_type=ChannelType.SMS)
    return texts.select_related("contact", "conversation")
