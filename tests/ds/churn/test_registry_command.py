"""Going back to an earlier version, on the command line."""

from collections.abc import Callable

import pytest

from ds import registry
from tests.ds.churn.work import LARGE_OWNER, SMALL_OWNER, Workplace

CURRENT = (
    "select model_id from churn_models join gyms using (gym_id)"
    " where email = :email and label = 'lapse' and is_current"
)


@pytest.fixture
def command(trained: Workplace, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    monkeypatch.setenv("OPS_DATABASE_URL", trained.database.ops_url)
    return lambda *arguments: registry.main(["--gym", LARGE_OWNER, *map(str, arguments)])


def test_rollback_makes_an_earlier_version_active_and_requests_scores(
    trained: Workplace, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    [(active,)] = trained.query(CURRENT, email=LARGE_OWNER)
    [(other,), *_] = trained.query(
        "select model_id from churn_models join gyms using (gym_id)"
        " where email = :email and label = 'lapse' and not is_current order by 1",
        email=LARGE_OWNER,
    )
    assert command("--promote", other) == 0
    assert f"version {other} (lapse" in capsys.readouterr().out
    assert trained.query(CURRENT, email=LARGE_OWNER) == [(other,)]
    jobs = "select count(*) from job_runs where job = 'scores' and key like 'promoted%'"
    assert trained.query(jobs) == [(1,)]
    assert command() == 0
    listed = capsys.readouterr().out
    assert f"* {other}" in listed
    assert f"* {active}" not in listed
    assert command("--card", active) == 0
    assert "## Gates" in capsys.readouterr().out


def test_what_cannot_be_active_is_refused_and_changes_nothing(
    trained: Workplace, command: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    before = trained.query(CURRENT, email=LARGE_OWNER)
    [(theirs,)] = trained.query(CURRENT, email=SMALL_OWNER)
    assert command("--promote", theirs) == 1
    assert "has no version" in capsys.readouterr().err
    trained.query("update churn_models set code_version = '0' where not is_current")
    [(old,), *_] = trained.query("select model_id from churn_models where code_version = '0'"
                                 " and label = 'lapse' order by 1")  # fmt: skip
    assert command("--promote", old) == 1
    assert "no longer computed" in capsys.readouterr().err
    assert trained.query(CURRENT, email=LARGE_OWNER) == before
    assert registry.main(["--gym", "nobody@example.com"]) == 1
