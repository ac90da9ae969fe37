"""On the page of a call: its tags, disposition, star and opt-out are changed, and notes of it are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern
from django.views.decorators.http import require_POST

from calls.admin.review.heard import heard_box
from calls.admin.review.labels_box import changes_of, labels_box
from calls.admin.review.opt_out_box import opt_out_box
from calls.admin.review.queue_box import queue_box
from calls.admin.review.score_box import answers_of, score_box
from calls.models import Call
from calls.services.review.hear_call import hear_call
from calls.services.review.opt_outs import undo_opt_out
from calls.services.review.review_call import review_call
from calls.services.review.score_call import delete_score, score_call
from calls.services.review.write_note import write_note
from contacts.admin.notes import NOTES_MAX, NotesOnPage
from contacts.models import ContactNote
from contacts.selectors.notes import notes_of_call
from tether_calls.accounts.models import User
from tether_calls.accounts.roles import may_undo_opt_out
from tether_calls.common.admin import refuse_nul
from tether_calls.common.admin.display import page_of
from tether_calls.common.errors import TetherError

_LABELS, _HEARD, _SCORE, _OPT_OUT = (
    f"admin/calls/call/{name}.html" for name in ("labels", "heard", "score", "opt_out")
)


class ReviewOnCall(NotesOnPage):
    """What the page of a call has of those who judge it."""

    names_calls = False

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        return [
            self._route("review/", "review", require_POST(self.review_view)),
            self._route("heard/", "heard", require_POST(self.heard_view)),
            self._route("score/", "score", require_POST(self.score_view)),
            self._route("not-opted-out/", "not_opted_out", require_POST(self.undo_opt_out_view)),
            *urls,
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        call: Call = context["original"]
        user: Any = request.user
        context |= {
            "labels_box": labels_box(call),
            "opt_out": opt_out_box(call, may_undo=may_undo_opt_out(user)),
            "heard_box": heard_box(call, user),
            "score_box": score_box(call, user),
            "queue_box": queue_box(call, user),
        }
        return super().render_change_form(request, context, *args, **kwargs)

    def review_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Change tags, disposition or star."""

        def change(call: Call, _user: User) -> None:
            review_call(organization_id=call.organization_id, call_id=call.pk, changes=changes_of(request))

        return self._judge(request, object_id, change, _LABELS, lambda call, _user: {"labels_box": labels_box(call)})

    def score_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Keep the user's score, or take it back."""

        def score(call: Call, user: User) -> None:
            if "delete" in request.POST:
                delete_score(user=user, organization_id=call.organization_id, call_id=call.pk)
                return
            score_call(
                user=user,
                organization_id=call.organization_id,
                call_id=call.pk,
                scorecard_id=request.POST.get("scorecard", ""),
                answers=answers_of(request),
                comment=request.POST.get("comment", "").strip(),
            )

        return self._judge(request, object_id, score, _SCORE, lambda call, user: {"score_box": score_box(call, user)})

    def undo_opt_out_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """That the customer wants no more calls was not meant so."""

        def undo(call: Call, user: User) -> None:
            undo_opt_out(user=user, organization_id=call.organization_id, call_id=call.pk)
            messages.success(request, "It does not count any more that the customer wants no calls.")

        def box(call: Call, user: User) -> dict[str, Any]:
            return {"opt_out": opt_out_box(call, may_undo=may_undo_opt_out(user))}

        return self._judge(request, object_id, undo, _OPT_OUT, box)

    def _judge(
        self,
        request: HttpRequest,
        object_id: str,
        what: Callable[[Call, User], None],
        template: str,
        box: Callable[[Call, User], dict[str, Any]],
    ) -> HttpResponseBase:
        """Do it, then answer with the box as it is now: to HTMX as a part of the page, else as the page."""
        refuse_nul(request)
        call: Call | None = self.get_object(request, object_id)
        if call is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        user: Any = request.user
        error = ""
        try:
            what(call, user)
        except TetherError as refused:
            error = f"{refused.message}."
        if "HX-Request" in request.headers:
            call = self.get_object(request, object_id) or call
            answer = TemplateResponse(request, template, {**box(call, user), "error": error})
            if error:
                # A form that stays in the page when it is kept (labels.html) shows what is kept, when it is refused.
                answer["HX-Reswap"] = "outerHTML"
            return answer
        if error:
            messages.error(request, error)
        return HttpResponseRedirect(page_of(call))

    def heard_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Note that the user has listened, then answer with who has."""
        refuse_nul(request)
        call: Call | None = self.get_object(request, object_id)
        if call is None:
            return HttpResponse(status=404)
        user: Any = request.user
        hear_call(user=user, organization_id=call.organization_id, call_id=call.pk)
        return TemplateResponse(request, _HEARD, {"heard_box": heard_box(call, user)})

    # ---- Notes -------------------------------------------------------------------------------------------------

    def notes_of(self, row: Call, user: User) -> Sequence[ContactNote]:
        return notes_of_call(organization_id=row.organization_id, call_id=row.pk, most=NOTES_MAX)

    def may_note(self, row: Call) -> bool:
        return row.contact_id is not None

    def write(self, row: Call, *, user: User, note: str, mentions: Sequence[str]) -> object:
        if row.contact_id is None:
            raise TetherError.of_field("note", "The call has no contact that it could be of")
        return write_note(
            user=user,
            organization_id=row.organization_id,
            contact_id=row.contact_id,
            note=note,
            mentions=mentions,
            call_id=row.pk,
        )
