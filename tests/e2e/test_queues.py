"""Work that outlives its request, on a running platform: the same on `run.py up` and on compose.

A gym's visits go in bulk through relay, broker and worker; its segments and chances come from the
science's own queue; a day is reported; and a Brazilian system asks in its own words.
"""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from tests.e2e.test_journey import Owner, wait_for
from tests.fixtures.platform import RunningPlatform

pytestmark = pytest.mark.e2e
MEMBERS, DAYS = 60, 120


def wait_until_done(owner: Owner, job: dict[str, Any]) -> dict[str, Any]:
    def finished() -> dict[str, Any] | None:
        found = owner.get(f"/jobs/{job['job_id']}")
        return found if found["state"] in {"done", "failed"} else None

    done = dict(wait_for(f"the job {job['job']}", finished, seconds=600))
    assert done["state"] == "done", done["error"]
    return done


def write_visits(member_ids: list[int], until: datetime) -> tuple[bytes, int]:
    """Each member every third day; the first ten stop three weeks before the end."""
    file = io.StringIO("member_id,check_in\n")
    file.seek(0, io.SEEK_END)
    rows = 0
    for place, member_id in enumerate(member_ids):
        for ago in range(place % 3, DAYS, 3):
            if place < 10 and ago < 21:
                continue
            moment = until - timedelta(days=ago, minutes=7 * place)
            file.write(f"{member_id},{moment.isoformat()}\n")
            rows += 1
    return file.getvalue().encode(), rows


def test_bulk_visits_scores_a_report_and_the_portuguese_api(platform: RunningPlatform) -> None:
    with httpx.Client(base_url=platform.api_url, timeout=120) as http:
        owner = Owner(http)
        owner.sign_up()
        ids = []
        for number in range(MEMBERS):
            made = http.post("/aluno/registro", json={"nome": f"Aluno {number} {owner.mark}"})
            assert made.status_code == 201, made.text
            ids.append(made.json()["aluno_id"])
        fresh = http.get(f"/aluno/{ids[0]}/risco-churn")
        assert fresh.status_code == 200
        assert "ainda sem histórico" in fresh.json()["mensagem"].lower()

        # 60 members' visits as one file: accepted at once, loaded by a worker, each once.
        until = datetime.now(UTC) - timedelta(hours=3)
        content, rows = write_visits(ids, until)
        content += b"999999999,2026-01-05T10:00:00Z\n"
        loaded = []
        for _ in range(2):
            answer = http.post("/api/v1/check-ins/bulk", files={"file": ("door.csv", content)})
            assert answer.status_code == 202, answer.text
            done = wait_until_done(owner, answer.json())
            loaded.append(done["progress"]["loaded"])
            assert done["progress"]["errors"] == 1
        assert loaded == [rows, 0]
        refused = http.get(f"/api/v1/jobs/{answer.json()['job_id']}/errors.csv").text
        assert "999999999" in refused

        # The ten who stopped are found at once; segments and values come from the science's queue.
        listed = owner.get("/analytics/at-risk", size=50)
        assert {item["member_id"] for item in listed["items"]} == set(ids[:10])
        wait_until_done(owner, http.post("/api/v1/analytics/scores").json())
        assert sum(s["members"] for s in owner.get("/analytics/segments")["segments"]) == MEMBERS
        trained = wait_until_done(owner, http.post("/api/v1/analytics/churn-models/train").json())
        assert trained["result"] is not None
        risk = owner.get(f"/members/{ids[0]}/churn-risk")
        stays = owner.get(f"/members/{ids[20]}/churn-risk")
        assert risk["probability"] > stays["probability"]
        in_portuguese = http.get(f"/aluno/{ids[0]}/risco-churn").json()
        assert in_portuguese["probabilidade"] == pytest.approx(risk["probability"])
        assert in_portuguese["motivos"]

        # Yesterday's report counts what the file said.
        zone_day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        report = http.post("/api/v1/attendance-reports", json={"day": zone_day})
        assert report.status_code in {200, 201}, report.text
        assert report.json()["visits"] >= 1
        pdf = http.get(f"/api/v1/attendance-reports/{zone_day}.pdf")
        assert pdf.content.startswith(b"%PDF-")
