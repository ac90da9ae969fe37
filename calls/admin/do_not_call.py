"""On the page of a call: its customer is put on the Do Not Call list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from unfold.widgets import UnfoldAdminTextInputWidget

from calls.models import Call
from calls.services.review.opt_outs import mark_opt_out
from contacts.models import DoNotCallNumber
from contacts.selectors.do_not_call import do_not_call_entry
from tether_calls.common.admin import TetherAdmin, refuse_nul
from tether_calls.common.admin.display import page_of
from tether_calls.common.phone import canonical


class ReasonForm(forms.Form):
    reason = forms.CharField(
        required=False,
        max_length=DoNotCallNumber.REASON_MAX,
        initial="Asked not to be called",
        widget=UnfoldAdminTextInputWidget,
    )


class DoNotCallFromCall(TetherAdmin):
    """What the page of a call has of the Do Not Call list."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.do_not_call_view)
        urls: list[URLPattern] = super().get_urls()
        return [
            path("<path:object_id>/do-not-call/", view, name="calls_call_do_not_call"),
            *urls,
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        call: Call = context["original"]
        entry = _entry_of(call)
        context |= {
            "do_not_call": entry,
            "may_forbid": entry is None and self._may_forbid(request, call),
        }
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def do_not_call_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Ask for the reason, then record the customer's number."""
        refuse_nul(request)
        call: Call | None = self.get_object(request, object_id)
        if call is None or not self._may_forbid(request, call):
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        form = ReasonForm(request.POST if request.method == "POST" else None)
        if request.method != "POST" or not form.is_valid():
            return self._ask(request, call, form)
        user: Any = request.user
        is_new = _entry_of(call) is None
        reason = form.cleaned_data["reason"]
        mark_opt_out(user=user, organization_id=call.organization_id, call_id=call.pk, reason=reason)
        outcome = "is on the Do Not Call list from now on" if is_new else "was on the Do Not Call list already"
        messages.success(request, f"{call.customer_number} {outcome}.")
        return HttpResponseRedirect(page_of(call))

    def _may_forbid(self, request: HttpRequest, call: Call) -> bool:
        may_add: bool = admin.site.get_model_admin(DoNotCallNumber).has_add_permission(request)
        return may_add and canonical(call.customer_number) is not None

    def _ask(self, request: HttpRequest, call: Call, form: ReasonForm) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": "Do not call this number again",
            "call": call,
            "form": form,
            "back": page_of(call),
        }
        return TemplateResponse(request, "admin/calls/call/do_not_call.html", context)


def _entry_of(call: Call) -> DoNotCallNumber | None:
    return do_not_call_entry(organization_id=call.organization_id, phone_number=call.customer_number)
