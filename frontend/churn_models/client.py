"""The churn models."""

from typing import cast

from frontend.kit.api_types import ChurnModelItem, JobItem, Page
from frontend.kit.session import api


def list_latest() -> list[ChurnModelItem]:
    page = cast(Page[ChurnModelItem], api.get("/analytics/churn-models", size=20))
    return page["items"]


def train() -> JobItem:
    return cast(JobItem, api.send("POST", "/analytics/churn-models/train"))
