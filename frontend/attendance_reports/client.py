"""Reports of the visits of a day."""

from datetime import date
from typing import cast

from frontend.kit.api_types import ReportDetail
from frontend.kit.client import Api
from frontend.kit.session import api


def read(day: date) -> ReportDetail:
    return cast(ReportDetail, api.get(f"/attendance-reports/{day}"))


def make(day: date) -> ReportDetail:
    body = {"day": day.isoformat()}
    return cast(ReportDetail, api.send("POST", "/attendance-reports", json=body))


def read_file(day: date, kind: str, *, api: Api = api) -> bytes:
    return api.file(f"/attendance-reports/{day}.{kind}")
