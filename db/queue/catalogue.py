"""Every job, one row each: its name, queue, schedule, and who does it.

A job is asked for in one part of the platform and often done in another, so it is declared below
both. The handler stands beside its noun, and only a worker of the job's queue imports it. Relay
and beat read the rest.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import partial
from pkgutil import resolve_name
from typing import Any, Final

from core.schedule import Daily, OncePerPastDay, Schedule, Weekly

NOTIFICATIONS, JOBS, DS = "notifications", "jobs", "ds"
"""Queues: what goes out to people, the jobs of `api.worker`, the jobs of `ds.worker`."""

MONDAY = 0


@dataclass(frozen=True)
class JobKind:
    """`handler` is `module:function`. The schedule also limits until when an occurrence may be
    done; a job without one is done on request."""

    name: str
    queue: str
    handler: str
    schedule: Schedule | None = None


CHECK_INS: Final = JobKind("check_ins", JOBS, "api.check_ins.bulk.jobs:load_check_ins")
DAILY_REPORT: Final = JobKind(
    "daily_report",
    JOBS,
    "api.attendance_reports.jobs:report_day",
    OncePerPastDay(time(0, 10), days=7),
)
HOUSEKEEPING: Final = JobKind(
    "housekeeping", JOBS, "api.worker.housekeeping:run", Daily(time(3, 30))
)
PAYMENT_REMINDERS: Final = JobKind(
    "payment_reminders", JOBS, "api.payments.jobs:remind_of_payments", Daily(time(10, 0))
)
PLAN_PRICES: Final = JobKind(
    "plan_prices", JOBS, "api.membership_plans.prices.jobs:apply_prices", Daily(time(0, 0))
)
RENEWALS: Final = JobKind("renewals", JOBS, "api.memberships.jobs:renew", Daily(time(0, 1)))
SCORES: Final = JobKind("scores", DS, "ds.jobs:compute_scores", Daily(time(0, 5)))
CHURN_TRAINING: Final = JobKind(
    "churn_training", DS, "ds.churn.training_job:train", Weekly(MONDAY, time(2, 0))
)
TIME_ZONE: Final = JobKind("time_zone", DS, "ds.jobs:change_time_zone")

CATALOGUE: Final = tuple(kind for kind in list(globals().values()) if isinstance(kind, JobKind))


def load_handlers(queue: str, **given: Any) -> Mapping[str, Callable[..., Mapping[str, Any]]]:
    """What a worker of the queue does for each of its jobs, by the job's name. Each handler gets
    the claimed job, and by name what the worker has `given`."""
    return {
        kind.name: partial(resolve_name(kind.handler), **given)
        for kind in CATALOGUE
        if kind.queue == queue
    }
