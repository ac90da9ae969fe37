"""Whose account a login at the OpenID provider opens; whose it does not."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import IntegrityError, transaction
from pytest_django import Settings

from tests.accounts.oidc.logins import Frontend
from tests.accounts.oidc.openid_provider import OpenIdProvider
from tests.accounts.sessions import log_in
from tests.at_once import at_once
from tests.factories import UNKNOWN_ID, make_organization, make_user
from tether_calls.accounts.models import OidcIdentity, Organization, User
from tether_calls.trails.models import AuditEntry

pytestmark = pytest.mark.django_db

NO_ACCOUNT = {"error": "OIDC_NO_ACCOUNT"}


def person(provider: OpenIdProvider, subject: str, email: str | None, **claims: Any) -> Frontend:
    """Somebody else at the provider."""
    provider.claims = {"sub": subject, "email": email, **claims}
    return Frontend(provider)


def whose(frontend: Frontend) -> str:
    answer = frontend.log_in()
    assert answer.status == 200, answer
    user_id: str = answer.body["user"]["id"]
    return user_id


# ---- Accounts that there are -----------------------------------------------------------------------------------------


def test_the_first_login_is_matched_by_a_verified_address_however_it_is_spelled(
    provider: OpenIdProvider, user: User
) -> None:
    assert whose(person(provider, "one", user.email.upper())) == user.pk
    identity = OidcIdentity.objects.get()
    assert (identity.user_id, identity.issuer, identity.subject) == (user.pk, provider.issuer, "one")


def test_from_then_on_the_address_does_not_count(provider: OpenIdProvider, user: User) -> None:
    whose(person(provider, "one", user.email))

    assert whose(person(provider, "one", "renamed@example.com")) == user.pk
    assert whose(person(provider, "one", None, email_verified=None)) == user.pk
    assert OidcIdentity.objects.count() == 1


def test_the_link_is_in_the_audit_log_with_where_it_came_from(provider: OpenIdProvider, user: User) -> None:
    whose(person(provider, "one", user.email))

    entry = AuditEntry.objects.get(model="accounts.oidcidentity")
    assert (entry.action, entry.organization_id, entry.ip) == ("created", user.organization_id, "127.0.0.1")
    assert entry.after == {"user_id": user.pk, "issuer": provider.issuer, "subject": "one"}


@pytest.mark.parametrize("verified", [False, None, "false", "yes", 0, ["true"]], ids=str)
def test_an_address_that_is_not_verified_opens_nothing(verified: Any, provider: OpenIdProvider, user: User) -> None:
    assert person(provider, "one", user.email, email_verified=verified).go_there_and_back() == NO_ACCOUNT
    assert not OidcIdentity.objects.exists()


def test_some_providers_write_it_as_a_text(provider: OpenIdProvider, user: User) -> None:
    assert whose(person(provider, "one", user.email, email_verified="true")) == user.pk


@pytest.mark.parametrize(
    "email", [None, "", 7, "nobody@example.com", "x" * 300 + "@example.com"], ids=lambda it: str(it)[:20]
)
def test_who_has_no_account_is_let_into_none(email: Any, provider: OpenIdProvider, user: User) -> None:
    before = User.objects.count()

    assert person(provider, "one", email).go_there_and_back() == NO_ACCOUNT
    assert User.objects.count() == before


def test_letters_that_look_like_others_are_others(provider: OpenIdProvider) -> None:
    make_user(email="kim@example.com")

    # In lower case, the sign for kelvin is a k.
    assert person(provider, "one", "\N{KELVIN SIGN}im@example.com").go_there_and_back() == NO_ACCOUNT


def test_an_address_that_somebody_else_has_got_there_opens_no_account(
    provider: OpenIdProvider, user: User, caplog: pytest.LogCaptureFixture
) -> None:
    whose(person(provider, "one", user.email))

    assert person(provider, "two", user.email).go_there_and_back() == NO_ACCOUNT
    assert user.pk in caplog.text
    assert user.email not in caplog.text


def test_subjects_differ_by_the_case_of_their_letters(provider: OpenIdProvider, user: User, other_user: User) -> None:
    assert whose(person(provider, "abc", user.email)) == user.pk
    assert whose(person(provider, "ABC", other_user.email)) == other_user.pk


def test_the_same_subject_of_another_provider_is_somebody_else(
    provider: OpenIdProvider, user: User, other_user: User
) -> None:
    OidcIdentity.objects.create(user=other_user, issuer="https://login.example.org", subject="one")

    assert whose(person(provider, "one", user.email)) == user.pk


def test_two_accounts_of_one_address_there_cannot_be(provider: OpenIdProvider, user: User, other_user: User) -> None:
    """So a verified address is never of two organizations, and the login is of the one that has it."""
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other_user.pk).update(email=user.email)

    assert whose(person(provider, "one", user.email)) == user.pk
    # And a link to both there cannot be either.
    assert person(provider, "one", other_user.email).log_in().body["user"]["id"] == user.pk


@pytest.mark.parametrize("is_linked", [False, True])
@pytest.mark.parametrize("model", [User, Organization])
def test_an_ended_account_stays_shut(
    model: type[User | Organization], is_linked: bool, provider: OpenIdProvider, user: User
) -> None:
    if is_linked:
        whose(person(provider, "one", user.email))
    model.objects.filter(pk__in=(user.pk, user.home_id)).update(is_active=False)

    assert person(provider, "one", user.email).go_there_and_back() == NO_ACCOUNT
    assert OidcIdentity.objects.count() == int(is_linked)


@pytest.mark.django_db(transaction=True)
def test_two_first_logins_at_once_make_one_link(provider: OpenIdProvider) -> None:
    user = make_user()
    provider.claims = {"email": user.email}
    frontends = [Frontend(provider) for _ in range(2)]
    brought = [provider.person_logs_in(each.leave()) for each in frontends]

    told = at_once([lambda at=at: frontends[at].come_back(brought[at]) for at in range(2)])  # type: ignore[misc]

    assert [list(each) for each in told] == [["code"], ["code"]]
    answers = at_once([lambda at=at: frontends[at].exchange(told[at]["code"]) for at in range(2)])  # type: ignore[misc]
    assert [each.status for each in answers] == [200, 200]
    assert OidcIdentity.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_persons_there_who_are_first_at_once_one_is_linked(provider: OpenIdProvider) -> None:
    user = make_user()
    persons = [person(provider, subject, user.email) for subject in ("one", "two")]
    told = []
    for subject, each in zip(("one", "two"), persons, strict=True):
        provider.claims["sub"] = subject
        told.append(each.go_there_and_back()["code"])

    answers = at_once([lambda at=at: persons[at].exchange(told[at]) for at in range(2)])  # type: ignore[misc]

    assert sorted(each.status for each in answers) == [200, 403]
    assert OidcIdentity.objects.get().subject == ("one", "two")[[each.status for each in answers].index(200)]


# ---- Of one organization ---------------------------------------------------------------------------------------------


def test_a_provider_of_one_organization_lets_its_users_in_alone(
    provider: OpenIdProvider, user: User, other_user: User, settings: Settings
) -> None:
    settings.OIDC_ORGANIZATION = user.home_id
    root = make_user(organization=user.organization, is_staff=True, is_superuser=True)
    nowhere = make_user(organization=None, is_staff=True, is_superuser=True)

    assert whose(person(provider, "one", user.email)) == user.pk
    for stranger in (other_user, root, nowhere):
        assert person(provider, f"of {stranger.pk}", stranger.email).go_there_and_back() == NO_ACCOUNT


def test_a_user_who_has_moved_away_is_not_let_in_by_it(
    provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_ORGANIZATION = user.home_id
    whose(person(provider, "one", user.email))
    User.objects.filter(pk=user.pk).update(organization=make_organization())

    assert person(provider, "one", user.email).go_there_and_back() == NO_ACCOUNT


@pytest.mark.parametrize("named", ["own", "others", "none", "both", "number"])
def test_the_provider_may_say_of_which_organization_they_are(
    named: str, provider: OpenIdProvider, user: User, other_user: User, settings: Settings
) -> None:
    settings.OIDC_ORGANIZATION_CLAIM = "org"
    org: Any = {
        "own": user.home_id,
        "others": other_user.home_id,
        "none": None,
        "both": [user.home_id, other_user.home_id],
        "number": 7,
    }[named]

    told = person(provider, "one", user.email, org=org).go_there_and_back()

    assert ("code" in told) is (named == "own")


def test_a_provider_that_names_organizations_lets_no_staff_of_the_platform_in(
    provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_ORGANIZATION_CLAIM = "org"
    root = make_user(organization=user.organization, is_staff=True, is_superuser=True)

    assert person(provider, "one", root.email, org=user.home_id).go_there_and_back() == NO_ACCOUNT
    assert not OidcIdentity.objects.exists()


# ---- Roles -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("told", "role"),
    [
        ("SALES_REP", "SALES_REP"),
        (["staff", "DEPARTMENT_HEAD"], "DEPARTMENT_HEAD"),
        (["SALES_REP", "ADMIN"], "ADMIN"),
        # Not to be had so.
        ("SUPERADMIN", None),
        ("admin", None),
        ([], None),
        (None, None),
        ({"ADMIN": True}, None),
    ],
    ids=str,
)
def test_the_provider_may_say_the_role(
    told: Any, role: str | None, provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_ROLE_CLAIM = "roles"
    User.objects.filter(pk=user.pk).update(access_role="DEPARTMENT_HEAD")

    frontend = person(provider, "one", user.email, roles=told)
    answered = frontend.go_there_and_back()

    assert ("code" in answered) is (role is not None)
    if "code" in answered:
        assert frontend.exchange(answered["code"]).body["user"]["accessRole"] == role
    user.refresh_from_db()
    assert user.access_role == (role or "DEPARTMENT_HEAD")


def test_a_role_that_changes_is_in_the_audit_log(provider: OpenIdProvider, user: User, settings: Settings) -> None:
    settings.OIDC_ROLE_CLAIM = "roles"

    whose(person(provider, "one", user.email, roles="SALES_REP"))

    entry = AuditEntry.objects.get(model="accounts.user", action="changed")
    assert (entry.before, entry.after) == ({"access_role": "ADMIN"}, {"access_role": "SALES_REP"})


def test_without_the_setting_no_claim_says_a_role(provider: OpenIdProvider, user: User) -> None:
    User.objects.filter(pk=user.pk).update(access_role="SALES_REP")

    whose(person(provider, "one", user.email, roles="ADMIN", role="ADMIN", access_role="ADMIN"))

    user.refresh_from_db()
    assert user.access_role == "SALES_REP"


@pytest.mark.parametrize("held", [{"access_role": "SUPERADMIN"}, {"is_staff": True, "is_superuser": True}], ids=str)
def test_no_claim_takes_the_platforms_staff_their_role(
    held: dict[str, Any], provider: OpenIdProvider, settings: Settings
) -> None:
    settings.OIDC_ROLE_CLAIM = "roles"
    boss = make_user(**held)

    whose(person(provider, "one", boss.email, roles="SALES_REP"))

    before = boss.access_role
    boss.refresh_from_db()
    assert boss.access_role == before


# ---- Accounts that there are not yet ---------------------------------------------------------------------------------


def test_accounts_are_made_where_the_operator_lets_them(
    provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_CREATES_ACCOUNTS = True
    settings.OIDC_ORGANIZATION = user.home_id
    newcomer = person(provider, "new", "New.Comer@Example.com", name="New Comer\n")

    made = User.objects.get(pk=whose(newcomer))

    assert (made.email, made.full_name, made.organization_id) == ("new.comer@example.com", "New Comer", user.home_id)
    assert (made.access_role, made.is_staff, made.is_superuser) == ("SALES_REP", False, False)
    # There is no password to it.
    assert log_in(made.email).status == 401
    assert whose(person(provider, "new", "New.Comer@Example.com")) == made.pk
    assert AuditEntry.objects.filter(model="accounts.user", action="created", object_id=made.pk).exists()


def test_they_are_of_the_organization_and_role_that_the_provider_says(
    provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_CREATES_ACCOUNTS = True
    settings.OIDC_ORGANIZATION_CLAIM, settings.OIDC_ROLE_CLAIM = "org", "roles"

    made = User.objects.get(pk=whose(person(provider, "new", "new@example.com", org=[user.home_id], roles="ADMIN")))

    assert (made.organization_id, made.access_role) == (user.home_id, "ADMIN")


@pytest.mark.parametrize("org", [None, UNKNOWN_ID, "x", ["a", "b"], "inactive"], ids=str)
def test_none_is_made_of_an_organization_that_there_is_not(
    org: Any, provider: OpenIdProvider, settings: Settings
) -> None:
    settings.OIDC_CREATES_ACCOUNTS = True
    settings.OIDC_ORGANIZATION_CLAIM = "org"
    named = make_organization(is_active=False).pk if org == "inactive" else org

    assert person(provider, "new", "new@example.com", org=named).go_there_and_back() == NO_ACCOUNT
    assert not User.objects.filter(email="new@example.com").exists()


def test_none_is_made_without_a_role_where_the_provider_is_to_say_it(
    provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_CREATES_ACCOUNTS, settings.OIDC_ORGANIZATION = True, user.home_id
    settings.OIDC_ROLE_CLAIM = "roles"

    assert person(provider, "new", "new@example.com").go_there_and_back() == NO_ACCOUNT
    assert not User.objects.filter(email="new@example.com").exists()


@pytest.mark.parametrize("email", ["no address", "a@b", "a b@example.com"])
def test_none_is_made_with_what_is_no_address(
    email: str, provider: OpenIdProvider, user: User, settings: Settings
) -> None:
    settings.OIDC_CREATES_ACCOUNTS, settings.OIDC_ORGANIZATION = True, user.home_id

    assert person(provider, "new", email).go_there_and_back() == NO_ACCOUNT


@pytest.mark.django_db(transaction=True)
def test_two_first_logins_at_once_make_one_account(provider: OpenIdProvider, settings: Settings) -> None:
    settings.OIDC_CREATES_ACCOUNTS, settings.OIDC_ORGANIZATION = True, make_organization().pk
    provider.claims = {"email": "new@example.com"}
    frontends = [Frontend(provider) for _ in range(2)]
    brought = [provider.person_logs_in(each.leave()) for each in frontends]

    told = at_once([lambda at=at: frontends[at].come_back(brought[at]) for at in range(2)])  # type: ignore[misc]

    assert [list(each) for each in told] == [["code"], ["code"]]
    assert User.objects.filter(email="new@example.com").count() == 1
