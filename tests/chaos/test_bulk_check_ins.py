"""kill -9 while bulk check-ins are under way: every visit is there, and none is there twice."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.main import create_app
from db.models import User
from db.session import make_engine, make_session_factory, session_scope
from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import rebuild_visit_hours
from db.types import GymId
from tests.api.check_ins.bulk.uploads import URL, snapshot, write_csv
from tests.chaos.conftest import Platform, spread
from tests.factories.gyms import create_gym
from tests.factories.members import create_numbered_members
from tests.fixtures.api import SECRET_KEY, TestClient, make_settings
from tests.fixtures.rabbitmq import RabbitMQ

MakePlatform = Callable[..., Platform]
MEMBERS = 50
PATIENCE = 600.0


def send_jobs(platform: Platform, jobs: int, rows: int) -> tuple[int, int]:
    """Send `jobs` files of `rows` visits, a tenth of which is in the file before as well; answer
    the gym, and how many visits that are."""
    settings = make_settings(platform.database, upload_dir=platform.folder / "uploads")
    ops = make_engine(platform.database.ops_url, pool_size=1)
    with session_scope(make_session_factory(ops)) as session:
        gym = create_gym(session, hashed_password="unused")
        create_numbered_members(session, gym=gym, count=MEMBERS)
        owner = session.query(User).filter_by(gym_id=gym.gym_id).one()
    ops.dispose()
    now = datetime.now(UTC)
    start = now - timedelta(days=900)
    visits = [
        (index % MEMBERS + 1, f"{start + timedelta(hours=index // MEMBERS):%Y-%m-%dT%H:%M:%SZ}")
        for index in range(jobs * rows)
    ]
    claims = AccessClaims(owner.user_id, gym.gym_id, owner.token_version)
    headers = {"Authorization": f"Bearer {issue_access_token(claims, SECRET_KEY, now=now)}"}
    with TestClient(create_app(settings)) as http:
        for job in range(jobs):
            part = visits[max(job * rows - rows // 10, 0) : (job + 1) * rows]
            random.Random(job).shuffle(part)
            content = write_csv(part, header=("number", "check_in"))
            answer = http.post(URL, files={"file": ("a.csv", content)}, headers=headers)
            assert answer.status_code == 202, answer.text
    return gym.gym_id, len(visits)


def load_amid(platform: Platform, jobs: int, rows: int, faults: list[Callable[[], None]]) -> None:
    gym_id, visits = send_jobs(platform, jobs, rows)
    platform.start("relay", "worker-1", "worker-2")
    spread(
        faults,
        progress=lambda: platform.count("job_runs")["done"] / jobs,
        is_over=lambda: platform.count("job_runs")["done"] == jobs,
        seconds=PATIENCE + visits / 400,
    )
    check_each_visit_once(platform, jobs, gym_id, visits)


def check_each_visit_once(platform: Platform, jobs: int, gym_id: int, visits: int) -> None:
    assert platform.count("job_runs") == Counter({"done": jobs}), dict(platform.faults)
    app = make_engine(platform.database.app_url, pool_size=1, statement_timeout_ms=0)
    with session_scope(make_session_factory(app), GymId(gym_id)) as session:
        found = snapshot(session, gym_id)
        assert len(found[0]) == visits
        refresh_member_stats(session, gym_id)
        rebuild_visit_hours(session, gym_id)
        assert snapshot(session, gym_id) == found
        left = session.connection().exec_driver_sql("select count(*) from job_parts").scalar()
        loaded = session.connection().exec_driver_sql(
            "select sum((result ->> 'loaded')::int), sum((result ->> 'errors')::int) from job_runs"
        )
        assert tuple(loaded.one()) == (visits, 0)
    app.dispose()
    assert left == 0
    assert list((platform.folder / "uploads").iterdir()) == []
    print(f"{visits} visits, {dict(platform.faults)}")


def test_kill_9_of_anything_on_rabbitmq_loses_and_doubles_no_visit(
    make_platform: MakePlatform, rabbitmq: RabbitMQ
) -> None:
    platform = make_platform(rabbitmq=rabbitmq)
    faults = [platform.kill_child, platform.kill_worker, platform.kill_postgres]
    faults += [platform.kill_relay, platform.kill_rabbitmq]
    load_amid(platform, 10, 2_000, faults)


def test_kill_9_of_a_worker_on_the_folder_loses_and_doubles_no_visit(
    make_platform: MakePlatform,
) -> None:
    platform = make_platform()
    load_amid(platform, 5, 1_000, [platform.kill_worker, platform.kill_child])
