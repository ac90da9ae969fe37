"""Addresses of a call's recordings in the admin: they stay good, and who may hear is asked each time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, HttpResponseNotAllowed
from django.http import HttpResponseRedirect as Redirect
from django.urls import URLPattern, path

from calls.admin.call_player import play_of
from calls.models import Peaks, Recording
from calls.services.recordings.make_peaks import kept_peaks, want_peaks
from calls.storage import recording_files
from tether_calls.accounts.acting import note_access_in
from tether_calls.accounts.roles import may_download_recordings
from tether_calls.common.admin import TetherAdmin
from tether_calls.common.object_id import is_object_id
from tether_calls.trails.models import AccessKind
from tether_calls.trails.reports import Accessed

logger = logging.getLogger(__name__)

# The next request is to be led anew: where this one led is good for ten minutes.
_EACH_TIME = {"Cache-Control": "no-store"}
# Peaks stay as they are, and so does who may see them for as long as a page is open.
_A_DAY = {"Cache-Control": "private, max-age=86400"}
# When the page may ask for peaks again that are being made.
_SOON = {"Retry-After": "2", **_EACH_TIME}

_Answer = Callable[[HttpRequest, Recording], HttpResponseBase]


class RecordingsOfCall(TetherAdmin):
    """What the page of a call plays, draws and saves."""

    def get_urls(self) -> list[URLPattern]:
        answers: dict[str, _Answer] = {"audio": _audio, "peaks": _peaks, "download": _download}
        urls: list[URLPattern] = super().get_urls()
        return [
            *(
                path(
                    f"<str:object_id>/recordings/<str:recording_id>/{name}",
                    self.admin_site.admin_view(self._answered_by(answer), cacheable=True),
                    name=f"calls_call_{name}",
                )
                for name, answer in answers.items()
            ),
            *urls,
        ]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponseBase:
        user: Any = request.user
        context |= {"may_download": may_download_recordings(user)}
        response: HttpResponseBase = super().render_change_form(request, context, *args, **kwargs)
        return response

    def _answered_by(self, answer: _Answer) -> Callable[..., HttpResponseBase]:
        def view(request: HttpRequest, object_id: str, recording_id: str) -> HttpResponseBase:
            if request.method not in ("GET", "HEAD"):
                return HttpResponseNotAllowed(["GET", "HEAD"])
            if not self.has_view_permission(request):
                raise PermissionDenied
            return answer(request, self._recording(request, object_id, recording_id))

        return view

    def _recording(self, request: HttpRequest, call_id: str, recording_id: str) -> Recording:
        """One statement. Raises Http404 for a recording of another call, or of a call that the user may not see."""
        if not (is_object_id(call_id) and is_object_id(recording_id)):
            raise Http404
        calls: Any = self.rows(request).filter(pk=call_id)
        # wall: of a call that the user may see
        found = Recording.objects.filter(pk=recording_id, call__in=calls)
        recording = found.select_related("call").defer("call__ai_transcript", "call__metadata").first()
        if recording is None:
            raise Http404
        return recording


def _audio(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """To where it is. Of each opening of the page the access log has one row, however often its player asks."""
    user: Any = request.user
    play = play_of(request.GET.get("play", ""), listener=user.pk)
    act = None if play is None else f"play:{play}:{recording.pk}"
    _note(request, recording, AccessKind.RECORDING_PLAY, act=act)
    return Redirect(recording.file.url, headers=_EACH_TIME)


def _note(request: HttpRequest, recording: Recording, kind: AccessKind, *, act: str | None = None) -> None:
    heard = Accessed(kind=kind, call_id=recording.call_id, recording_id=recording.pk, act=act)
    note_access_in(request, heard, organization_id=recording.call.organization_id)


def _peaks(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    """The peaks; 202 while they are being made, 204 where there will be none."""
    if recording.peaks == Peaks.NONE:
        return HttpResponse(status=204, headers=_EACH_TIME)
    peaks = kept_peaks(recording)
    if peaks is None:
        want_peaks(recording)
        return HttpResponse(status=202, headers=_SOON)
    return HttpResponse(peaks, content_type="application/octet-stream", headers=_A_DAY)


def _download(request: HttpRequest, recording: Recording) -> HttpResponseBase:
    user: Any = request.user
    if not may_download_recordings(user):
        raise PermissionDenied
    _note(request, recording, AccessKind.RECORDING_DOWNLOAD)
    logger.info("The user %s saves the recording %s of the call %s", user.pk, recording.pk, recording.call_id)
    return Redirect(recording_files().download_url(str(recording.file.name)), headers=_EACH_TIME)
