"""May a number be called: consent, attempts, and the row that stays of each answer."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import QuerySet
from django.utils import timezone

from contacts.models import (
    CallPurpose,
    Consent,
    ConsentBasis,
    ConsentSource,
    DialDecision,
    DialPath,
    ImmutableDecisionError,
)
from contacts.services.consents import Given, add_consent, revoke_consent, revoke_consents
from contacts.services.may_call import (
    Asking,
    AttemptTaken,
    CallRefused,
    Decision,
    check_may_be_planned,
    keep_allowed,
    keep_refused,
    may_call,
    may_the_browser_call,
)
from contacts.services.may_call.pseudonymise import pseudonymise
from tests.at_once import at_once
from tests.factories import make_do_not_call, make_organization
from tests.statements import statements_made
from tether_calls.accounts.models import ConsentPolicy, Organization
from tether_calls.common.errors import ErrorCode, TetherError
from tether_calls.common.object_id import new_object_id

pytestmark = pytest.mark.django_db

NUMBER = "+14165550199"
# A Wednesday, 11:00 in Toronto.
AT = datetime(2026, 5, 13, 15, tzinfo=UTC)
BEFORE = AT - timedelta(days=90)


def asking(home: Organization, **fields: Any) -> Asking:
    defaults: dict[str, Any] = {"phone_number": NUMBER, "path": DialPath.USER, "at": AT}
    return Asking(organization_id=home.pk, **{**defaults, **fields})


def decided(home: Organization, **fields: Any) -> Decision:
    return may_call(asking(home, **fields))


def code(home: Organization, **fields: Any) -> ErrorCode | None:
    return decided(home, **fields).verdict.code


def dialled(home: Organization, *, at: datetime, number: str = NUMBER) -> str:
    """A dial that was allowed then; the id of its call."""
    call_id = new_object_id()
    keep_allowed(decided(home, at=at, phone_number=number), call_id=call_id)
    return call_id


def consent(home: Organization, **fields: Any) -> Consent:
    defaults: dict[str, Any] = {"basis": ConsentBasis.EXPRESS_WRITTEN, "obtained_at": BEFORE}
    purpose = fields.pop("purpose", CallPurpose.MARKETING)
    number = fields.pop("phone_number", NUMBER)
    made, _ = add_consent(
        organization_id=home.pk,
        sight=None,
        phone_number=number,
        purpose=purpose,
        given=Given(**{**defaults, **fields}),
        source=ConsentSource.API,
    )
    return made


# ---- Consent -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ConsentPolicy.values)
@pytest.mark.parametrize("purpose", CallPurpose)
def test_an_organization_says_for_which_calls_it_wants_consent(policy: str, purpose: CallPurpose) -> None:
    home = make_organization(consent_policy=policy)
    wanted = policy == "all" or policy == purpose.value

    assert code(home, purpose=purpose) == (ErrorCode.CONSENT_MISSING if wanted else None)
    consent(home, purpose=purpose)
    assert code(home, purpose=purpose) is None


# Which bases are consent to which calls: anywhere, in the United States, in Canada.
SUFFICE = {
    (): {"marketing": set(ConsentBasis.values), "service": set(ConsentBasis.values)},
    ("us_telemarketing",): {
        "marketing": {"express_written"},
        "service": {"express_written", "express", "inbound_request"},
    },
    ("ca_telemarketing",): {"marketing": {"express_written", "express"}, "service": set(ConsentBasis.values)},
}


@pytest.mark.parametrize("packs", SUFFICE, ids=lambda packs: "".join(packs) or "no_pack")
@pytest.mark.parametrize("basis", ConsentBasis)
@pytest.mark.parametrize("purpose", CallPurpose)
@pytest.mark.parametrize("state", ["present", "expired", "revoked", "of_another_number"])
def test_a_basis_is_consent_where_the_rules_say_so_and_as_long_as_it_holds(
    packs: tuple[str, ...], basis: ConsentBasis, purpose: CallPurpose, state: str
) -> None:
    home = make_organization(consent_policy="all", rule_packs=list(packs))
    number = "+12125550199" if "us_telemarketing" in packs else NUMBER
    given = consent(
        home,
        basis=basis,
        purpose=purpose,
        phone_number="+14165550198" if state == "of_another_number" else number,
        expires_at=AT if state == "expired" else None,
    )
    if state == "revoked":
        Consent.objects.filter(pk=given.pk).update(revoked_at=AT)

    found = code(home, purpose=purpose, phone_number=number, is_disclosed=True)

    may = state == "present" and basis.value in SUFFICE[packs][purpose.value]
    assert found == (None if may else ErrorCode.CONSENT_MISSING)


def test_where_a_rule_pack_is_not_known_agents_call_nobody_and_people_do() -> None:
    home = make_organization(rule_packs=["ca_telemarketing", "gb_telemarketing"])

    refused = decided(home, is_disclosed=True).verdict

    assert (refused.is_allowed, refused.code, refused.next_allowed_at) == (False, ErrorCode.RULE_PACK_UNKNOWN, None)
    [unknown] = [rule for rule in refused.rules if rule.result == "fail"]
    # Pages show what the rule says.
    assert unknown.rule == "gb_telemarketing"
    assert "the rule pack gb_telemarketing," in unknown.detail
    with pytest.raises(CallRefused) as planned:
        check_may_be_planned(asking(home, is_disclosed=True), begins=AT + timedelta(days=1))
    assert planned.value.code == ErrorCode.RULE_PACK_UNKNOWN
    assert may_the_browser_call(asking(home)).verdict.is_allowed


def test_consent_to_marketing_is_consent_to_service_calls_and_not_the_other_way_round() -> None:
    home = make_organization(consent_policy="all")
    consent(home, purpose=CallPurpose.SERVICE)
    assert code(home, purpose=CallPurpose.MARKETING) == ErrorCode.CONSENT_MISSING

    consent(home, purpose=CallPurpose.MARKETING)
    assert code(home, purpose=CallPurpose.SERVICE) is None


def test_consent_holds_until_the_moment_at_which_it_expires() -> None:
    home = make_organization(consent_policy="all")
    consent(home, expires_at=AT + timedelta(seconds=1))

    assert code(home) is None
    assert code(home, at=AT + timedelta(seconds=1)) == ErrorCode.CONSENT_MISSING


def test_who_takes_back_a_consent_takes_back_those_of_before() -> None:
    home = make_organization(consent_policy="all")
    first = consent(home, obtained_at=BEFORE)
    consent(home, obtained_at=BEFORE + timedelta(days=1), basis=ConsentBasis.EXPRESS)
    Consent.objects.filter(pk=first.pk).update(revoked_at=AT - timedelta(days=2))
    assert code(home) == ErrorCode.CONSENT_MISSING

    consent(home, obtained_at=AT - timedelta(days=1))
    assert code(home) is None


def test_however_many_consents_were_told_since_the_one_that_is_taken_back_counts() -> None:
    home = make_organization(consent_policy="all")
    first = consent(home, obtained_at=BEFORE)
    for hours in range(1, 102):
        consent(home, obtained_at=BEFORE + timedelta(hours=hours))
    assert code(home) is None

    Consent.objects.filter(pk=first.pk).update(revoked_at=AT - timedelta(hours=1))
    assert code(home) == ErrorCode.CONSENT_MISSING
    consent(home, obtained_at=AT - timedelta(minutes=1))
    assert code(home) is None


def test_a_consent_that_is_told_again_is_the_same_and_a_revoked_one_stays_so() -> None:
    home = make_organization(consent_policy="all")
    first = consent(home, evidence="Form 1")
    assert revoke_consent(organization_id=home.pk, consent_id=first.pk, sight=None)

    again = consent(home, evidence="Form 2")

    assert (again.pk, again.evidence, Consent.objects.count()) == (first.pk, "Form 1", 1)
    assert code(home, at=timezone.now()) == ErrorCode.CONSENT_MISSING


def test_a_numbers_consents_are_revoked_together_and_nobody_elses() -> None:
    home, other = make_organization(), make_organization()
    for organization in (home, other):
        consent(organization)
        consent(organization, purpose=CallPurpose.SERVICE)

    counts = [
        revoke_consents(
            organization_id=home.pk, sight=None, phone_number="+1 416 555 0199", purpose=CallPurpose.SERVICE
        ),
        revoke_consents(organization_id=home.pk, sight=None, phone_number=NUMBER),
        revoke_consents(organization_id=home.pk, sight=None, phone_number=NUMBER),
    ]

    assert counts == [1, 1, 0]
    assert Consent.objects.filter(organization=other, revoked_at=None).count() == 2


@pytest.mark.parametrize(
    ("fields", "path"),
    [
        ({"phone_number": "hello"}, "phoneNumber"),
        ({"obtained_at": datetime(2100, 1, 1, tzinfo=UTC)}, "obtainedAt"),
        ({"expires_at": BEFORE}, "expiresAt"),
    ],
)
def test_what_can_be_no_consent_is_none(fields: dict[str, Any], path: str) -> None:
    with pytest.raises(TetherError) as raised:
        consent(make_organization(), **fields)
    assert [detail.path for detail in raised.value.details] == [path]


# ---- Attempts ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "hours"), [("attempts_per_day", 24), ("attempts_per_week", 168), ("attempts_per_month", 720)]
)
def test_a_number_is_dialled_as_often_as_is_set_and_then_when_the_oldest_is_out_of_the_window(
    column: str, hours: int
) -> None:
    home = make_organization(**{column: 2})
    window = timedelta(hours=hours)
    for minutes in (0, 10):
        dialled(home, at=AT + timedelta(minutes=minutes))

    refused = decided(home, at=AT + timedelta(minutes=20)).verdict

    assert (refused.code, refused.next_allowed_at) == (ErrorCode.TOO_MANY_ATTEMPTS, AT + window)
    assert code(home, at=AT + window - timedelta(seconds=1)) == ErrorCode.TOO_MANY_ATTEMPTS
    assert code(home, at=AT + window) is None
    assert code(home, at=AT + timedelta(minutes=20), phone_number="+14165550198") is None


def test_of_several_limits_the_last_to_end_says_when() -> None:
    home = make_organization(attempts_per_day=1, attempts_per_week=2)
    for days in (-3, 0):
        dialled(home, at=AT + timedelta(days=days))

    verdict = decided(home, at=AT + timedelta(hours=1)).verdict

    assert verdict.next_allowed_at == AT + timedelta(days=4)


def test_people_and_agents_share_a_numbers_attempts() -> None:
    home = make_organization(attempts_per_day=1)
    decision = may_the_browser_call(asking(home, path=DialPath.BROWSER, call_id=new_object_id()))
    keep_allowed(decision, call_id=new_object_id())

    assert code(home, at=AT + timedelta(minutes=1)) == ErrorCode.TOO_MANY_ATTEMPTS
    theirs = may_the_browser_call(asking(home, path=DialPath.BROWSER, at=AT + timedelta(minutes=1)))
    assert theirs.verdict.code == ErrorCode.TOO_MANY_ATTEMPTS


def test_what_was_refused_is_no_attempt_and_another_organizations_dial_is_not_ours() -> None:
    home, other = make_organization(attempts_per_day=1), make_organization()
    dialled(other, at=AT)
    keep_refused(decided(home), refusal=TetherError(ErrorCode.INSUFFICIENT_FUNDS))

    assert code(home) is None


def test_limits_count_what_was_dialled_before_there_were_any() -> None:
    home = make_organization()
    dialled(home, at=AT)
    home.attempts_per_day = 2
    home.save()
    dialled(home, at=AT + timedelta(minutes=1))

    assert code(home, at=AT + timedelta(minutes=2)) == ErrorCode.TOO_MANY_ATTEMPTS


def test_of_two_who_were_both_told_that_they_may_the_second_has_to_ask_again() -> None:
    home = make_organization(attempts_per_day=1)
    both = [decided(home), decided(home)]
    keep_allowed(both[0], call_id=new_object_id())

    with pytest.raises(AttemptTaken):
        keep_allowed(both[1], call_id=new_object_id())

    assert code(home) == ErrorCode.TOO_MANY_ATTEMPTS
    assert DialDecision.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_as_many_dial_as_there_are_attempts() -> None:
    home = make_organization(attempts_per_day=3)

    def dial() -> bool:
        for _ in range(20):
            decision = decided(home)
            if decision.verdict.code is not None:
                return False
            try:
                keep_allowed(decision, call_id=new_object_id())
            except AttemptTaken:
                continue
            return True
        raise AssertionError("never decided")

    assert sorted(at_once([dial] * 8)) == [False] * 5 + [True] * 3
    assert set(DialDecision.objects.values_list("attempt", flat=True)) == {1, 2, 3}


# ---- What stays ----------------------------------------------------------------------------------------------------


def test_a_decision_says_who_asked_what_was_known_and_what_every_rule_said() -> None:
    home = make_organization(attempts_per_day=5, consent_policy="all")
    given = consent(home)
    call_id, user_id, agent_id = new_object_id(), new_object_id(), new_object_id()

    keep_allowed(decided(home, user_id=user_id, agent_id=agent_id, is_disclosed=True), call_id=call_id)

    row = DialDecision.objects.get()
    assert (row.phone_number, row.path, row.purpose, row.at) == (NUMBER, "user", "marketing", AT)
    assert (row.user_id, row.agent_id, row.call_id, row.is_allowed, row.code) == (user_id, agent_id, call_id, True, "")
    assert [(rule["rule"], rule["result"]) for rule in row.rules] == [
        ("do_not_call", "pass"),
        ("number_type", "pass"),
        ("consent", "pass"),
        ("disclosure", "pass"),
        ("calling_hours", "pass"),
        ("attempts:24h", "pass"),
    ]
    assert row.facts["zones"] == ["America/Toronto"]
    assert row.facts["consents"][0]["id"] == given.pk
    assert NUMBER.removeprefix("+") not in str(row.facts) + str(row.rules)


def test_a_refusal_by_time_says_when_nothing_is_in_the_way() -> None:
    home = make_organization(attempts_per_day=1)
    dialled(home, at=AT)
    decision = decided(home, at=AT + timedelta(hours=1))

    make_do_not_call(home, phone_number=NUMBER)

    assert decision.verdict.next_allowed_at == AT + timedelta(days=1)
    listed = decided(home, at=AT + timedelta(hours=1)).verdict
    assert (listed.code, listed.next_allowed_at) == (ErrorCode.DO_NOT_CALL, None)


def test_a_decision_is_never_changed_nor_deleted() -> None:
    home = make_organization()
    dialled(home, at=AT)
    row = DialDecision.objects.get()

    row.code = "DO_NOT_CALL"
    for change in (row.save, row.delete, DialDecision.objects.all().delete):
        with pytest.raises(ImmutableDecisionError):
            change()
    with pytest.raises(ImmutableDecisionError):
        DialDecision.objects.update(code="x")
    with pytest.raises(ImmutableDecisionError):
        DialDecision.objects.bulk_update([row], ["code"])


def test_the_database_itself_refuses_to_change_a_decision() -> None:
    dialled(make_organization(), at=AT)
    forbidden = [
        "UPDATE contacts_dialdecision SET phone_number = '+14165550100'",
        "UPDATE contacts_dialdecision SET is_allowed = false, code = 'DO_NOT_CALL'",
        "UPDATE contacts_dialdecision SET phone_number = 'erased:1', erased_at = at, code = 'x', is_allowed = false",
    ]
    if connection.vendor == "postgresql":
        forbidden.append("DELETE FROM contacts_dialdecision")
    for sql in forbidden:
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql)


def test_where_a_persons_data_is_erased_a_pseudonym_takes_the_numbers_place_once() -> None:
    home, other = make_organization(attempts_per_day=3), make_organization()
    call_id = dialled(home, at=AT)
    dialled(home, at=AT + timedelta(minutes=1))
    dialled(other, at=AT)

    def ours() -> QuerySet[DialDecision]:
        return DialDecision.objects.of_organization(home.pk).filter(phone_number=NUMBER)

    counts = [pseudonymise(ours()) for _ in range(2)]

    assert counts == [2, 0]
    names = set(DialDecision.objects.of_organization(home.pk).values_list("phone_number", flat=True))
    assert len(names) == 1
    assert names.pop().startswith("erased:")
    assert DialDecision.objects.of_organization(other.pk).get().phone_number == NUMBER
    erased = DialDecision.objects.filter(call_id=call_id)
    with pytest.raises(DatabaseError), transaction.atomic():
        QuerySet.update(erased, phone_number="erased:again")
    # Whoever is called again is somebody new, and is erased again.
    dialled(home, at=AT + timedelta(minutes=2))
    assert pseudonymise(ours()) == 1


def test_a_call_has_one_decision() -> None:
    home = make_organization()
    call_id = dialled(home, at=AT)

    with pytest.raises(AttemptTaken):
        keep_allowed(decided(home), call_id=call_id)
    keep_refused(decided(home, call_id=call_id), refusal=TetherError(ErrorCode.DO_NOT_CALL))

    assert DialDecision.objects.count() == 1


def test_the_database_wants_a_call_or_a_reason() -> None:
    home = make_organization()
    for fields in ({"is_allowed": True}, {"is_allowed": False}, {"is_allowed": False, "code": "X", "attempt": 1}):
        with pytest.raises(IntegrityError), transaction.atomic():
            DialDecision.objects.create(
                organization=home,
                at=AT,
                path="user",
                purpose="marketing",
                phone_number=NUMBER,
                rules=[],
                facts={},
                **fields,
            )


def test_deciding_takes_one_statement_and_with_limits_two() -> None:
    home = make_organization(consent_policy="all")
    consent(home)
    with statements_made() as made:
        decided(home)
    home.attempts_per_day = 2
    home.save()
    with statements_made() as limited:
        decision = decided(home)
    with statements_made() as kept:
        keep_allowed(decision, call_id=new_object_id())

    assert (len(made), len(limited), len(kept)) == (1, 2, 1)
