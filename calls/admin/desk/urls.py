"""Pages of the admin that are no list and no row; below /admin/, in front of the admin's own."""

from __future__ import annotations

from django.contrib import admin
from django.urls import path

from calls.admin.desk import jobs, live, recording

urlpatterns = [
    path("jobs/", admin.site.admin_view(jobs.jobs_view), name="jobs"),
    path("live/", admin.site.admin_view(live.live_view), name="live"),
    path("live/calls/", admin.site.admin_view(live.board_view), name="live_board"),
    path("live/ticket/", admin.site.admin_view(live.ticket_view), name="live_ticket"),
    path(
        "live/<objectid:call_id>/recording/<slug:wish>/",
        admin.site.admin_view(recording.recording_view),
        name="live_recording",
    ),
    path("live/<objectid:call_id>/hang-up/", admin.site.admin_view(live.hang_up_view), name="live_hang_up"),
]
