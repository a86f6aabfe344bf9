"""People of a suspended gym learn why nothing can be changed before they try."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


def test_every_page_says_that_the_gym_is_suspended_and_whom_to_ask(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.suspended_reason = "The bill of *March* is open."
    [warning] = open_page("plans").warning
    assert "**This gym is suspended**: The bill of" in warning.value
    assert "Ask whoever runs this platform." in warning.value
    assert "The bill of *March* is open" in words(open_page("members"))


def test_no_page_says_so_of_a_gym_that_is_not(open_page: OpenPage) -> None:
    assert "suspended" not in words(open_page("plans"))
