"""The live page: calls that go on, as they come, change and end; and what feeds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from calls.admin.call_list.columns import STATUS_COLOURS
from calls.admin.desk.scope import Scope, scope_of
from calls.models import Call, CallStatus
from calls.outcomes import EndReason
from calls.selectors.desk.under_way import MOST_UNDER_WAY, RUNNING, calls_just_ended, calls_under_way
from calls.selectors.transfers.people import PersonNow, PersonState, online_users, people_now
from calls.services.browser_calls.terminate_call import Termination, may_end, terminate_call
from tether_calls.accounts.tickets import issue_ticket, may_hear
from tether_calls.common.admin.display import minutes, page_of
from tether_calls.common.errors import TetherError
from tether_calls.common.times import to_wire

# As many as the start page has room for; the live page shows all.
_IN_BOX = 6
_TERMINATED = {
    Termination.HUNG_UP: "Hung up.",
    Termination.ENDED_HERE: "The call is ended here; there was no provider to ask.",
    Termination.WAS_OVER: "The call had ended already.",
}
# How a state is called, and in which colour.
_STATES = {
    PersonState.FREE: ("Free", "success"),
    PersonState.BUSY: ("On a call", "info"),
    PersonState.UNAVAILABLE: ("Not available", "warning"),
}
# Where a form that hangs up comes from, and leads back to.
_PAGES = {"start": "admin:index", "live": "live"}


@dataclass(frozen=True)
class Row:
    """A call as a row of the board. `since`: from when its age counts; `ended`: when it ended; one of them is empty.

    `organization`: where the board shows those of several.
    """

    call: Call
    address: str
    who: str
    number: str
    ours: str
    agent: str
    colour: str
    since: str
    ended: str
    organization: str
    length: str
    ending: str
    may_end: bool


@dataclass(frozen=True)
class PersonRow:
    """A user with a browser that is connected; `since`: from when they have been in their state."""

    key: str
    name: str
    address: str
    state: str
    colour: str
    since: str


@dataclass(frozen=True)
class Board:
    """What is shown of an organization at this moment; `count` says `100+` where there are more."""

    rows: list[Row]
    ended: list[Row]
    people: list[PersonRow]
    count: str
    left_out: int
    now: str


@require_safe
def live_view(request: HttpRequest) -> HttpResponseBase:
    """The page."""
    scope = _scope(request)
    context = {
        **admin.site.each_context(request),
        "title": "Live",
        "has_heading": True,
        "live": live_context(scope, page="live"),
        "form": scope.form,
        "board": None if scope.organization_id is None else board_of(scope),
    }
    return TemplateResponse(request, "admin/desk/live.html", context)


@require_safe
def board_view(request: HttpRequest) -> HttpResponseBase:
    """The rows alone, for a page that has heard that something happened."""
    scope = _scope(request)
    is_box = "box" in request.GET
    if scope.organization_id is None and not is_box:
        raise Http404
    board = box_of(scope) if is_box else board_of(scope)
    return TemplateResponse(request, "admin/desk/board.html", {"board": board, "scope": scope})


@require_POST
def ticket_view(request: HttpRequest) -> HttpResponseBase:
    """What opens the socket, for this session and within a minute; none for who has not chosen an organization."""
    scope = _scope(request)
    user: Any = request.user
    session_key = request.session.session_key
    if scope.organization_id is None or session_key is None or not may_hear(user, scope.organization_id):
        raise PermissionDenied
    ticket = issue_ticket(user=user, organization_id=scope.organization_id, session_key=session_key)
    return JsonResponse({"ticket": ticket})


@require_POST
def hang_up_view(request: HttpRequest, call_id: str) -> HttpResponseBase:
    """As POST /api/calls/{callId}/terminate."""
    scope = _scope(request)
    calls: Any = admin.site.get_model_admin(Call)
    call: Call | None = calls.get_object(request, call_id)
    if call is None:
        raise Http404
    try:
        termination = terminate_call(organization_id=call.organization_id, call_id=call.pk)
    except TetherError as error:
        messages.error(request, f"{error.message}.")
    else:
        if termination is not Termination.WAS_OVER:
            calls.log_change(request, call, "Hung up.")
        messages.success(request, _TERMINATED[termination])
    page = _PAGES.get(request.POST.get("page", ""), _PAGES["live"])
    return HttpResponseRedirect(reverse(page) + scope.query)


def live_context(scope: Scope, *, page: str) -> dict[str, Any]:
    """What the scripts of a page need: addresses, and for which organization."""
    is_box = page == "start"
    query = scope.query
    return {
        "scope": scope,
        "page": page,
        "board_address": reverse("live_board") + query + (("&" if query else "?") + "box" if is_box else ""),
        "ticket_address": reverse("live_ticket"),
        "hang_up_address": reverse("live_hang_up", args=["0" * 24]),
        "live_page": reverse("live") + query,
        # Without an organization there is no socket: the page asks now and then.
        "hears": scope.organization_id is not None,
    }


def board_of(scope: Scope) -> Board:
    """Six statements."""
    assert scope.organization_id is not None
    running = calls_under_way(organization_id=scope.organization_id, sight=scope.sight)
    online = online_users(organization_id=scope.organization_id)
    people = people_now(organization_id=scope.organization_id, online=online, only_online=True)
    ended = calls_just_ended(organization_id=scope.organization_id, sight=scope.sight)
    return _board(running, ended, most=MOST_UNDER_WAY, people=people)


def box_of(scope: Scope) -> Board:
    """One statement."""
    running = calls_under_way(organization_id=scope.organization_id, sight=scope.sight)
    return _board(running, [], most=_IN_BOX, names_organizations=scope.organization_id is None)


def _board(
    running: list[Call],
    ended: list[Call],
    *,
    most: int,
    people: Sequence[PersonNow] = (),
    names_organizations: bool = False,
) -> Board:
    count = len(running)
    shown = running[:most]
    return Board(
        rows=[_row(call, names_organization=names_organizations) for call in shown],
        ended=[_row(call) for call in ended],
        people=[_person(person) for person in people],
        count=str(count) if count <= MOST_UNDER_WAY else f"{MOST_UNDER_WAY}+",
        left_out=count - len(shown),
        now=to_wire(timezone.now()),
    )


def _row(call: Call, *, names_organization: bool = False) -> Row:
    is_running = call.status in RUNNING
    customer = call.customer_number or "Unknown number"
    who = str(call.contact) if call.contact is not None else customer
    agent = str(call.ai_agent) if call.ai_agent is not None else call.agent_name
    if not agent and call.user is not None:
        agent = call.user.full_name or call.user.email
    tells_more = not is_running and call.status == CallStatus.FAILED and call.end_reason != EndReason.UNKNOWN
    return Row(
        call=call,
        address=page_of(call),
        who=who,
        number="" if who == customer else customer,
        ours=call.provider_phone_number,
        agent=agent,
        colour=STATUS_COLOURS.get(call.status, ""),
        since=to_wire(call.answer_time or call.start_time) if is_running else "",
        ended="" if is_running or call.end_time is None else to_wire(call.end_time),
        organization=str(call.organization) if names_organization else "",
        length="" if call.duration is None else minutes(call.duration),
        ending=call.get_end_reason_display() if tells_more else "",
        may_end=is_running and may_end(call),
    )


def _person(person: PersonNow) -> PersonRow:
    state, colour = _STATES[person.state]
    return PersonRow(
        key=person.user.pk,
        name=person.user.full_name or person.user.email,
        address=page_of(person.user),
        state=state,
        colour=colour,
        since="" if person.since is None else to_wire(person.since),
    )


def _scope(request: HttpRequest) -> Scope:
    """Raises PermissionDenied for who may not see calls."""
    if not admin.site.get_model_admin(Call).has_view_permission(request):
        raise PermissionDenied
    return scope_of(request)
