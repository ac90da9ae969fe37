from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
import requests
from django.core.cache import cache
from django.core.files.storage import storages
from django.db import connections
from django.test import Client, override_settings
from storages.backends.s3 import S3Storage

from tests.admin_site import admin_of, make_staff, make_superuser
from tests.clients import ApiClient, logged_in, vendor_of
from tests.contract import answers
from tests.emptied_tables import emptied_quickly
from tests.factories import make_user
from tests.live import serving
from tests.longest_first import LongestFirst, in_order
from tests.script_server import Seeded, seeded_at
from tests.sessions_left import end_sessions_left
from tests.steady_ids import refuse_ids_of_now
from tests.unhurried import unhurried
from tether_calls.accounts.models import Organization, User
from tether_calls.common import rate_limits


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(LongestFirst(config), LongestFirst.NAME)


def pytest_addoption(parser: pytest.Parser, pluginmanager: pytest.PytestPluginManager) -> None:
    if not pluginmanager.has_plugin("cacheprovider"):
        parser.addini("cache_dir", "Without pytest's cache: known all the same, since pyproject.toml sets it.")
    parser.addoption(
        "--where-servers-matter",
        action="store_true",
        help="leave out what meets no database, cache or storage: the pass on the embedded parts has it",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    refuse_ids_of_now(items)
    in_order(config, items)
    if config.getoption("--where-servers-matter"):
        left_out = [item for item in items if not _may_meet_a_server(item)]
        items[:] = [item for item in items if _may_meet_a_server(item)]
        config.hook.pytest_deselected(items=left_out)


def _may_meet_a_server(item: pytest.Item) -> bool:
    """Without a fixture or a mark, pytest-django lets no test at the database."""
    marked = any(item.get_closest_marker(name) for name in ("django_db", "servers", "skipif"))
    return marked or not {"db", "transactional_db"}.isdisjoint(getattr(item, "fixturenames", ()))


# How long an example takes says more of what else the machine is doing.
hypothesis.settings.register_profile(
    "unhurried", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(autouse=True, scope="session")
def _nothing_is_given_up_because_the_machine_is_slow() -> Iterator[None]:
    with unhurried():
        yield


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Nothing of it is garbage, and looking for some takes a seventh of the time that all tests take to be found."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_collection_finish() -> None:
    """What was collected stays to the end: looking for garbage among it again and again took a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """pytest-django's own; what is still connected in the end does not keep the database from being dropped."""
    yield
    with django_db_blocker.unblock():
        end_sessions_left()


@pytest.fixture(autouse=True, scope="session")
def _static_files_are_looked_up_when_asked_for() -> Iterator[None]:
    """Else WhiteNoise looks at each of them whenever a test makes a client, which takes longer than the test."""
    with override_settings(WHITENOISE_AUTOREFRESH=True):
        yield


@pytest.fixture(autouse=True, scope="session")
def _tables_are_emptied_quickly() -> Iterator[None]:
    with emptied_quickly():
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


@pytest.fixture(autouse=True, scope="session")
def _answers_of_other_processes_are_looked_at() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(requests.Session, "send", answers.compare_received(requests.Session.send))
        yield


@pytest.fixture(autouse=True)
def _every_answer_is_as_the_document_describes_it() -> Iterator[None]:
    """Also those that a module's fixtures got before its first test."""
    yield
    found = "\n".join(answers.differences)
    answers.differences.clear()
    assert not found, found


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
