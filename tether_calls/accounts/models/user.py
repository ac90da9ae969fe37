from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models import OuterRef

from tether_calls.accounts.models.organization import Organization, known_time_zone
from tether_calls.common.object_id import ObjectIdModel
from tether_calls.common.redacted_kinds import NONE, Kinds
from tether_calls.common.times import zone_named
from tether_calls.trails.models import Audited, AuditedRows


class AccessRole(models.TextChoices):
    SUPERADMIN = "SUPERADMIN", "Superadmin"
    ADMIN = "ADMIN", "Admin"
    DEPARTMENT_HEAD = "DEPARTMENT_HEAD", "Department head"
    SALES_REP = "SALES_REP", "Sales rep"


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> models.QuerySet[User]:
        # wall: what every query begins with
        return AuditedRows(self.model, using=self._db)

    def of_organization(self, organization_id: str | OuterRef) -> models.QuerySet[User]:
        """The organization's users; platform staff are of none."""
        return self.filter(organization_id=organization_id)

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email=normalize_email(username or ""))

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=normalize_email(email), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        """A member of staff who sees every organization in the admin."""
        fields = {"is_staff": True, "is_superuser": True, "access_role": AccessRole.SUPERADMIN, **fields}
        return self.create_user(email, password, **fields)


def normalize_email(email: str) -> str:
    """One spelling per mailbox: stored, and looked up, in lower case."""
    return email.strip().lower()


class User(Audited, ObjectIdModel, AbstractBaseUser, PermissionsMixin):
    """A person who logs in with an e-mail address and belongs to at most one organization."""

    audit_name = "email"
    audit_secret = ("password",)
    audit_left_out = ("last_login", "is_available", "availability_changed_at", "time_zone")

    email = models.EmailField(unique=True, max_length=254)
    full_name = models.CharField(max_length=200, blank=True)
    organization = models.ForeignKey(
        Organization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="users",
        help_text="Empty only for platform staff, who have the admin but not the API.",
    )
    access_role = models.CharField(max_length=20, choices=AccessRole, default=AccessRole.SALES_REP)
    department = models.CharField(
        max_length=100,
        blank=True,
        default="",
        db_default="",
        help_text="All of the organization with the same one, in whatever letter case, are of one department.",
    )
    is_active = models.BooleanField("active", default=True)
    is_staff = models.BooleanField("staff", default=False, help_text="May log in to the admin.")
    has_two_factor = models.BooleanField(
        "two-factor login", default=False, db_default=False, editable=False, help_text="A code is asked for at login."
    )
    time_zone = models.CharField(
        max_length=64,
        blank=True,
        default="",
        db_default="",
        validators=[known_time_zone],
        help_text="By which the admin shows them times. Empty: the organization's.",
    )
    is_available = models.BooleanField(
        "available",
        default=True,
        db_default=True,
        help_text="Takes calls that are handed over, while a browser of theirs is connected.",
    )
    availability_changed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    # Of the session at hand: the OpenID provider has asked for a second factor, and the operator lets that count.
    proved_at_provider: bool = False

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        ordering = ("email",)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(access_role__in=AccessRole.values), name="user_access_role_known"
            ),
        )

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        """Empty where it is not known."""
        return self.full_name

    @property
    def home_id(self) -> str:
        """The organization's id, of a user who is known to have one (IsMember has seen to it)."""
        organization_id: str | None = self.organization_id
        assert organization_id is not None
        return organization_id

    @cached_property
    def redacts(self) -> Kinds:
        """What the organization does not keep; no statement where the user was found by a key or a token."""
        return NONE if self.organization is None else self.organization.redacts

    @property
    def zone(self) -> ZoneInfo:
        """The organization's."""
        assert self.organization is not None
        return self.organization.zone

    @property
    def reading_zone(self) -> ZoneInfo:
        """By whose clock they are shown times: their own, the organization's where they chose none, or else UTC."""
        own = zone_named(self.time_zone) if self.time_zone else None
        return own or (self.organization.zone if self.organization is not None else ZoneInfo("UTC"))

    @property
    def must_enrol(self) -> bool:
        """Whether nothing is open to them before they have set up two-factor login."""
        if self.has_two_factor or self.proved_at_provider or self.organization is None:
            return False
        return self.organization.requires_two_factor

    @property
    def sees_all_calls(self) -> bool:
        """Whether nothing of the organization's calls is kept from them: administrators, and the platform's staff."""
        if self.organization is None or not self.organization.narrows_roles:
            return True
        is_platform_staff = self.is_active and self.is_staff and self.is_superuser
        return is_platform_staff or self.access_role in (AccessRole.ADMIN, AccessRole.SUPERADMIN)

    def clean(self) -> None:
        self.email = normalize_email(self.email)
        self.department = " ".join(self.department.split())


class EndedSession(ObjectIdModel):
    """A session that ended before its tokens expired; its id is the one that they name (`accounts.tokens`)."""

    expires_at = models.DateTimeField(db_index=True, help_text="When no token of it can be good any more.")

    objects: ClassVar[models.Manager[EndedSession]] = models.Manager()

    def __str__(self) -> str:
        return f"{self.pk}"
