"""No test is known by the time at which it was found."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

import tests.factories
from tests.steady_ids import refuse_ids_of_now, tells_the_time

NOW = datetime(2031, 2, 3, 4, 5, 6, tzinfo=UTC)


class _Item:
    path = Path(__file__)

    def __init__(self, nodeid: str) -> None:
        self.nodeid = nodeid


@pytest.mark.parametrize(
    "form", ["%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M", "%Y%m%dT%H%M", "%Y%m%d%H%M%S", "until-%s", "%s000", "%s000000"]
)
def test_an_id_with_the_time_of_its_collection_tells_it(form: str) -> None:
    text = form.replace("%s", str(int(NOW.timestamp())))
    assert tells_the_time(f"{NOW:{text}}]", Path(tests.factories.__file__), NOW)


@pytest.mark.parametrize(
    "given",
    [
        "1999-01-01]",
        "2031-02-03]",
        "20310203]",
        "2031-02-06T04:05]",
        "1927600000]",
        "4165550100]",
        "+14165550199]",
        "00000]",
        "",
    ],
)
def test_other_ids_do_not(given: str, tmp_path: Path) -> None:
    # Of a module that has written down none of them.
    module = tmp_path / "test_others.py"
    module.touch()
    assert not tells_the_time(given, module, NOW)


def test_a_time_that_the_module_has_written_down_is_none_of_collection(tmp_path: Path) -> None:
    module = tmp_path / "test_days.py"
    module.write_text('AT = "2031-02-03T04:05:06Z"')
    assert not tells_the_time("2031-02-03T04:05:06Z]", module, NOW)


def test_all_of_them_are_named_before_any_test_runs() -> None:
    now = datetime.now(UTC).isoformat()
    first, steady, second = _Item(f"a.py::test_a[{now}]"), _Item("a.py::test_b[x]"), _Item(f"a.py::test_c[{now}]")
    with pytest.raises(pytest.UsageError) as refused:
        refuse_ids_of_now([first, steady, second])  # type: ignore[list-item]
    assert first.nodeid in str(refused.value)
    assert second.nodeid in str(refused.value)
    assert steady.nodeid not in str(refused.value)
