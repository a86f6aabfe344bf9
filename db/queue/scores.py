"""Request new scores after a change of what they are computed from."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from db.models.member_import import Import, ImportState
from db.queue.catalogue import SCORES
from db.queue.jobs import add_job


def score_import(session: Session, record: Import) -> None:
    """What a file brought is scored soon; a file that brought nothing changes no score."""
    if record.state == ImportState.DONE:
        key = f"import-{record.import_id}"
        add_job(session, record.gym_id, SCORES, key, created_by=record.created_by)


def score_in_new_time_zone(session: Session, gym_id: int) -> None:
    """Segments and values are computed again, although neither a visit nor a payment is new."""
    moment = session.scalars(select(func.clock_timestamp())).one()
    key = f"time-zone-{moment.isoformat()}"
    add_job(session, gym_id, SCORES, key, arguments={"force": True})
