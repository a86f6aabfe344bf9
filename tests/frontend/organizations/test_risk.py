"""The owner chooses from when on somebody is at risk, and sees what that changes before it does."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.organizations.test_gym_pages import bodies


def test_the_effect_is_told_before_a_choice_is_saved(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("settings", tab="Members at risk")
    assert "members are at risk today" in words(app)
    app.slider(key="gym_absence_days").set_value(12).run()
    assert "members would be at risk today, instead of" in words(app)
    assert bodies(signed_in, "/organizations/me") == []
    app.slider(key="gym_absence_gaps").set_value(4).run()
    app.button(key="save_risk").click().run()
    assert bodies(signed_in, "/organizations/me") == [{"absence_days": 12, "absence_gaps": 4}]
    assert not app.exception
