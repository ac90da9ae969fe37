"""Views that users of the admin have saved of its lists: each user has their own, and sees no others."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from tether_calls.accounts.models import SavedView, User
from tether_calls.accounts.models.saved_view import MAX_QUERY
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.transactions import unique_or_refuse

# Of one list: who has more of them no longer finds any.
MOST_VIEWS: Final = 50
_MAX_NAME: Final = 60


def views_of(user: User, *, of_list: str) -> list[SavedView]:
    """The user's views of a list, which is called `app.model`, by name. One statement."""
    return list(_views(user, of_list).order_by("name", "pk"))


@transaction.atomic
def save_view(*, user: User, of_list: str, name: str, query: str, is_default: bool) -> SavedView:
    """Save what an address of the list asks for; under a name that there is already, it takes the place of that.

    Raises VALIDATION_ERROR.
    """
    name = _checked_name(name)
    if len(query) > MAX_QUERY:
        raise TetherError.of_field("", "There are too many filters to be saved")
    # wall: the user's own row, so that their requests take turns
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    views = _views(user, of_list)
    view = views.filter(name=name).first()
    if view is None and views.count() >= MOST_VIEWS:
        raise TetherError.of_field("", f"There are {MOST_VIEWS} views of this list: delete one first")
    if is_default:
        views.filter(is_default=True).update(is_default=False)
    if view is None:
        return user.saved_views.create(list=of_list, name=name, query=query, is_default=is_default)
    view.query, view.is_default = query, is_default or view.is_default
    view.save(update_fields=["query", "is_default"])
    return view


def rename_view(*, user: User, of_list: str, view_id: str, name: str) -> None:
    """Raises VALIDATION_ERROR, also where another view has the name."""
    name = _checked_name(name)
    view = _view(user, of_list, view_id)
    if _views(user, of_list).filter(name=name).exclude(pk=view.pk).exists():
        raise TetherError.of_field("", "There is a view of this name")
    with unique_or_refuse(ErrorCode.VALIDATION_ERROR):
        _views(user, of_list).filter(pk=view.pk).update(name=name)


@transaction.atomic
def choose_default(*, user: User, of_list: str, view_id: str | None) -> None:
    """Have the list open with this view, or with everything. Raises VALIDATION_ERROR."""
    # wall: the user's own row, so that their requests take turns
    User.objects.select_for_update(no_key=True).get(pk=user.pk)
    chosen = None if view_id is None else _view(user, of_list, view_id)
    _views(user, of_list).filter(is_default=True).update(is_default=False)
    if chosen is not None:
        _views(user, of_list).filter(pk=chosen.pk).update(is_default=True)


def delete_view(*, user: User, of_list: str, view_id: str) -> None:
    """Raises VALIDATION_ERROR."""
    _view(user, of_list, view_id).delete()


def _views(user: User, of_list: str) -> QuerySet[SavedView]:
    return user.saved_views.filter(list=of_list)


def _view(user: User, of_list: str, view_id: str) -> SavedView:
    view = _views(user, of_list).filter(pk=view_id).first()
    if view is None:
        raise TetherError.of_field("", "There is no such view")
    return view


def _checked_name(name: str) -> str:
    name = " ".join(name.replace("\0", "").split())
    if not name or len(name) > _MAX_NAME:
        raise TetherError.of_field("", f"A view needs a name of at most {_MAX_NAME} letters")
    return name
