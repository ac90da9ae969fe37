"""What can be done with several calls of the list at once: tags, a disposition, the star."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminRadioSelectWidget

from calls.models import Call, Disposition, Tag
from calls.models.label import tags_of
from calls.selectors.review.labels import labels
from calls.services.review.review_call import CallReview
from calls.services.review.review_calls import MOST_AT_ONCE, review_calls
from tether_calls.common.admin import TetherAdmin
from tether_calls.common.errors import TetherError

_NONE = "none"
_APPLY = "apply"

Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Choosing:
    """What is asked before it is done: the question, what there is to choose from, and what the choice means."""

    title: str
    button: str
    choices: Callable[[str, Sequence[Call]], Choices]
    changes: Callable[[list[str]], CallReview]
    is_one: bool = False


def _tags_to_put(organization_id: str, calls: Sequence[Call]) -> Choices:
    return [(tag.pk, tag.name) for tag in labels(Tag, organization_id=organization_id)]


def _tags_there(organization_id: str, calls: Sequence[Call]) -> Choices:
    # wall: of calls of the organization
    found = {tag.pk: tag for tags in tags_of(call.tag_ids for call in calls).values() for tag in tags}
    return [(tag.pk, tag.name) for tag in sorted(found.values(), key=lambda tag: tag.key)]


def _dispositions(organization_id: str, calls: Sequence[Call]) -> Choices:
    known = labels(Disposition, organization_id=organization_id)
    return [*((each.pk, each.name) for each in known), (_NONE, "None: take it off")]


_CHOOSING: Mapping[str, Choosing] = {
    "tag_calls": Choosing("Tag calls", "Tag", _tags_to_put, lambda ids: {"added_tags": ids}),
    "untag_calls": Choosing("Take tags off calls", "Take off", _tags_there, lambda ids: {"removed_tags": ids}),
    "dispose_of_calls": Choosing(
        "Disposition of calls",
        "Set",
        _dispositions,
        lambda ids: {"disposition": None if ids[0] == _NONE else ids[0]},
        is_one=True,
    ),
}


class BulkReview(TetherAdmin):
    """The actions of the list; the rules are the service's, and each call tells of its change by itself."""

    actions = ("tag_calls", "untag_calls", "dispose_of_calls", "star_calls", "unstar_calls")

    @admin.action(description="Tag …")
    def tag_calls(self, request: HttpRequest, queryset: QuerySet[Call]) -> HttpResponse | None:
        return self._choose(request, queryset, "tag_calls")

    @admin.action(description="Take tags off …")
    def untag_calls(self, request: HttpRequest, queryset: QuerySet[Call]) -> HttpResponse | None:
        return self._choose(request, queryset, "untag_calls")

    @admin.action(description="Set the disposition …")
    def dispose_of_calls(self, request: HttpRequest, queryset: QuerySet[Call]) -> HttpResponse | None:
        return self._choose(request, queryset, "dispose_of_calls")

    @admin.action(description="Star")
    def star_calls(self, request: HttpRequest, queryset: QuerySet[Call]) -> None:
        self._review(request, _chosen(request, queryset), {"is_starred": True})

    @admin.action(description="Take the star off")
    def unstar_calls(self, request: HttpRequest, queryset: QuerySet[Call]) -> None:
        self._review(request, _chosen(request, queryset), {"is_starred": False})

    def _choose(self, request: HttpRequest, queryset: QuerySet[Call], action: str) -> HttpResponse | None:
        """Ask, or do it where the answer has come."""
        calls, asking = _chosen(request, queryset), _CHOOSING[action]
        organizations = {call.organization_id for call in calls}
        if len(organizations) > 1:
            messages.error(request, "These calls are of several organizations, each of which has labels of its own.")
            return None
        if not calls:
            return None
        choices = asking.choices(organizations.pop(), calls)
        form = _form(asking, choices, request.POST if _APPLY in request.POST else None)
        if form.is_valid():
            chosen = form.cleaned_data["labels"]
            self._review(request, calls, asking.changes([chosen] if asking.is_one else chosen))
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": asking.title,
            "asking": asking,
            "form": form,
            "has_choices": bool(choices),
            "action": action,
            "ids_name": ACTION_CHECKBOX_NAME,
            "calls": calls,
            "back": request.get_full_path(),
        }
        return TemplateResponse(request, "admin/calls/call/review_calls.html", context)

    def _review(self, request: HttpRequest, calls: Sequence[Call], changes: CallReview) -> None:
        done, refused = 0, dict[str, int]()
        by_organization: dict[str, list[str]] = {}
        for call in calls:
            by_organization.setdefault(call.organization_id, []).append(call.pk)
        try:
            for organization_id, call_ids in by_organization.items():
                reviewed = review_calls(organization_id=organization_id, call_ids=call_ids, changes=changes)
                done += reviewed.calls
                for message, count in reviewed.refused.items():
                    refused[message] = refused.get(message, 0) + count
        except TetherError as error:
            messages.error(request, f"{error.message}.")
            return
        if done:
            messages.success(request, f"Done with {_calls(done)}.")
        for message, count in refused.items():
            messages.error(request, f"Not with {_calls(count)}: {message}.")


def _chosen(request: HttpRequest, queryset: QuerySet[Call]) -> list[Call]:
    """The calls that are marked; of more than may be changed at once none, of which the user is told."""
    calls = list(queryset[: MOST_AT_ONCE + 1])
    if len(calls) > MOST_AT_ONCE:
        messages.error(request, f"At most {MOST_AT_ONCE} calls at once. Filter the list, or do it page by page.")
        return []
    return calls


def _form(asking: Choosing, choices: Choices, data: Any) -> forms.Form:
    field: forms.Field
    if asking.is_one:
        field = forms.ChoiceField(choices=list(choices), label="", widget=UnfoldAdminRadioSelectWidget)
    else:
        field = forms.MultipleChoiceField(
            choices=list(choices), label="", widget=UnfoldAdminCheckboxSelectMultipleWidget
        )
    form = forms.Form(data)
    form.fields["labels"] = field
    return form


def _calls(count: int) -> str:
    return f"{count} call{'' if count == 1 else 's'}"
