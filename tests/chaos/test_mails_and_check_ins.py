"""kill -9 of everything, again and again, while many mails go out and many visits are loaded."""

import random
from collections.abc import Callable

import pytest

from tests.chaos.conftest import Platform, spread
from tests.chaos.test_bulk_check_ins import check_each_visit_once, send_jobs
from tests.chaos.test_mails import check_nothing_lost, queue_mails
from tests.fixtures.rabbitmq import RabbitMQ

MAILS = 1_000
JOBS, ROWS = 25, 4_000
PATIENCE = 900.0


@pytest.mark.long
@pytest.mark.parametrize("seed", [5, 9])
def test_many_faults_in_any_order_lose_no_mail_and_lose_and_double_no_visit(
    make_platform: Callable[..., Platform], rabbitmq: RabbitMQ, seed: int
) -> None:
    platform = make_platform(rabbitmq=rabbitmq)
    faults = [platform.kill_child] * 4 + [platform.kill_worker] * 3 + [platform.kill_relay] * 2
    faults += [platform.kill_rabbitmq] * 2 + [platform.kill_postgres] * 3
    faults += [platform.interrupt_mail]
    random.Random(seed).shuffle(faults)
    queued = queue_mails(platform, MAILS)
    gym_id, visits = send_jobs(platform, JOBS, ROWS)
    platform.start("relay", "worker-1", "worker-2")

    def count_done() -> int:
        return platform.count("job_runs")["done"]

    spread(
        faults,
        # Of what is further on, so that each fault meets both.
        progress=lambda: max(len(platform.mail_server.mails) / MAILS, count_done() / JOBS),
        is_over=lambda: platform.count("notifications")["sent"] >= MAILS and count_done() == JOBS,
        seconds=PATIENCE,
    )
    check_nothing_lost(platform, queued)
    check_each_visit_once(platform, JOBS, gym_id, visits)
