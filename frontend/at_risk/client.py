"""Members at risk."""

from typing import Any, cast

from frontend.kit.api_types import AtRiskIds, AtRiskPage, AtRiskPreview
from frontend.kit.session import api


def page(**query: Any) -> AtRiskPage:
    return cast(AtRiskPage, api.get("/analytics/at-risk", **query))


def list_ids(**filters: Any) -> AtRiskIds:
    return cast(AtRiskIds, api.send("GET", "/analytics/at-risk/ids", params=filters))


def preview_rule(days: int, gaps: int) -> AtRiskPreview:
    asked = {"absence_days": days, "absence_gaps": gaps}
    return cast(AtRiskPreview, api.get("/analytics/at-risk/preview", **asked))
