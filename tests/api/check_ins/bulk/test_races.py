"""Two jobs of a gym and the desk at the same time: no visit twice, nobody waits for ever."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

from db.models import Gym, JobState
from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import DOUBLE_SCAN, rebuild_visit_hours
from tests.api.check_ins.bulk.uploads import Bulk, InGym, snapshot, write_csv
from tests.fixtures.api import NOON, ApiClient

MEMBERS = 20


def test_overlapping_jobs_and_single_check_ins_record_each_visit_once(
    owner: ApiClient,
    gym: Gym,
    add_members: Callable[[Gym, int], None],
    bulk: Bulk,
    in_gym: InGym,
) -> None:
    add_members(gym, MEMBERS)
    times = [NOON - timedelta(hours=5 * n) for n in range(12)]
    taps = [(number + 1, at) for at in times for number in range(MEMBERS)]
    rows = [(number, f"{at:%Y-%m-%dT%H:%M:%SZ}", "", "") for number, at in taps]
    late = [(n, f"{at + timedelta(minutes=4):%Y-%m-%dT%H:%M:%SZ}", "", "") for n, at in taps]
    jobs = [bulk.send(owner, write_csv(rows)), bulk.send(owner, write_csv(late[::-1]))]
    members = owner.get("/api/v1/members", params={"size": 200}).json()["items"]

    def enter(member: dict[str, int]) -> int:
        body = {"member_id": member["member_id"], "check_in": NOON.isoformat()}
        status: int = owner.post("/api/v1/check-ins", json=body).status_code
        return status

    with ThreadPoolExecutor(4) as threads:
        working = [
            threads.submit(bulk.work, gym.gym_id, job_id, read=60, store=30) for job_id in jobs
        ]
        entered = list(threads.map(enter, members))
        done = [future.result() for future in working]
    assert {job.state for job in done} == {JobState.DONE}
    assert set(entered) <= {201, 409}
    with in_gym(gym.gym_id) as session:
        found = snapshot(session, gym.gym_id)
        refresh_member_stats(session, gym.gym_id)
        rebuild_visit_hours(session, gym.gym_id)
        assert snapshot(session, gym.gym_id) == found
    assert len(found[0]) == len(taps)
    for before, after in pairwise(found[0]):
        if before.number == after.number:
            assert after.check_in - before.check_in > DOUBLE_SCAN
