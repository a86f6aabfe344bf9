"""Fill a new gym from an archive: `python -m api.gym_archives.bring_in ARCHIVE --gym OWNER`.

The gym is named by its owner's address, and is empty as yet. All of the archive is brought
in, or nothing. OPS_DATABASE_URL names the database, SECRET_KEY what medical notes are sealed under.
"""

import argparse
import sys
from pathlib import Path

from api.gym_archives.sealed_notes import SealedNotes
from api.kit.sealing import Seal
from api.kit.settings import Settings
from core.clock import read_now
from db.gym_archive.bringing_in import ArchiveRefused, bring_in
from db.gym_lookup import find_gym_of
from db.session import make_engine, make_session_factory, session_scope
from db.settings import read_or_exit
from db.types import GymId

PROGRAM = "api.gym_archives.bring_in"


def main() -> None:
    parser = argparse.ArgumentParser(prog=f"python -m {PROGRAM}", description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("--gym", required=True, help="address of its owner")
    arguments = parser.parse_args()
    settings = read_or_exit(Settings, PROGRAM)
    engine = make_engine(settings.ops_database_url, pool_size=1, statement_timeout_ms=0)
    try:
        with (
            arguments.archive.open("rb") as file,
            session_scope(make_session_factory(engine)) as ops,
        ):
            gym = find_gym_of(ops, arguments.gym)
            if gym is None:
                sys.exit(f"{PROGRAM}: no gym's owner signs in as {arguments.gym}")
            ops.enter_gym(GymId(gym.gym_id))
            notes = SealedNotes(Seal.of(settings))
            rows = bring_in(ops, gym, file, notes=notes, now=read_now())
    except ArchiveRefused as refusal:
        sys.exit(f"{PROGRAM}: {arguments.archive} was not brought in: {refusal}")
    except OSError as error:
        sys.exit(f"{PROGRAM}: {error}")
    finally:
        engine.dispose()
    sys.stdout.write(f"{sum(rows.values()):,} rows brought into {gym.name}\n")


if __name__ == "__main__":
    main()
