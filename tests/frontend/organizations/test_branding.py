"""The gym's logo and colour: chosen on the settings' tab, seen on every page."""

import pytest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.organizations.test_gym_pages import bodies


def test_a_logo_is_sent_shown_and_deleted(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("settings", tab="Branding")
    assert not [one for one in app.button if one.key == "delete_logo"]
    app.file_uploader[0].upload("logo.png", b"a picture")
    app.button(key="save_logo").click().run()
    assert signed_in.gym.logo_id == 1
    app.button(key="delete_logo").click().run()
    assert signed_in.gym.logo_id is None
    assert not app.exception


def test_a_colour_is_used_only_where_the_gym_wants_its_own(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("settings", tab="Branding")
    assert not app.checkbox(key="gym_has_colour").value
    app.checkbox(key="gym_has_colour").check()
    app.color_picker(key="gym_brand_colour").set_value("#B3261E")
    app.button(key="save_colour").click().run()
    app.checkbox(key="gym_has_colour").uncheck()
    app.button(key="save_colour").click().run()
    sent = bodies(signed_in, "/organizations/me")
    assert sent == [{"brand_colour": "#b3261e"}, {"brand_colour": None}]


def test_charts_have_the_colour_of_the_gym(open_page: OpenPage, signed_in: FakeApi) -> None:
    def charts() -> list[str]:
        found = open_page("overview").get("vega_lite_chart")
        return [chart.proto.spec for chart in found]

    assert charts()
    assert not any("#b3261e" in spec for spec in charts())
    signed_in.gym.brand_colour = "#b3261e"
    assert all('"mark": {"color": "#b3261e"}' in spec for spec in charts())


@pytest.mark.parametrize("is_broken", [False, True])
def test_the_gyms_logo_stands_on_every_page_or_the_platforms_where_it_cannot_be_read(
    open_page: OpenPage, signed_in: FakeApi, is_broken: bool
) -> None:
    signed_in.gym.logo_id = 7 + is_broken  # another tab may have read the first
    signed_in.broken_paths = ("/organizations/me/logo",) if is_broken else ()
    assert "Members" in words(open_page("members"))
    assert ("GET", "/organizations/me/logo", None) in signed_in.requests
