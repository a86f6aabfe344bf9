"""The figures of docs/churn-evaluation.md, where the real log is there."""

from datetime import date

import pandas as pd
import pytest

from ds.churn.history import make_history
from ds.evaluation.backtest import CHAMPION, backtest, summarise
from tests.etl.door_log import ZONE, find_real_log

pytestmark = pytest.mark.long


def test_the_model_keeps_what_the_docs_say_of_the_real_log() -> None:
    path = find_real_log()
    if path is None:
        pytest.skip("the real door log is not here: COMEBACK_DATA does not lead to it")
    taps = pd.read_csv(path)
    entered = pd.to_datetime(taps["entered_at"], utc=True).dt.tz_convert(ZONE)
    visits = pd.DataFrame(
        {"member_id": taps["member"], "day": entered.dt.tz_localize(None).dt.normalize()}
    )
    history = make_history(as_of=date(2024, 6, 30), visits=visits)
    found = summarise(backtest(history, date(2024, 3, 1), date(2024, 5, 31)))["groups"]
    everybody, established = found["all"][CHAMPION], found["established"][CHAMPION]
    assert (everybody["n"], established["n"]) == (12632, 4208)
    assert everybody["against_seed"]["auc"]["low"] > 0
    assert everybody["ece"] <= 0.04
    assert established["against_seed"]["brier"]["low"] > 0
    assert established["against_seed"]["auc"]["gain"] > -0.02
    assert established["lift_at_10"] == pytest.approx(2.72, abs=0.05)
