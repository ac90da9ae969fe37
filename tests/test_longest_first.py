"""The modules that took long begin first; where pytest has no cache nothing is known of them."""

from __future__ import annotations

import pytest

from tests.longest_first import LongestFirst

pytest_plugins = ["pytester"]


@pytest.fixture(autouse=True)
def _no_plugins_of_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    """To load them takes a second and a half each time, and none of them keeps what is known of modules."""
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")


def ran(pytester: pytest.Pytester, *options: str) -> LongestFirst:
    """What a run knows at its end, in which one test took three seconds."""
    plugin = LongestFirst(pytester.parseconfigure(*options))
    at = ("tests/test_long.py", 1, "test_it")
    plugin.pytest_runtest_logreport(pytest.TestReport("it", at, {}, "passed", None, "call", duration=3.0))
    plugin.pytest_sessionfinish()
    return plugin


def test_how_long_modules_took_is_known_to_the_next_run(pytester: pytest.Pytester) -> None:
    ran(pytester)

    known = LongestFirst(pytester.parseconfigure())

    assert known.seconds_of("tests/test_long.py") == 3.0
    assert known.seconds_of("tests/test_other.py") == 0.0


def test_without_a_cache_tests_run_all_the_same(pytester: pytest.Pytester) -> None:
    ran(pytester, "-p", "no:cacheprovider")

    assert LongestFirst(pytester.parseconfigure()).seconds_of("tests/test_long.py") == 0.0
