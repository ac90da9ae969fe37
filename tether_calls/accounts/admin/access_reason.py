"""The page between: staff of the platform say why they need what an organization's people and callers have said."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views.decorators.cache import never_cache
from unfold.widgets import UnfoldAdminTextareaWidget

from tether_calls.accounts.models import Organization
from tether_calls.accounts.roles import is_platform_staff
from tether_calls.accounts.staff_reasons import LEAST, MOST, keep_reason, reason_of
from tether_calls.common.admin import refuse_nul
from tether_calls.common.object_id import is_object_id

_NEXT = "next"


class ReasonForm(forms.Form):
    reason = forms.CharField(
        max_length=MOST,
        widget=UnfoldAdminTextareaWidget(attrs={"autofocus": True, "rows": 3}),
        help_text="Such as the number of the ticket, and what is to be found out.",
    )

    def clean_reason(self) -> str:
        reason = reason_of(self.cleaned_data["reason"])
        if not reason:
            raise forms.ValidationError(f"In {LEAST} to {MOST} letters.")
        return reason


def address_of_reason(request: HttpRequest, *, organization_id: str) -> str:
    """Where it is said, and from where it leads back: to the same page; after a form, to where the form was."""
    back = request.get_full_path() if request.method in ("GET", "HEAD") else request.headers.get("Referer", "")
    query = urlencode({"organization": organization_id, _NEXT: _of_the_admin(request, back)})
    return f"{reverse('admin:accounts_user_access_reason')}?{query}"


@never_cache
def access_reason_view(request: HttpRequest) -> HttpResponseBase:
    """Ask, or keep what was said and lead back."""
    refuse_nul(request)
    user: Any = request.user
    if not is_platform_staff(user):
        raise PermissionDenied
    organization_id = request.GET.get("organization", "")
    organization = Organization.objects.filter(pk=organization_id).first() if is_object_id(organization_id) else None
    if organization is None:
        raise Http404
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        keep_reason(request.session, organization_id=organization.pk, reason=form.cleaned_data["reason"])
        return HttpResponseRedirect(_of_the_admin(request, request.GET.get(_NEXT, "")))
    context = {
        **admin.site.each_context(request),
        "title": "Why do you need this?",
        "organization": organization,
        "form": form,
    }
    return TemplateResponse(request, "admin/accounts/user/access_reason.html", context)


def _of_the_admin(request: HttpRequest, address: str) -> str:
    """The address, where it is one of our own admin; else its first page."""
    is_ours = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    path = address.removeprefix(f"{request.scheme}://{request.get_host()}")
    return path if is_ours and path.startswith(reverse("admin:index")) else reverse("admin:index")
