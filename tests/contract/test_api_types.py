"""The dashboard knows the API's answers and limits from its OpenAPI document, and from no copy."""

import pytest

from tests.contract.api_types import KIT, WRITERS, read_document


@pytest.mark.parametrize("name", WRITERS)
def test_what_the_dashboard_knows_of_the_api_is_what_the_api_says(name: str) -> None:
    hint = "run `python -m tests.contract.api_types`, and look at what changed"
    assert (KIT / name).read_text() == WRITERS[name](read_document()), hint
