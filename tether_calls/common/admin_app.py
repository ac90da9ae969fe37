"""Which site the admin has; apart from `admin/`, which needs the models, and those come later."""

from __future__ import annotations

from django.contrib.admin.apps import AdminConfig


class TetherAdminConfig(AdminConfig):
    default_site = "tether_calls.common.admin.site.TetherSite"
