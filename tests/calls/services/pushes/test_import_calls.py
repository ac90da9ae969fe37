"""manage.py import_calls: the rows of ingest, from a file, whatever cuts it off."""

from __future__ import annotations

import io
import json
import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calls.api.ingest_faults import external_call_id_in
from calls.management.commands import import_calls as command
from calls.models import Call, CallImport, Recording, RetentionRule, StorageMode
from calls.services.pushes import import_calls as module
from contacts.models import Contact
from conversations.models import Conversation, Message
from tests.at_once import at_once
from tests.calls.api.ingesting import ingest, nothing_kept, recording_names
from tests.calls.api.test_ingest_database_faults import failing
from tests.calls.api.test_ingest_races import assert_all_hangs_together
from tests.clients import ApiClient, vendor_of
from tests.factories import ingest_body, make_contact, make_organization, make_user, missed_call_body
from tests.statements import statements_made
from tether_calls.accounts.models import Organization, User
from tether_calls.common.redacted_kinds import KINDS
from tether_calls.realtime.models import EventLog

pytestmark = pytest.mark.django_db

WRITTEN = (Contact, Conversation, Call, Recording, Message, EventLog)
# Told by the clock, or by chance.
_ID = re.compile(r"\b[0-9a-f]{24}\b")
_OF_NOW = (
    "created_at",
    "updated_at",
    "last_message_time",
    "audio_erased_at",
    "transcript_erased_at",
    "contentErasedAt",
    "createdAt",
    "updatedAt",
    "transaction_id",
    "file",
    "oldest_open_transaction_id",
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "calls.jsonl"


def write(file: Path, calls: list[Any]) -> None:
    file.write_bytes(
        b"".join((call if isinstance(call, bytes) else json.dumps(call).encode()) + b"\n" for call in calls)
    )


def imported(file: Path, user: User, **options: Any) -> str:
    """Run the command, which must end well; what it says."""
    output = io.StringIO()
    call_command("import_calls", str(file), user=user.email, stdout=output, **options)
    return output.getvalue().strip()


def import_with_faults(file: Path, user: User) -> list[dict[str, Any]]:
    """Run the command, which must complain; what it says is wrong."""
    with pytest.raises(CommandError, match="refused"):
        imported(file, user)
    return faults_of(file)


def faults_of(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.with_name(f"{file.name}.faults").read_text().splitlines()]


def rows_of(organization: Organization) -> list[str]:
    """All rows of an organization, with ids by the order in which they come to be, and without what the clock told."""
    names: dict[str, str] = {}

    def named(match: re.Match[str]) -> str:
        return names.setdefault(match[0], f"id {len(names)}")

    rows = []
    for model in WRITTEN:
        rows_of_all: Any = model.objects
        of = {"call__organization": organization} if model is Recording else {"organization_id": organization.pk}
        rows += [
            _ID.sub(named, f"{model.__name__} {json.dumps(_settled(row), default=str, sort_keys=True)}")
            for row in rows_of_all.filter(**of).order_by("pk").values()
        ]
    return rows


def _settled(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _settled(each) for name, each in value.items() if name not in _OF_NOW}
    return [_settled(each) for each in value] if isinstance(value, list) else value


def mixed_calls(seed: int, count: int = 60) -> list[dict[str, Any]]:
    """Calls of a few numbers, written in older plans too, with and without names, ids, summaries and recordings."""
    chance = random.Random(seed)
    customers = ["+14165550142", "+14165550143", "+5215512345678", "+525512345678", "+14165550144"]
    calls = []
    for _ in range(count):
        is_inbound = chance.random() < 0.5
        customer = chance.choice([*customers, "anonymous", "Restricted"] if is_inbound else customers)
        ours = chance.choice(["+14165550100", "+14165550101"])
        numbers = (
            {"fromNumber": customer, "toNumber": ours} if is_inbound else {"fromNumber": ours, "toNumber": customer}
        )
        fields = {
            **numbers,
            "direction": "inbound" if is_inbound else "outbound",
            "externalCallId": chance.choice([None, f"call {chance.randrange(40)}"]),
            "callerName": chance.choice([None, "Kim Example", "WIRELESS CALLER", "Sam", "Anonymous"]),
            "callStartTime": f"2026-05-{chance.randrange(1, 28):02}T09:10:00Z",
            "duration": chance.choice([0, 12.5, 154]),
            "metadata": chance.choice([None, {"a": [1, None], "b": {"c": "é"}}]),
        }
        if chance.random() < 0.5:
            calls.append(ingest_body(**fields))
        else:
            calls.append(missed_call_body(**fields, status=chance.choice(["busy", "failed", "no-answer"])))
    return calls


@pytest.mark.parametrize("seed", range(4))
def test_it_makes_the_rows_that_ingest_makes_call_by_call(
    seed: int, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 13)
    one_by_one, together = make_user(full_name="Robin"), make_user(full_name="Robin")
    for user in (one_by_one, together):
        assert user.organization is not None
        make_contact(user.organization, phone_number="+14165550142", first_name="Unknown", last_name="Caller")
        make_contact(user.organization, phone_number="+5215512345678", first_name="Real", last_name="Name")
    calls = mixed_calls(seed)
    write(file, calls)

    for call in calls:
        assert ingest(vendor_of(one_by_one), call).status in (200, 201)
    imported(file, together)

    assert one_by_one.organization is not None
    assert together.organization is not None
    expected, found = rows_of(one_by_one.organization), rows_of(together.organization)
    assert len(expected) > 200
    for mine, theirs in zip(expected, found, strict=True):
        assert theirs == mine


@pytest.mark.parametrize("mode", [StorageMode.EVERYTHING, StorageMode.NO_AUDIO, StorageMode.METADATA_ONLY])
def test_it_keeps_no_more_than_ingest_does(mode: str, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    organizations = []
    calls = [call | {"summary": "My card is 4111 1111 1111 1111"} for call in mixed_calls(seed=5, count=30)]
    write(file, calls)
    for is_imported in (False, True):
        user = make_user(full_name="Robin", organization=make_organization(redacted_kinds=" ".join(KINDS)))
        RetentionRule.objects.create(organization_id=user.home_id, storage_mode=mode)
        if is_imported:
            imported(file, user)
        else:
            vendor = vendor_of(user)
            assert {ingest(vendor, call).status for call in calls} <= {200, 201}
        assert user.organization is not None
        organizations.append(user.organization)

    expected, found = (rows_of(organization) for organization in organizations)
    assert found == expected
    assert "4111" not in "".join(found)
    assert any("My card is" in row for row in found) == (mode != StorageMode.METADATA_ONLY)


def test_a_file_is_imported_with_a_few_statements(file: Path, user: User) -> None:
    write(file, [missed_call_body(fromNumber=f"+1416555{number:04}") for number in range(200)])

    with statements_made() as made:
        said = imported(file, user)

    assert said == "200 lines: kept 200 calls, 0 were there, 0 are refused"
    assert len(made) < 20
    assert not file.with_name("calls.jsonl.faults").exists()


def test_lines_that_are_refused_are_named_and_harm_no_other(file: Path, user: User) -> None:
    calls = [
        missed_call_body(externalCallId="a"),
        missed_call_body(externalCallId="b", toNumber="5"),
        b"{",
        b"",
        b"   ",
        ingest_body(externalCallId="c", recording="?"),
        missed_call_body(externalCallId="a"),
        missed_call_body(externalCallId="c"),
        b"\xef\xbb\xbf" + json.dumps(missed_call_body()).encode() + b"\r",
    ]
    write(file, calls)

    faults = import_with_faults(file, user)

    assert [(fault["line"], fault["code"], fault.get("externalCallId")) for fault in faults] == [
        (2, "VALIDATION_ERROR", "b"),
        (3, "MALFORMED_JSON", None),
        (6, "RECORDING_INVALID", "c"),
    ]
    assert faults[0]["error"] == "Invalid field toNumber: not a number in E.164, such as +14155551234"
    assert set(Call.objects.values_list("external_call_id", flat=True)) == {"a", "c", None}
    run = CallImport.objects.get()
    assert (run.lines, run.kept, run.known, run.refused) == (9, 3, 1, 3)
    assert recording_names() == set()


def test_a_line_that_is_too_long_is_passed_over(
    file: Path, user: User, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.TETHER_RECORDING_MAX_BYTES = 1
    monkeypatch.setattr(module, "_PIECE", 1_000)
    long = b'{"externalCallId": "' + b"a" * (9 * 1024 * 1024) + b'"}'
    write(file, [missed_call_body(), long, missed_call_body()])

    faults = import_with_faults(file, user)

    assert [(fault["line"], fault["code"]) for fault in faults] == [(2, "PAYLOAD_TOO_LARGE")]
    assert Call.objects.count() == 2


@pytest.mark.parametrize("begin", [b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n", b"\xef\xbb\xbf\n\n \t\n"])
def test_a_byte_order_mark_is_no_line(begin: bytes, tmp_path: Path, user: User) -> None:
    file = tmp_path / "calls.jsonl"
    calls = [json.dumps(missed_call_body()).encode() for _ in range(2)]

    file.write_bytes(begin)
    assert "kept 0 calls, 0 were there, 0 are refused" in imported(file, user)
    file.write_bytes(begin + b"\r\n".join(calls))
    assert "kept 2 calls, 0 were there, 0 are refused" in imported(file, user)


def test_a_file_that_is_imported_is_imported_no_second_time(file: Path, user: User) -> None:
    write(file, [missed_call_body(), ingest_body()])
    imported(file, user)
    renamed = file.with_name("again.jsonl")
    renamed.write_bytes(file.read_bytes())

    with nothing_kept():
        assert imported(renamed, user) == "2 lines: kept 2 calls, 0 were there, 0 are refused"


def test_calls_that_were_pushed_before_are_there(file: Path, user: User, vendor: ApiClient) -> None:
    body = ingest_body()
    ingest(vendor, body)
    write(file, [body, missed_call_body()])

    assert imported(file, user) == "2 lines: kept 1 calls, 1 were there, 0 are refused"
    assert len(recording_names()) == 1


def test_calls_belong_to_the_user_alone(file: Path, user: User, other_user: User) -> None:
    write(file, [ingest_body(externalCallId="a"), missed_call_body(externalCallId="b")])
    imported(file, other_user)
    theirs = list(Call.objects.order_by("pk").values())

    assert imported(file, user) == "2 lines: kept 2 calls, 0 were there, 0 are refused"

    assert list(Call.objects.filter(user=other_user).order_by("pk").values()) == theirs
    for model in (Call, Contact, Conversation, Message):
        rows = model.objects.filter(organization=user.organization)
        assert rows.count() == model.objects.count() / 2
    assert not Call.objects.filter(organization=user.organization).exclude(contact__organization=user.organization)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_what_is_cut_off_goes_on_where_it_was(
    after: int, file: Path, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 4)
    calls = [
        ingest_body(externalCallId=None) if number % 5 else {"externalCallId": f"{number}"} for number in range(12)
    ]
    write(file, calls)
    advance, times = module._advance, []

    def cut_off(*args: Any) -> None:
        advance(*args)
        times.append(1)
        if len(times) > after:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(module, "_advance", cut_off)
        with pytest.raises(KeyboardInterrupt):
            imported(file, user)
    assert Call.objects.count() == [0, 3, 6][after]
    assert len(recording_names()) == Recording.objects.count() == Call.objects.count()

    faults = import_with_faults(file, user)

    assert [fault["externalCallId"] for fault in faults] == ["0", "5", "10"]
    assert Call.objects.count() == Recording.objects.count() == 9
    assert_all_hangs_together()


def test_a_fault_of_ours_keeps_nothing_of_its_batch(file: Path, user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    write(file, [missed_call_body(), missed_call_body(), ingest_body(), {}])

    with (
        failing(Recording, sqlite="SELECT RAISE(ABORT, 'fault')", postgres="RAISE 'fault'"),
        pytest.raises(Exception, match="fault"),
    ):
        imported(file, user)

    assert Call.objects.count() == 2
    assert recording_names() == set()
    assert len(import_with_faults(file, user)) == 1
    assert Call.objects.count() == 3


def test_a_second_import_of_the_file_at_the_same_time_is_refused(file: Path, user: User) -> None:
    write(file, [missed_call_body()])
    run = None
    with file.open("rb") as opened, file.with_name("x.faults").open("w+b") as faults:
        run = module.begin_import(user=user, file=opened)
        imported(file, user)
        reader = module.Reader(parse=command._parse, name=external_call_id_in, longest=1_000)
        with pytest.raises(module.ImportedElsewhere):
            list(module.import_calls(run=run, user=user, file=opened, faults=faults, reader=reader))

    assert Call.objects.count() == 1


@pytest.mark.parametrize("name", ["calls.jsonl", "notes.txt"])
def test_another_file_is_never_taken_for_that_of_the_faults(name: str, file: Path, user: User) -> None:
    write(file, [missed_call_body(), b"[]"])
    other = file.with_name(name)
    if other != file:
        other.write_text("of somebody else")
    content = other.read_bytes()

    with pytest.raises(CommandError, match="something else"):
        imported(file, user, faults=other)

    assert other.read_bytes() == content
    assert not Call.objects.exists()


def test_what_is_no_file_is_not_taken_for_that_of_the_faults(file: Path, user: User) -> None:
    write(file, [missed_call_body()])

    with pytest.raises(CommandError, match="not a file"):
        imported(file, user, faults=Path("/dev/null"))

    assert Path("/dev/null").exists()
    assert not Call.objects.exists()


def test_the_file_of_faults_is_one_processs(file: Path, user: User) -> None:
    write(file, [{}])
    faults = file.with_name("calls.jsonl.faults")
    with command._opened_alone(faults), pytest.raises(CommandError, match="another process"):
        imported(file, user)

    assert Call.objects.count() == 0


@pytest.mark.parametrize("name", ["nobody@example.com", "0" * 24, ""])
def test_the_user_must_be_there(file: Path, user: User, name: str) -> None:
    write(file, [missed_call_body()])
    with pytest.raises(CommandError, match="no such"):
        call_command("import_calls", str(file), user=name)


def test_a_user_is_named_by_id_as_well_and_is_active(file: Path, user: User) -> None:
    write(file, [missed_call_body()])
    call_command("import_calls", str(file), user=user.pk, stdout=io.StringIO())
    assert Call.objects.get().user_id == user.pk

    user.is_active = False
    user.save()
    with pytest.raises(CommandError, match="no such"):
        call_command("import_calls", str(file), user=user.pk)


def test_a_file_that_is_not_there_is_a_complaint(file: Path, user: User) -> None:
    with pytest.raises(CommandError, match="No such file"):
        imported(file, user)


# ---- Others at the same time -----------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_call_that_is_pushed_while_it_is_imported_is_kept_once(user: User, tmp_path: Path) -> None:
    calls = [
        ingest_body(externalCallId=f"call {number}", toNumber=f"+1416555{number % 7:04}", recording=None, status="busy")
        for number in range(60)
    ]
    other_half = [*calls[30:], *calls[:30]]
    files = [tmp_path / "a.jsonl", tmp_path / "b.jsonl"]
    for each, order in zip(files, (calls, other_half), strict=True):
        write(each, order)

    def pushed() -> str:
        for call in reversed(calls):
            assert ingest(vendor_of(user), call).status in (200, 201)
        return ""

    tasks: list[Callable[[], str]] = [partial(imported, files[0], user), partial(imported, files[1], user), pushed]
    at_once(tasks)

    assert Call.objects.count() == 60
    assert Contact.objects.count() == Conversation.objects.count() == 7
    assert_all_hangs_together()
