"""On the page of an agent: what it said before, how each version differs from the one before, and back to one."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from calls.models import Prompt, PromptVersion
from calls.selectors.agent_calls.prompts import versions_of
from calls.services.agent_calls.prompt_versions import Change, end_split, restore_version, split_calls
from calls.services.agent_calls.prompts import may_write_agents
from tether_calls.common.admin import StaffWho, TetherAdmin, refuse_nul
from tether_calls.common.admin.display import NOTHING, moment, page_of
from tether_calls.common.errors import TetherError

SHOWN = 30
# Of a text: comparing takes as long as the square of its words.
_COMPARED_WORDS = 4_000
_WORDS = re.compile(r"\s+|[^\s]+")
_FIELDS = (
    ("Instructions", "prompt"),
    ("Disclosure", "disclosure"),
    ("First message", "first_message"),
    ("Voice", "voice_id"),
    ("Language", "language"),
)
_WHO = StaffWho(may_write_agents)


class VersionsOnPage(TetherAdmin):
    """What the page of an agent has of versions."""

    change_form_template = "admin/calls/prompt/page.html"

    def get_urls(self) -> list[URLPattern]:
        urls: list[URLPattern] = super().get_urls()
        views = (("restore", self.restore_view), ("split", self.split_view))
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(require_POST(view)),
                name=f"calls_prompt_{name}",
            )
            for name, view in views
        ]
        return own + urls

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        prompt: Prompt | None = context.get("original")
        if prompt is not None:
            context["conflict"] = getattr(context["adminform"].form, "conflict", None)
            context["versions_box"] = _box(prompt, may_write=_WHO.includes(request.user))
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def restore_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Have the agent say again what it said in a version."""

        def restore(prompt: Prompt, user: Any) -> str:
            version = restore_version(
                organization_id=prompt.organization_id,
                prompt_id=prompt.pk,
                version_id=request.POST.get("version", ""),
                change=Change(by=user),
            )
            return f"Version {version.restored_from} is said again, as version {version.number}."

        return self._change(request, object_id, restore)

    def split_view(self, request: HttpRequest, object_id: str) -> HttpResponseBase:
        """Have two versions share the outbound calls, or one speak in all."""

        def split(prompt: Prompt, user: Any) -> str:
            ids = {"organization_id": prompt.organization_id, "prompt_id": prompt.pk}
            if "end" in request.POST:
                end_split(**ids, by=user)
                return "One version speaks in all calls."
            percent = request.POST.get("percent", "")
            if not re.fullmatch(r"[1-9][0-9]?", percent, re.ASCII):
                raise TetherError.of_field("percent", "A whole number from 1 to 99")
            changed = split_calls(**ids, version_id=request.POST.get("version", ""), percent=int(percent), by=user)
            return (
                f"Version {changed.split_version and changed.split_version.number} speaks in {percent} % of the calls."
            )

        return self._change(request, object_id, split)

    def _change(self, request: HttpRequest, object_id: str, change: Any) -> HttpResponseBase:
        refuse_nul(request)
        prompt: Prompt | None = self.get_object(request, object_id) if _WHO.includes(request.user) else None
        if prompt is None:
            unknown: HttpResponseBase = self._get_obj_does_not_exist_redirect(request, self.opts, object_id)
            return unknown
        try:
            done = change(prompt, request.user)
        except TetherError as error:
            messages.error(request, f"{error.message}.")
        else:
            self.log_change(request, prompt, done)
            messages.success(request, done)
        return HttpResponseRedirect(page_of(prompt))


def _box(prompt: Prompt, *, may_write: bool) -> dict[str, Any]:
    # One more, which the oldest that is shown is compared with.
    found = list(versions_of(prompt)[: SHOWN + 1])
    shown: list[dict[str, Any]] = []
    for version, before in zip(found, [*found[1:], None], strict=False):
        if len(shown) < SHOWN:
            shown.append(
                {
                    "id": version.pk,
                    "number": version.number,
                    "at": moment(version.created_at),
                    "by": (version.made_by.full_name or version.made_by.email) if version.made_by else NOTHING,
                    "note": version.note,
                    "restored_from": version.restored_from,
                    "is_current": version.pk == prompt.version_id,
                    "is_split": version.pk == prompt.split_version_id,
                    "changes": list(differences(before, version)),
                }
            )
    box: dict[str, Any] = {
        "versions": shown,
        "more": prompt.versions_made - len(shown),
        "percent": prompt.split_percent,
    }
    if may_write:
        box |= {name: reverse(f"admin:calls_prompt_{name}", args=[prompt.pk]) for name in ("restore", "split")}
    return box


def differences(before: PromptVersion | None, after: PromptVersion) -> Iterator[tuple[str, SafeString]]:
    """Of each field that is not as it was: its name, and the text with what came and what went marked."""
    for label, name in _FIELDS:
        old, new = "" if before is None else str(getattr(before, name)), str(getattr(after, name))
        if old != new:
            yield label, marked(old, new)


def marked(old: str, new: str) -> SafeString:
    """The new text, with `<del>` around words that went and `<ins>` around words that came; all else escaped."""
    old_words, new_words = _WORDS.findall(old), _WORDS.findall(new)
    if len(old_words) + len(new_words) > _COMPARED_WORDS:
        old_words, new_words = old.splitlines(keepends=True), new.splitlines(keepends=True)
    matcher = difflib.SequenceMatcher(None, old_words, new_words, autojunk=False)
    parts: list[SafeString] = []
    for _, old_from, old_to, new_from, new_to in matcher.get_opcodes():
        went, came = "".join(old_words[old_from:old_to]), "".join(new_words[new_from:new_to])
        if went == came:
            parts.append(format_html("{}", came))
            continue
        if went:
            parts.append(format_html("<del>{}</del>", went))
        if came:
            parts.append(format_html("<ins>{}</ins>", came))
    return format_html_join("", "{}", ((part,) for part in parts))
