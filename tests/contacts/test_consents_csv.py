"""Consents as a file: read, written, and by the pages of the admin."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts.consent_csv import LINE_MAX, written_consents
from contacts.do_not_call_csv import NotALine, lines_of
from contacts.models import Consent
from contacts.selectors.consents import consent_rows
from contacts.services import import_consents as importing
from contacts.services.import_consents import ConsentsImported, import_consents
from tests.admin_site import admin_of, list_of, make_staff, page_of, text_of
from tests.clients import Answer, ApiClient, logged_in
from tests.factories import make_organization, make_user
from tether_calls.accounts.models import Organization, User
from tether_calls.trails.models import AccessEntry, AuditEntry

pytestmark = pytest.mark.django_db

NUMBER, ANOTHER = "+14165550199", "+14165550198"
HEAD = "phone_number,basis,purpose,obtained_at,expires_at,revoked_at,evidence"
LINE = f"{NUMBER},express_written,marketing,2026-05-01T15:00:00Z,2031-05-01,,Form 4711"


def imported(home: Organization, *lines: str, encoding: str = "utf-8") -> ConsentsImported:
    content = "\r\n".join(lines).encode(encoding)
    return import_consents(organization_id=home.pk, sight=None, lines=lines_of([content], longest=LINE_MAX))


def faults(outcome: ConsentsImported) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in outcome.faults]


def rows(home: Organization) -> list[tuple[Any, ...]]:
    fields = ("phone_number", "basis", "purpose", "obtained_at", "expires_at", "revoked_at", "evidence")
    return list(Consent.objects.of_organization(home.pk).order_by("phone_number", "obtained_at").values_list(*fields))


def file_of(home: Organization) -> str:
    return "".join(written_consents(consent_rows(organization_id=home.pk, sight=None)))


# ---- In --------------------------------------------------------------------------------------------------------


def test_each_line_is_a_consent(home: Organization) -> None:
    outcome = imported(home, HEAD, LINE, f"{ANOTHER},inbound_request,service,2026-05-02,,,")

    assert (outcome.added, outcome.known, outcome.invalid) == (2, 0, 0)
    obtained, expires = datetime(2026, 5, 1, 15, tzinfo=UTC), datetime(2031, 5, 1, tzinfo=UTC)
    assert rows(home) == [
        (ANOTHER, "inbound_request", "service", datetime(2026, 5, 2, tzinfo=UTC), None, None, ""),
        (NUMBER, "express_written", "marketing", obtained, expires, None, "Form 4711"),
    ]
    assert set(Consent.objects.values_list("source", flat=True)) == {"import"}


@pytest.mark.parametrize(
    "lines",
    [
        ["Purpose;Obtained at;Evidence;Basis;Customer;Phone number", f"Marketing;2026-05-01 15:00;;Express;7;{NUMBER}"],
        ["sep=;", "purpose;obtained_at;basis;phone_number", f'MARKETING;2026-05-01T11:00-04:00;express;="{NUMBER}"'],
        [
            "",
            "phoneNumber\tbasis\tpurpose\tobtainedAt",
            "+1 416 555 0199\texpress\tmarketing\t2026-05-01T15:00:00.0Z",
        ],
    ],
    ids=["words", "separator", "tabs"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_columns_are_found_by_their_names_in_any_order(home: Organization, lines: list[str], encoding: str) -> None:
    assert imported(home, *lines, encoding=encoding).added == 1

    assert rows(home) == [(NUMBER, "express", "marketing", datetime(2026, 5, 1, 15, tzinfo=UTC), None, None, "")]


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("416 555 0199,express,marketing,2026-05-01,,,", "Not a telephone number with its country code"),
        ("1.41656E+10,express,marketing,2026-05-01,,,", "A spreadsheet has rounded the number"),
        (f"{NUMBER},implied,marketing,2026-05-01,,,", "basis is none of express_written, express"),
        (f"{NUMBER},express,sales,2026-05-01,,,", "purpose is none of marketing, service"),
        (f"{NUMBER},express,marketing,5/1/2026,,,", "obtained_at is no date or time in ISO 8601"),
        (f"{NUMBER},express,marketing,,,,", "obtained_at is no date or time in ISO 8601"),
        (f"{NUMBER},express,marketing,2099-01-01,,,", "obtained_at: Is in the future"),
        (f"{NUMBER},express,marketing,2026-05-01,2026-04-01,,", "expires_at: Is not after it was obtained"),
        (f"{NUMBER},express,marketing,0001-01-01,,,", "obtained_at: Is at the end of the calendar"),
        (f"{NUMBER},express,marketing,2026-05-01,9999-12-31T23:59:59Z,,", "expires_at: Is at the end of the calendar"),
        (f"{NUMBER},express,marketing,2026-05-01,,2026-04-01,", "revoked_at: Is in the future, or before"),
        (f"{NUMBER},express,marketing,2026-05-01,,2099-01-01,", "revoked_at: Is in the future, or before"),
        (f"{NUMBER},express,marketing,2026-05-01,,,{'x' * 2_001}", "evidence is longer than 2000 characters"),
        (f"{NUMBER},express,marketing,2026-05-01,,,{'x' * 20_000}", f"Longer than {LINE_MAX} bytes"),
        (f'{NUMBER},express,marketing,2026-05-01,,,"Form', "The quotes do not match"),
        (NUMBER, "basis is none of"),
    ],
)  # fmt: skip
def test_a_bad_line_is_refused_with_its_number_and_no_other_is_lost(
    home: Organization, line: str, sentence: str
) -> None:
    outcome = imported(home, HEAD, LINE, line, "", LINE.replace(NUMBER, ANOTHER))

    assert (outcome.added, outcome.invalid) == (2, 1)
    [(number, said)] = faults(outcome)
    assert number == 3
    assert said.startswith(sentence)
    assert "199" not in said
    assert {row[0] for row in rows(home)} == {NUMBER, ANOTHER}


@pytest.mark.parametrize(
    "lines",
    [[], [LINE], ["phone_number,basis,purpose", LINE], ["\n" * 9, HEAD, LINE]],
    ids=["none", "no", "few", "far"],
)
def test_a_file_that_does_not_name_its_columns_is_refused(home: Organization, lines: list[str]) -> None:
    with pytest.raises(NotALine, match="phone_number, basis, purpose, obtained_at"):
        imported(home, *lines)
    assert rows(home) == []


def test_the_same_file_again_changes_nothing(home: Organization) -> None:
    first = imported(home, HEAD, LINE, LINE)
    before = rows(home)
    again = imported(home, HEAD, LINE.replace("Form 4711", "Form 4712"))

    assert (first.added, first.known, again.added, again.known, again.revoked) == (1, 1, 0, 1, 0)
    assert rows(home) == before


def test_a_line_that_says_when_it_was_taken_back_revokes_and_none_takes_that_away(home: Organization) -> None:
    taken_back = LINE.replace(",,Form", ",2026-06-01,Form")
    imported(home, HEAD, LINE)

    outcome = imported(home, HEAD, taken_back)
    imported(home, HEAD, LINE)

    assert (outcome.added, outcome.known, outcome.revoked) == (0, 1, 1)
    assert Consent.objects.get().revoked_at == datetime(2026, 6, 1, tzinfo=UTC)
    other = make_organization()
    assert imported(other, HEAD, LINE, taken_back).added == 1
    assert Consent.objects.get(organization=other).revoked_at == datetime(2026, 6, 1, tzinfo=UTC)


def test_many_that_were_taken_back_are_revoked_by_as_many_statements_as_one(home: Organization) -> None:
    def statements(numbers: range) -> int:
        content = [LINE.replace("0199", f"{last:04}") for last in numbers]
        imported(home, HEAD, *content)
        with CaptureQueriesContext(connection) as captured:
            outcome = imported(home, HEAD, *(line.replace(",,Form", ",2026-06-01,Form") for line in content))
        assert outcome.revoked == len(numbers)
        return len(captured)

    assert statements(range(1)) == statements(range(1, 41))
    assert set(Consent.objects.values_list("revoked_at", flat=True)) == {datetime(2026, 6, 1, tzinfo=UTC)}
    assert AuditEntry.objects.filter(model="contacts.consent", action="changed").count() == 41


def test_one_that_comes_in_the_meantime_is_revoked_as_if_it_had_been_there(
    home: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = QuerySet.bulk_create

    def after_another(rows: Any, objs: Any, *args: Any, **kwargs: Any) -> Any:
        monkeypatch.setattr(QuerySet, "bulk_create", write)
        imported(home, HEAD, LINE)
        return write(rows, objs, *args, **kwargs)

    monkeypatch.setattr(QuerySet, "bulk_create", after_another)

    imported(home, HEAD, LINE.replace(",,Form", ",2026-06-01,Form"))

    assert Consent.objects.get().revoked_at == datetime(2026, 6, 1, tzinfo=UTC)


def test_an_import_that_was_cut_off_is_done_again_from_the_beginning(
    home: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "BATCH", 2)
    content = [HEAD, *(LINE.replace("0199", f"{last:04}") for last in range(5))]

    def cut_off() -> Iterable[bytes]:
        yield from (line.encode() for line in content[:4])
        raise OSError("cut off")

    with pytest.raises(OSError, match="cut off"):
        import_consents(organization_id=home.pk, sight=None, lines=cut_off())
    assert len(rows(home)) == 2

    outcome = imported(home, *content)

    assert (outcome.added, outcome.known) == (3, 2)


def test_an_import_is_in_the_audit_log_without_saying_whose(home: Organization) -> None:
    imported(home, HEAD, LINE, LINE.replace(NUMBER, ANOTHER))
    imported(home, HEAD, LINE)

    (entry,) = AuditEntry.objects.filter(model="contacts.consent")
    assert (entry.organization_id, entry.action) == (home.pk, "created")
    assert not any(text in f"{entry.after}{entry.object_name}" for text in (NUMBER[-4:], "4711"))


def test_another_organization_has_consents_of_its_own(home: Organization) -> None:
    imported(make_organization(), HEAD, LINE)

    assert imported(home, HEAD, LINE).added == 1
    assert len(rows(home)) == 1


# ---- Out -------------------------------------------------------------------------------------------------------


def test_what_is_written_is_read_again_as_it_was(home: Organization) -> None:
    now = timezone.now()
    for number, evidence in enumerate(["=HYPERLINK(1)", "@a, \"b\"; 'c'", "-1", "Ω", "'=1", "a\tb"]):
        Consent.objects.create(
            organization=home, phone_number=f"+1416555{number:04}", basis="express", purpose="service",
            obtained_at=now - timedelta(microseconds=number), evidence=evidence, source="api",
            revoked_at=now if number % 2 else None, expires_at=None if number % 3 else now + timedelta(days=1),
        )  # fmt: skip
    file = file_of(home)
    other = make_organization()

    outcome = imported(other, *file.split("\r\n"))

    assert (outcome.added, faults(outcome)) == (6, [])
    assert rows(other) == [(*row[:-1], row[-1].replace("\t", " ")) for row in rows(home)]
    assert imported(home, *file.split("\r\n")).known == 6


def test_no_cell_is_one_that_a_spreadsheet_calculates(home: Organization) -> None:
    for last, evidence in enumerate(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "a;=1", "\uff1d1"]):
        Consent.objects.create(
            organization=home, phone_number=f"+1416555{last:04}", basis="express", purpose="service",
            obtained_at=timezone.now(), evidence=evidence, source="api",
        )  # fmt: skip

    cells = [row["evidence"].strip() for row in csv.DictReader(io.StringIO(file_of(home)))]

    assert len(cells) == 7
    assert [cell for cell in cells if cell[:1] in "=+-@\uff1d" or ";=" in cell] == []


# ---- In the admin ----------------------------------------------------------------------------------------------


@pytest.fixture
def member(home: Organization) -> User:
    return make_staff(home)


@pytest.fixture
def staff(member: User) -> Client:
    return admin_of(member)


def address(view: str) -> str:
    return reverse(f"admin:contacts_consent_{view}")


def upload(client: Client, content: str, **fields: Any) -> Any:
    file = SimpleUploadedFile("consents.csv", content.encode())
    return client.post(address("import_list"), {"file": file, **fields}, follow=True)


def test_staff_import_a_file_and_are_told_which_lines_are_none(staff: Client, member: User, home: Organization) -> None:
    said = text_of(upload(staff, f"{HEAD}\n{LINE}\nhello\n{LINE}\n"))

    assert "Kept 1 consents; 1 lines tell of one that was there already." in said
    assert "1 lines are invalid and were left out: line 3: Not a telephone number" in said
    assert set(Consent.objects.values_list("organization", "added_by")) == {(home.pk, member.pk)}


def test_a_file_without_names_of_columns_or_too_large_is_refused(staff: Client, settings: Any) -> None:
    assert "The first line is to name the columns" in text_of(upload(staff, LINE))
    settings.TETHER_DNC_UPLOAD_MAX_BYTES = 10
    assert "Larger than 10 bytes" in text_of(upload(staff, f"{HEAD}\n{LINE}"))
    assert not Consent.objects.exists()


def test_staff_import_and_export_their_own_organizations_alone(staff: Client, home: Organization) -> None:
    theirs = make_organization()
    imported(theirs, HEAD, LINE)
    upload(staff, f"{HEAD}\n{LINE.replace(NUMBER, ANOTHER)}", organization=theirs.pk)

    answer = Answer(staff.get(address("export_list"), {"organization": theirs.pk}))

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.content.decode() == file_of(home)
    assert ANOTHER in answer.content.decode()
    assert NUMBER not in answer.content.decode()
    assert list(AccessEntry.objects.values_list("organization_id", "kind")) == [(home.pk, "export")]


def test_a_superuser_says_whose_they_are(root: Client, home: Organization) -> None:
    assert "This field is required" in text_of(upload(root, f"{HEAD}\n{LINE}"))
    upload(root, f"{HEAD}\n{LINE}", organization=home.pk)
    assert NUMBER in Answer(root.get(address("export_list"), {"organization": home.pk})).content.decode()
    assert root.get(address("export_list"), {"organization": "\0"}).status_code == 400


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "America/Los_Angeles"])
def test_the_first_and_the_last_that_is_kept_is_shown_by_every_clock(
    staff: Client, home: Organization, zone: str
) -> None:
    home.time_zone = zone
    home.save()
    assert imported(home, HEAD, f"{NUMBER},express,marketing,0001-01-02,9999-12-31,,").added == 1

    assert staff.get(list_of(Consent)).status_code == 200
    assert staff.get(page_of(Consent.objects.get())).status_code == 200


def test_the_list_leads_to_both(staff: Client) -> None:
    page = staff.get(list_of(Consent)).content.decode()
    for view in ("import_list", "export_list"):
        assert f'href="{address(view)}' in page


def test_the_admin_gives_no_file_to_whom_the_api_gives_none(home: Organization) -> None:
    imported(home, HEAD, LINE)
    rep = admin_of(make_user(organization=home, is_staff=True, access_role="SALES_REP"))

    assert (rep.get(address("export_list")).status_code, upload(rep, f"{HEAD}\n{LINE}").status_code) == (403, 403)

    page = rep.get(list_of(Consent))
    assert page.status_code == 200
    assert address("export_list") not in page.content.decode()
    assert not AccessEntry.objects.exists()


# ---- By the API ------------------------------------------------------------------------------------------------

IMPORT, EXPORT = "/api/consents/import", "/api/consents/export"


def sent(client: ApiClient, content: str | bytes, content_type: str = "text/csv; charset=utf-8") -> Answer:
    body = content if isinstance(content, bytes) else content.encode()
    return client.post(IMPORT, body, content_type=content_type)


@pytest.fixture
def head(home: Organization) -> ApiClient:
    return logged_in(make_user(organization=home, access_role="DEPARTMENT_HEAD"))


def test_a_file_is_sent_and_each_line_that_is_no_consent_told(head: ApiClient, home: Organization) -> None:
    answer = sent(head, f"{HEAD}\n{LINE}\nhello\n")

    fault = {"line": 3, "message": "Not a telephone number with its country code"}
    assert answer.body == {
        "success": True, "added": 1, "known": 0, "revoked": 0, "invalid": 1, "faults": [fault]
    }  # fmt: skip
    assert [row[0] for row in rows(home)] == [NUMBER]
    assert sent(head, f"{HEAD}\n{LINE}\n").body["known"] == 1


def test_of_many_bad_lines_the_first_are_told(head: ApiClient) -> None:
    answer = sent(head, "\n".join([HEAD, *["hello"] * 150])).body

    assert (answer["invalid"], len(answer["faults"])) == (150, 100)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [("", "is to name the columns"), (LINE, "is to name"), (b"PK\x03\x04", "a workbook")],
    ids=["none", "no head", "a workbook"],
)
def test_what_is_no_such_file_is_refused(head: ApiClient, content: str | bytes, sentence: str) -> None:
    answer = sent(head, content)

    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert sentence in answer.body["error"]["message"]
    assert not Consent.objects.exists()


def test_a_file_of_another_type_or_too_large_is_refused(head: ApiClient, settings: Any) -> None:
    assert sent(head, f"{HEAD}\n{LINE}", "application/json").status == 415
    settings.TETHER_BODY_MAX_BYTES = 10
    assert sent(head, f"{HEAD}\n{LINE}").status == 413
    assert not Consent.objects.exists()


@pytest.mark.parametrize(
    "content", [f"{HEAD}\n{NUMBER},express,service,2026-05-01,,,a\0b\n".encode(), b"\0" * 99], ids=["some", "all"]
)
def test_nul_characters_break_nothing(head: ApiClient, content: bytes) -> None:
    assert sent(head, content).status in (200, 400)
    assert [row[-1] for row in Consent.objects.values_list("evidence")] in ([], ["a b"])


def test_the_organizations_consents_are_handed_out_and_that_is_written_down(
    head: ApiClient, home: Organization
) -> None:
    imported(make_organization(), HEAD, LINE)
    imported(home, HEAD, LINE.replace(NUMBER, ANOTHER))

    answer = head.get(EXPORT)

    assert answer.content.decode() == file_of(home)
    assert NUMBER not in answer.content.decode()
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert list(AccessEntry.objects.values_list("organization_id", "kind")) == [(home.pk, "export")]


def test_files_are_for_department_heads_and_above(home: Organization) -> None:
    rep = logged_in(make_user(organization=home, access_role="SALES_REP"))

    assert (rep.get(EXPORT).status, sent(rep, f"{HEAD}\n{LINE}").status) == (403, 403)
    assert not Consent.objects.exists()
    assert not AccessEntry.objects.exists()
