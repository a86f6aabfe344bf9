"""The gym in figures."""

from typing import cast

from frontend.kit.api_types import JobItem, Overview, Retention, Visits
from frontend.kit.session import api


def read_overview() -> Overview:
    return cast(Overview, api.get("/analytics/overview"))


def read_visits(days: int = 90) -> Visits:
    return cast(Visits, api.get("/analytics/visits", days=days))


def read_retention() -> Retention:
    return cast(Retention, api.get("/analytics/retention"))


def compute_scores() -> JobItem:
    return cast(JobItem, api.send("POST", "/analytics/scores"))
