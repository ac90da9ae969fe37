"""What people make of a call, as its page shows and changes it: star, disposition, tags."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse

from calls.models import Call, Disposition, DispositionKind, Tag
from calls.services.review.review_call import CallReview
from tether_calls.common.errors import TetherError

# Where there are more, a box finds them by their names.
_FEW_TAGS = 15


@dataclass(frozen=True)
class Choice:
    id: str
    name: str
    is_on: bool
    color: str = ""


@dataclass
class Group:
    name: str
    choices: list[Choice] = field(default_factory=list)


@dataclass(frozen=True)
class LabelsBox:
    """`address`: where what is chosen is sent; a disposition has its kind as its group."""

    address: str
    is_starred: bool
    tags: list[Choice]
    dispositions: list[Group]
    has_many_tags: bool


def labels_box(call: Call) -> LabelsBox:
    """Two statements: what there is to choose from, and what is on the call though it is archived."""
    on_call = call.tag_ids.split()
    tags = Tag.objects.of_organization(call.organization_id).filter(Q(is_archived=False) | Q(pk__in=on_call))
    choices = [Choice(tag.pk, tag.name, tag.pk in on_call, tag.color) for tag in tags.order_by("key")]
    return LabelsBox(
        address=reverse("admin:calls_call_review", args=[call.pk]),
        is_starred=call.is_starred,
        # Those that it has come first.
        tags=sorted(choices, key=lambda choice: not choice.is_on),
        dispositions=_dispositions(call),
        has_many_tags=len(choices) > _FEW_TAGS,
    )


def _dispositions(call: Call) -> list[Group]:
    there = Q(is_archived=False) | Q(pk=call.disposition_id)
    groups = {kind.value: Group(str(kind.label)) for kind in DispositionKind}
    for each in Disposition.objects.of_organization(call.organization_id).filter(there).order_by("key"):
        groups[each.kind].choices.append(Choice(each.pk, each.name, each.pk == call.disposition_id))
    return [group for group in groups.values() if group.choices]


def changes_of(request: HttpRequest) -> CallReview:
    """What the box has sent: `part` says which part of it, as boxes that are not checked are not sent.

    Raises VALIDATION_ERROR.
    """
    match request.POST.get("part"):
        case "star":
            return {"is_starred": "is_starred" in request.POST}
        case "disposition":
            return {"disposition": request.POST.get("disposition") or None}
        case "tags":
            return {"tags": request.POST.getlist("tags")}
    raise TetherError.of_field("part", "star, disposition or tags")
