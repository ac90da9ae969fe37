"""What an agent said, on its page in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from calls.admin.prompt_versions import marked
from calls.demo.simulator import ElevenLabsAccount, Pace, Simulator
from calls.models import Prompt, PromptVersion
from tests.admin_site import add_to, admin_of, make_account, page_of, text_of
from tests.calls.demo.simulator.worlds import elevenlabs
from tests.factories import make_prompt, make_user
from tether_calls.accounts.models import AccessRole, Organization

FORM = {"name": "Mia", "rate_per_minute": "0.1"}


@pytest.fixture
def prompt(staff: Client) -> Prompt:
    assert staff.post(add_to(Prompt), {**FORM, "prompt": "Be brief.", "note": "To begin"}).status_code == 302
    return Prompt.objects.get()


def save(client: Client, agent: Prompt, /, **fields: Any) -> Any:
    return client.post(page_of(agent), {**FORM, **fields}, follow=True)


def test_each_change_of_what_it_says_is_a_version_with_its_note(staff: Client, prompt: Prompt) -> None:
    save(staff, prompt, prompt="Be brief and kind.", note="Warmer")
    save(staff, prompt, prompt="Be brief and kind.", name="Alex")

    found = PromptVersion.objects.filter(agent=prompt).order_by("number")
    assert [(each.number, each.prompt, each.note) for each in found] == [
        (1, "Be brief.", "To begin"),
        (2, "Be brief and kind.", "Warmer"),
    ]
    page = staff.get(page_of(prompt)).content.decode()
    assert "Be <del>brief.</del><ins>brief and kind.</ins>" in page
    assert "Said now" in page


def test_another_language_is_another_version(staff: Client, prompt: Prompt) -> None:
    save(staff, prompt, prompt="Be brief.", language="fr")

    prompt.refresh_from_db()
    assert (prompt.language, prompt.versions_made) == ("fr", 2)
    assert '<option value="fr" selected>French</option>' in staff.get(page_of(prompt)).content.decode()
    assert "Language" in staff.get(page_of(prompt)).content.decode().partition('id="versions-heading"')[2]
    refused = save(staff, prompt, prompt="Be brief.", language="xx")
    assert "Select a valid choice" in text_of(refused)


def test_a_click_says_an_older_version_again(staff: Client, prompt: Prompt) -> None:
    first = prompt.version_id
    save(staff, prompt, prompt="Worse.")

    answer = staff.post(page_of(prompt, "restore"), {"version": first}, follow=True)

    assert "Version 1 is said again, as version 3." in text_of(answer)
    prompt.refresh_from_db()
    assert prompt.prompt == "Be brief."


def test_a_click_splits_the_calls_and_another_ends_that(staff: Client, prompt: Prompt) -> None:
    first = prompt.version_id
    save(staff, prompt, prompt="Be kind.")

    answer = staff.post(page_of(prompt, "split"), {"version": first, "percent": "25"}, follow=True)

    assert "Version 1 speaks in 25 % of the calls." in text_of(answer)
    assert "in 25 % of outbound calls" in text_of(answer)
    for percent in ("0", "100", "x", ""):
        refused = staff.post(page_of(prompt, "split"), {"version": first, "percent": percent}, follow=True)
        assert "A whole number from 1 to 99" in text_of(refused)
    staff.post(page_of(prompt, "split"), {"end": "1"})
    prompt.refresh_from_db()
    assert (prompt.split_version_id, prompt.split_percent) == (None, 0)


def test_whoever_saves_after_somebody_else_sees_both_texts_and_loses_none(staff: Client, prompt: Prompt) -> None:
    save(staff, prompt, prompt="Be warm.", version_read="1")

    answer = save(staff, prompt, prompt="Be strict.", version_read="1")

    page = answer.content.decode()
    assert "Somebody was quicker" in page
    assert "Be <del>warm.</del><ins>strict.</ins>" in page
    assert answer.context["adminform"].form["prompt"].value() == "Be strict."
    prompt.refresh_from_db()
    assert prompt.prompt == "Be warm."
    # Whoever saves once more has seen it.
    save(staff, prompt, prompt="Be strict.", version_read=answer.context["adminform"].form["version_read"].value())
    prompt.refresh_from_db()
    assert prompt.prompt == "Be strict."


def test_who_may_not_write_agents_reads_versions_and_changes_none(
    home: Organization, staff: Client, prompt: Prompt
) -> None:
    rep = admin_of(make_user(organization=home, is_staff=True, access_role=AccessRole.SALES_REP))
    first = prompt.version_id
    save(staff, prompt, prompt="Be warm.")

    page = text_of(rep.get(page_of(prompt)))
    assert "Versions" in page
    assert "Say this again" not in page
    for view in ("restore", "split"):
        rep.post(page_of(prompt, view), {"version": first, "percent": "10"})
    prompt.refresh_from_db()
    assert (prompt.prompt, prompt.split_version_id) == ("Be warm.", None)


def test_staff_of_another_organization_restore_nothing(staff: Client, prompt: Prompt) -> None:
    save(staff, prompt, prompt="Be warm.")
    stranger = admin_of(make_user(is_staff=True))

    for view in ("restore", "split"):
        stranger.post(page_of(prompt, view), {"version": prompt.version_id, "percent": "10"})

    prompt.refresh_from_db()
    assert (prompt.prompt, prompt.versions_made, prompt.split_percent) == ("Be warm.", 2, 0)


def test_a_click_makes_the_agent_at_its_provider_and_another_asks_before_it_overwrites(
    staff: Client, home: Organization, prompt: Prompt
) -> None:
    with Simulator(ElevenLabsAccount(api_key="sk_test"), pace=Pace.quick()) as simulator:
        secrets = {"api_key": "sk_test"}
        make_account(home, "elevenlabs", secrets=secrets, base_url=simulator.url)
        assert "Never synced" in text_of(staff.get(page_of(prompt)))

        assert "are the same" in text_of(staff.post(page_of(prompt, "sync"), follow=True))
        prompt.refresh_from_db()
        told = {"conversation_config": {"agent": {"prompt": {"prompt": "Be theirs."}}}}
        path = f"agents/{prompt.elevenlabs_agent_id}"
        assert elevenlabs(simulator, "PATCH", path, key="sk_test", json=told).ok

        asked = staff.post(page_of(prompt, "sync")).content.decode()
        assert "Be <del>theirs.</del><ins>brief.</ins>" in asked
        assert "Changed there" in text_of(staff.get(page_of(prompt)))
        staff.post(page_of(prompt, "sync"), {"keep": "theirs"})
        prompt.refresh_from_db()
        assert (prompt.prompt, prompt.sync_state) == ("Be theirs.", "synced")


def test_an_agent_from_before_versions_has_a_page(staff: Client, home: Organization) -> None:
    agent = make_prompt(home)

    assert "None yet" in text_of(staff.get(page_of(agent)))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        ("", "Hello.", "<ins>Hello.</ins>"),
        ("Hello.", "", "<del>Hello.</del>"),
        ("a b c", "a x c", "a <del>b</del><ins>x</ins> c"),
        ("<b>", "<i>", "<del>&lt;b&gt;</del><ins>&lt;i&gt;</ins>"),
        ("one\ntwo", "one\nthree", "one\n<del>two</del><ins>three</ins>"),
    ],
)
def test_differences_are_marked_and_everything_is_escaped(old: str, new: str, shown: str) -> None:
    assert marked(old, new) == shown


def test_long_texts_are_compared_by_lines() -> None:
    lines = [f"Line {number} of what it says." for number in range(2_000)]
    changed = [*lines[:1000], "Something else.", *lines[1001:]]

    shown = marked("\n".join(lines), "\n".join(changed))

    assert "<del>Line 1000 of what it says.\n</del><ins>Something else.\n</ins>" in shown
