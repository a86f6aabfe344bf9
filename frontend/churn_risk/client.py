"""The churn risk of one member."""

from typing import cast

from frontend.kit.api_types import ChurnRisk
from frontend.kit.session import api


def read(member_id: int) -> ChurnRisk:
    return cast(ChurnRisk, api.get(f"/members/{member_id}/churn-risk"))
