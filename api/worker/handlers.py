"""What the api's workers do for each job: one row a job."""

from collections.abc import Mapping
from functools import partial

from api.attendance_reports.jobs import report_day
from api.check_ins.bulk.jobs import BulkCheckIns
from api.kit.settings import Settings
from api.worker import housekeeping
from db.models.job import JobName
from db.queue.jobs import Handler


def make_handlers(settings: Settings) -> Mapping[JobName, Handler]:
    return {
        JobName.CHECK_INS: BulkCheckIns(settings.upload_dir),
        JobName.DAILY_REPORT: partial(report_day, settings=settings),
        JobName.HOUSEKEEPING: partial(housekeeping.run, folder=settings.upload_dir),
    }
