"""script/test says what it can do."""

from __future__ import annotations

import pytest

from script import run_checks


def test_its_help_says_what_each_part_is(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run_checks.main(["-h"])

    assert ended.value.code == 0
    told = {line.split()[0]: line for line in capsys.readouterr().out.splitlines() if line.strip()}
    for part, what in run_checks.PARTS.items():
        assert what in told[part]
