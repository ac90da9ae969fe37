"""`manage.py reapply_erasures`: after a backup was restored, whoever was erased since it was made is erased again."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from calls.models import PrivacyRequest, PrivacyState
from calls.services.privacy.erasures import ask_again, noted
from calls.services.privacy.work import claim, take_turn


class Command(BaseCommand):
    help = "Erase again the persons whom a restored backup has brought back."

    def handle(self, *args: Any, **options: Any) -> None:
        asked = [
            request
            for organization_id, erasures in groupby(noted(), key=lambda erasure: erasure.organization_id)
            for request in ask_again(organization_id=organization_id, erasures=erasures)
        ]
        self.stdout.write(f"{len(asked)} persons are to be erased again")
        # wall: the operator's command does the requests of every organization
        while (request := claim()) is not None:
            # One who is in a call, by the backup, keeps the others waiting no longer than the job would.
            take_turn(request)
        # wall: by the ids of what was asked for above, of every organization
        left = PrivacyRequest.objects.filter(pk__in=[each.pk for each in asked]).exclude(state=PrivacyState.DONE)
        if count := left.count():
            raise CommandError(f"{count} of them wait; the job do_privacy_requests goes on with them")
        self.stdout.write("Done")
