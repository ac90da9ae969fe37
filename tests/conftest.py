from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.core.files.storage import storages
from django.core.management.commands import flush
from django.db import connections
from django.test import Client, override_settings
from storages.backends.s3 import S3Storage

from tests.admin_site import admin_of, make_staff, make_superuser
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract import answers
from tests.factories import make_user
from tests.live import serving
from tests.script_server import Seeded, seeded_at
from tests.unhurried import unhurried
from tether_calls.accounts.models import Organization, User
from tether_calls.common import rate_limits


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What may take longest begins first, so that no worker is alone with it in the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


# How long an example takes says more of what else the machine is doing.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_given_up_because_the_machine_is_slow() -> Iterator[None]:
    with unhurried():
        yield


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking for garbage among it again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_looked_up_when_asked_for() -> Iterator[None]:
    """Else WhiteNoise looks at each of them whenever a test makes a client, which takes longer than the test."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(autouse=True, scope="session")
def _emptied_tables_leave_content_types_and_permissions() -> Iterator[None]:
    """Else they are made anew after each test that commits, which takes longer than the test."""
    kept = {ContentType._meta.db_table, Permission._meta.db_table}

    def of_other_tables(style: Any, connection: Any, **options: Any) -> list[str]:
        tables = connection.introspection.django_table_names(only_existing=True, include_views=False)
        statements: list[str] = connection.ops.sql_flush(
            style, [name for name in tables if name not in kept], **options
        )
        return statements

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flush, "sql_flush", of_other_tables)
        patch.setattr(flush, "emit_post_migrate_signal", lambda *_args, **_kwargs: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def _bucket_of_the_worker() -> None:
    """Tests side by side have buckets of their own (settings/test.py); the servers come with one, for all others."""
    storage = storages["recordings"]
    if isinstance(storage, S3Storage) and "PYTEST_XDIST_WORKER" in os.environ:
        storage.connection.meta.client.create_bucket(Bucket=storage.bucket_name)


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """Locks and counters of one test are not another's."""
    yield
    cache.clear()
    # Those of Redis went with the cache.
    rate_limits._storage("").reset()


@pytest.fixture(autouse=True)
def _every_answer_is_as_the_document_describes_it() -> Iterator[None]:
    answers.differences.clear()
    yield
    assert not answers.differences, "\n".join(answers.differences)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Stops the clock that limits are counted by, and sets it to so many seconds from now."""
    began = time.time()

    def move(seconds: float) -> None:
        monkeypatch.setattr(time, "time", lambda: began + seconds)

    move(0)
    return move


@pytest.fixture
def user(db: None) -> User:
    return make_user()


@pytest.fixture
def home(user: User) -> Organization:
    """The organization of `user`."""
    assert user.organization is not None
    return user.organization


@pytest.fixture
def other_user(db: None) -> User:
    """A user of another organization."""
    return make_user()


@pytest.fixture
def api(user: User) -> ApiClient:
    """The frontend, logged in as `user`."""
    return logged_in(user)


@pytest.fixture
def other_api(other_user: User) -> ApiClient:
    """The frontend, logged in as a user of another organization."""
    return logged_in(other_user)


@pytest.fixture
def root(db: None) -> Client:
    """The admin, as a superuser has it."""
    return admin_of(make_superuser())


@pytest.fixture
def staff(home: Organization) -> Client:
    """The admin, as staff of `user`'s organization have it."""
    return admin_of(make_staff(home))


@pytest.fixture
def vendor(user: User) -> ApiClient:
    """A vendor's system with `user`'s API key."""
    return vendor_of(user)


@pytest.fixture(scope="session")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    """A demo that script/server has made and left; servers start from copies of it. All workers have the same."""
    ours = tmp_path_factory.getbasetemp()
    return seeded_at((ours.parent if "PYTEST_XDIST_WORKER" in os.environ else ours) / "seeded")


@pytest.fixture(scope="session")
def _live_server(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    with django_db_blocker.unblock(), serving() as base_url:
        yield base_url
    for connection in connections.all():
        if hasattr(connection, "close_pool"):
            connection.close_pool()


@pytest.fixture
def live_url(_live_server: str, transactional_db: None) -> str:
    """Base URL of a running server that sees what the test commits, and the other way round."""
    return _live_server
