"""The page that says who may do what says what the code does."""

from tests.contract.permission_table import PAGE, render


def test_the_page_of_permissions_is_what_the_code_says() -> None:
    assert PAGE.read_text() == render(), "run: python -m tests.contract.api_types"
