"""The busiest request of a gym, a member who enters now: one thread, and one statement for whoever
asks, the key of the request, the visit, and every figure that follows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine.interfaces import DBAPICursor

from api.check_ins import entries
from api.check_ins.schemas import CheckInCreate
from api.kit.deferred_callers import DeferredCaller
from api.kit.idempotency import SentKey, keep_response
from db.session import open_cursor

_TAKES_MORE = {"asked_before", entries.NOT_THE_NEWEST}
_RECORD_SCAN = """
select record_scan(%(gym_id)s, %(user_id)s, %(token_version)s, %(session_id)s, %(now)s,
  %(request_id)s, %(address)s, %(roles)s, %(key)s,
  %(member_id)s, %(method)s, cast(%(location_id)s as bigint))
"""

_NOTE_PACK = "update attendance set pack_id = %s where gym_id = %s and attendance_id = %s"


def enter(
    caller: DeferredCaller,
    sent: SentKey | None,
    data: CheckInCreate,
    *,
    status: int,
    now: datetime,
) -> str | None:
    """`entries.enter`, as JSON. None, and nothing done, where it takes more than a statement: what
    came before is written down, somebody is let in all the same, or the request is a repeat."""
    if data.check_in is not None or data.override_reason is not None:
        return None
    with open_cursor(caller.engine) as database:
        visit, gym = _record(database, caller, sent, data, now=now)
        if visit.get("error") in _TAKES_MORE:
            return None

        def note_pack(check_in_id: int, noted: Mapping[str, Any]) -> None:
            database.execute(_NOTE_PACK, (noted["pack_id"], caller.gym_id, check_in_id))

        entry = entries.conclude(
            visit,
            data,
            entries.admit_by_rules if gym["enforces_access"] else entries.admit_all,
            note_pack,
            timezone=gym["timezone"],
            now=now,
        )
        response = entry.model_dump_json()
        if sent is not None:
            keep_response(database.execute, caller.owner, sent, data, response, status=status)
    return response


def _record(
    database: DBAPICursor,
    caller: DeferredCaller,
    sent: SentKey | None,
    data: CheckInCreate,
    *,
    now: datetime,
) -> tuple[dict[str, Any], Mapping[str, Any]]:
    """What `record_visit` answers, and what `record_scan` knows of the gym. Raises what
    `DeferredCaller.check` raises."""
    values = caller.values() | {
        "now": now,
        "key": sent and sent.text,
        "member_id": data.member_id,
        "method": data.method,
        "location_id": data.location_id,
    }
    database.execute(_RECORD_SCAN, values)
    [[answer]] = database.fetchall()
    gym = caller.check(answer and answer.get("caller"))
    return answer["visit"], gym
