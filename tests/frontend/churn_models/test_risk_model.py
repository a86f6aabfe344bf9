"""The page of the risk model: which is active, how good it is, and requesting a new one."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


def test_the_active_model_is_shown_in_figures(open_page: OpenPage) -> None:
    app = open_page("risk_model")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures == {"Right order": "91%", "Error": "1.2%", "Top tenth": "7.0×"}
    shown = words(app)
    assert "Your gym's own model, learned from days until 28 August 2026." in shown
    assert "**7.0 times** as many stayed away as of all members" in shown
    assert "Fewer visits than in training." in shown
    assert list(app.dataframe[0].value["used"]) == [False, True]
    assert app.dataframe[0].value["why"][0] == "Kept: not better."


def test_a_gym_without_a_model_is_told_that_rules_are_used(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.risk_model = None
    app = open_page("risk_model")
    assert "Fixed rules tell the risk" in words(app)
    assert not app.metric
    assert not app.dataframe


def test_training_is_asked_for_and_watched(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("risk_model")
    app.button(key="train").click().run()
    assert ("POST", "/analytics/churn-models/train", None) in signed_in.requests
    assert "the work goes on without you" in words(app)
    app.run()
    assert "Done: the figures are new." in words(app)
    app.button(key="model_job_done").click().run()
    assert "Done: the figures are new." not in words(app)
