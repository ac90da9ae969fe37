"""Where a query begins: it is confined there, or it is found."""

from __future__ import annotations

import pytest

from tests.script_wall.snippets import found

# One line each: the line that is found.
HOLES = {
    "a row by its id": "Call.objects.filter(pk=call_id).first()",
    "a row by its id, without a filter": "Call.objects.get(pk=call_id)",
    "a lock": 'Call.objects.select_for_update(of=("self",)).get(pk=call_id)',
    "confined too late": "Call.objects.order_by().of_organization(organization_id)",
    "the column by hand": "Call.objects.filter(organization_id=organization_id)",
    "a manager in a variable": "calls = Call.objects",
    "a manager handed on": "page_of(Call.objects, paging)",
    "a method handed on": "partial(Call.objects.of_organization, organization_id)",
    "a queryset in a variable": "calls = Call.objects.all()",
    "a subquery": "Exists(Call.objects.filter(contact=OuterRef('pk')))",
    "the other side of an or": "Call.objects.of_organization(organization_id) | Call.objects.filter(pk=call_id)",
    "a prefetch": "Prefetch('calls', queryset=Call.objects.filter(status=status))",
    "the default manager": "Call._default_manager.filter(pk=call_id)",
    "the base manager": "Call._base_manager.filter(pk=call_id)",
    "a model in a variable": "model._default_manager.filter(pk=row_id)",
    "the model of a row": "type(row).objects.filter(pk=row_id)",
    "the model of a queryset": "calls.model.objects.filter(pk=call_id)",
    "what finds or makes": "Contact.objects.get_or_create(phone_number=number)",
    "what changes or makes": "Contact.objects.update_or_create(phone_number=number)",
    "an insert that finds rows": "Contact.objects.bulk_create(rows, update_conflicts=True)",
    "SQL of a manager": "Call.objects.raw('SELECT * FROM calls_call')",
    "SQL by hand": "connection.cursor()",
    "prepared SQL": "connection.prepared_cursor()",
    "an update by id": "update(Call, where={'id': call_id}, values=values, add={})",
    "an update of what is held": "update(Call, where=found, values=values, add={})",
    "a queryset made by hand": "CallQuerySet(Call).filter(pk=call_id)",
    "a model by its package": "calls.models.Call.objects.get(pk=call_id)",
    "the user model": "get_user_model().objects.get(pk=user_id)",
    "a shortcut": "get_object_or_404(Call, pk=call_id)",
    "a part of a row": "Recording.objects.filter(call_id=call_id)",
    "a part of a row, in vain confined": "Recording.objects.filter(call__organization_id=organization_id)",
}
CLEAN = {
    "confined": "Call.objects.of_organization(organization_id).filter(pk=call_id).first()",
    "confined, then locked": "Call.objects.of_organization(organization_id).select_for_update().get(pk=call_id)",
    "confined by an outer query": "Exists(Call.objects.of_organization(OuterRef('pk')))",
    "what hangs on a row": "contact.calls.filter(status=status)",
    "a part of a row": "call.recordings.order_by('-id').first()",
    "what makes a row": "Call.objects.create(organization_id=organization_id)",
    "what makes rows": "Call.objects.bulk_create(rows, ignore_conflicts=True)",
    "an update of the organization's": "update(Call, where={'organization': home, 'id': call_id}, values={}, add={})",
    "nothing": "Call.objects.none()",
    "a model that is nobody's": "Organization.objects.filter(pk=organization_id)",
    "rows that are there": "call.refresh_from_db()",
}
NAMES = """
import calls.models
from django.contrib.auth import get_user_model
from django.shortcuts import get_object_or_404
from calls.models.call import CallQuerySet
from tether_calls.common.statements import update
"""


@pytest.mark.parametrize("line", HOLES.values(), ids=HOLES.keys())
def test_a_query_that_is_not_confined_where_it_begins_is_found(line: str) -> None:
    assert found(module=NAMES + line) == [f"module:{line}"]


@pytest.mark.parametrize("line", CLEAN.values(), ids=CLEAN.keys())
def test_a_query_that_is_confined_or_begins_with_a_row_in_hand_passes(line: str) -> None:
    assert found(module=NAMES + line) == []


def test_another_name_for_a_model_hides_nothing() -> None:
    source = """
        from calls.models import Call as Row
        from calls import models as tables

        Same = Call
        Row.objects.get(pk=1)
        tables.Call.objects.get(pk=2)
        Same.objects.get(pk=3)
    """

    assert found(module=source) == [
        "module:Row.objects.get(pk=1)",
        "module:tables.Call.objects.get(pk=2)",
        "module:Same.objects.get(pk=3)",
    ]


def test_a_query_in_a_class_a_lambda_a_comprehension_and_an_argument_is_found() -> None:
    source = """
        class Page:
            queryset = Call.objects.all()

        rows = lambda: Call.objects.filter(pk=1)
        ids = [call.pk for call in Call.objects.filter(pk=2)]

        def page(calls=Call.objects.filter(pk=3)):
            return calls
    """

    assert len(found(module=source)) == 4


def test_a_hole_that_there_was_is_found() -> None:
    """Whether a call had been answered was asked of every organization's calls, in one of three branches."""
    source = """
        def was_answered(report, organization_id):
            calls = Call.objects.filter(provider="twilio", answer_time__isnull=False)
            if report.call_id is not None:
                return calls.filter(pk=report.call_id, organization_id=organization_id).exists()
            return calls.filter(provider_call_id=report.provider_call_id).exists()
    """

    assert found(module=source) == [
        'module:calls = Call.objects.filter(provider="twilio", answer_time__isnull=False)',
    ]
