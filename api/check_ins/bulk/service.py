"""Bulk check-ins: accepted here, done by a worker (`api.check_ins.bulk.jobs`)."""

from sqlalchemy.orm import Session

from api.check_ins.bulk.upload import StoredUpload
from api.jobs.schemas import JobItem
from api.jobs.service import read
from api.kit.principal import Principal
from db.queue.catalogue import CHECK_INS
from db.queue.jobs import add_job


def accept(session: Session, caller: Principal, upload: StoredUpload) -> JobItem:
    """Request the job that loads the stored file. The file stays, for a worker to read."""
    job_id = add_job(
        session,
        caller.gym_id,
        CHECK_INS,
        upload.path.stem,
        arguments={"file": upload.path.name, "filename": upload.sent.filename},
        created_by=caller.user_id,
    )
    assert job_id is not None, "the file's name is new"
    upload.is_needed = True
    return read(session, caller, job_id)
