"""The demo is made once and whole, and of what is in use nothing is lost."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import storages
from django.core.management import call_command
from django.utils import timezone

from calls.demo.access import Demo, provide_demo
from calls.demo.people import ADMIN, USER
from calls.demo.seed import DEMO_CALLS, OTHER_CALLS, seed_demo
from calls.models import (
    Call,
    CallHearing,
    CallScore,
    CallTag,
    Criterion,
    CriterionScore,
    Disposition,
    ListeningQueue,
    PhoneNumber,
    Prompt,
    Recording,
    Scorecard,
    Tag,
)
from contacts.models import Contact, ContactNote, NoteMention
from conversations.models import Conversation, Message
from tests.factories import make_organization
from tether_calls.accounts.models import Organization, User
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

BASE_URL = "http://127.0.0.1:2212"
TABLES = (
    *(Organization, User, Prompt, PhoneNumber, Contact, Conversation, Message, Call, Recording, EventLog),
    *(Tag, Disposition, CallTag, ContactNote, NoteMention),
    *(Scorecard, Criterion, CallScore, CriterionScore, CallHearing, ListeningQueue),
)


@pytest.fixture(autouse=True)
def demo_file(settings: Any, tmp_path: Path) -> Path:
    settings.DATA_DIR = tmp_path
    return tmp_path / "demo.json"


@pytest.fixture
def demo() -> Demo:
    return provide_demo(base_url=BASE_URL)


def everything() -> dict[str, list[Any]]:
    return {table.__name__: list(table._default_manager.order_by("pk").values()) for table in TABLES}


def recording_files(folder: str = "") -> set[str]:
    """Every file in the storage, whoever it belongs to."""
    try:
        folders, files = storages["recordings"].listdir(folder)
    except FileNotFoundError:
        return set()
    below = (recording_files(f"{folder}/{name}".lstrip("/")) for name in folders)
    return {f"{folder}/{name}" for name in files}.union(*below)


def test_a_second_time_changes_nothing(demo: Demo, demo_file: Path) -> None:
    before, file_before = everything(), demo_file.read_text()

    again = provide_demo(base_url=BASE_URL)

    assert everything() == before
    assert demo_file.read_text() == file_before
    assert again == Demo(demo.document, ())


@pytest.mark.django_db(transaction=True)
def test_when_it_fails_half_way_nothing_is_left() -> None:
    before = recording_files()

    # The second organization comes after the first one's calls; without a password it cannot be made.
    with pytest.raises(KeyError):
        seed_demo(passwords={USER.email: "not for long", ADMIN.email: "not for long"}, now=timezone.now())

    assert not any(rows for rows in everything().values())
    assert recording_files() == before


def test_a_database_that_is_in_use_gets_no_demo_by_itself(demo_file: Path) -> None:
    make_organization()

    demo = provide_demo(base_url=BASE_URL, only_into_empty=True)

    assert demo.document == {"baseUrl": BASE_URL}
    assert not Call.objects.exists()
    assert not demo_file.exists()


def test_the_command_adds_it_to_a_database_that_is_in_use(demo_file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make_organization()

    call_command("seed_demo")
    call_command("seed_demo")

    assert Call.objects.count() == DEMO_CALLS + OTHER_CALLS
    assert capsys.readouterr().out.splitlines() == [
        "The demo was added",
        f"How to log in: {demo_file}",
        "The demo is there already",
        f"How to log in: {demo_file}",
    ]
