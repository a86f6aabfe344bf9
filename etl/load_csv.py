"""Bring a gym's own files in: `python -m etl.load_csv --gym EMAIL --visits FILE [--members FILE]`.

Both files or none: the first problem ends the command with its reason, and nothing is loaded.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from core.clock import read_now
from core.importing import DateOrder, FileProblem, ImportFile, Kind
from db.addresses import keep_address
from db.gym_lookup import find_gym_of
from db.loading import ImportRunning, LawfulBasis, LoadResult, load_import
from db.models import Gym, ImportState, Role, User
from db.queue.scores import score_import
from db.session import GymSession, make_engine, make_session_factory
from db.settings import DatabaseSettings
from db.types import GymId

_SHOWN_PROBLEMS = 5


class LoadFailed(Exception):
    """Why nothing was loaded, as text for the user."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _read_arguments(arguments)
    engine = make_engine(DatabaseSettings().ops_database_url, pool_size=1, statement_timeout_ms=0)
    try:
        with make_session_factory(engine)() as session:
            load_files(session, options)
            # A dry run rolled back its rows itself; what is left is the record of what was checked.
            session.commit()
    except LoadFailed as failure:
        print(f"etl.load_csv: {failure}", file=sys.stderr)
        print("Nothing was loaded.", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", error)).strip().splitlines()[0]
        print(f"etl.load_csv: the database refused: {cause}", file=sys.stderr)
        print("Nothing was loaded.", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    return 0


def load_files(session: GymSession, options: argparse.Namespace) -> None:
    """Load members, then visits: members known by then keep their names."""
    gym, owner_id = _find_gym(session, options.gym)
    session.enter_gym(GymId(gym.gym_id))
    for kind, path in ((Kind.MEMBERS, options.members), (Kind.VISITS, options.visits)):
        if path is None:
            continue
        result = _load_file(session, gym, owner_id, kind, path, options)
        _print_result(result, kind)
        if result.record.state == ImportState.FAILED:
            raise LoadFailed(f"{path}: {result.record.problem}")


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m etl.load_csv", description=__doc__)
    parser.add_argument("--gym", required=True, metavar="EMAIL", help="the gym's sign-in address")
    parser.add_argument("--visits", type=Path, metavar="FILE", help="door log, one visit per line")
    parser.add_argument("--members", type=Path, metavar="FILE", help="member list")
    parser.add_argument(
        "--lawful-basis",
        metavar="TEXT",
        help="why the members of the list may be mailed where the file does not say so; recorded",
    )
    parser.add_argument("--date-order", type=DateOrder, choices=list(DateOrder), default=None)
    parser.add_argument("--dry-run", action="store_true", help="say what would happen, write none")
    options = parser.parse_args(arguments)
    if options.visits is None and options.members is None:
        parser.error("name a file: --visits FILE, --members FILE or both")
    if options.lawful_basis is not None:
        options.lawful_basis = options.lawful_basis.strip()
        if options.members is None:
            parser.error("--lawful-basis is about the members of a --members file")
        if not options.lawful_basis:
            parser.error("--lawful-basis needs the statement itself")
    return options


def _find_gym(session: Session, email: str) -> tuple[Gym, int]:
    gym = find_gym_of(session, email)
    if gym is None:
        raise LoadFailed(f"there is no gym with the address {email}. Create the account first.")
    owner_id = session.scalar(
        select(User.user_id).where(User.gym_id == gym.gym_id, User.role == Role.OWNER)
    )
    if owner_id is None:
        raise LoadFailed(f"the gym {gym.name} has no owner to record the import under.")
    return gym, owner_id


def _load_file(
    session: Session,
    gym: Gym,
    owner_id: int,
    kind: Kind,
    path: Path,
    options: argparse.Namespace,
) -> LoadResult:
    now = read_now()
    basis = None
    if kind is Kind.MEMBERS and options.lawful_basis:
        basis = LawfulBasis(options.lawful_basis, owner_id)
    try:
        with path.open("rb") as file:
            source = ImportFile(
                file,
                kind=kind,
                filename=path.name,
                timezone=gym.timezone,
                now=now,
                date_order=options.date_order,
                keep_address=keep_address,
            )
            result = load_import(
                session,
                gym,
                source,
                created_by=owner_id,
                now=now,
                dry_run=options.dry_run,
                lawful_basis=basis,
            )
            score_import(session, result.record)
            return result
    except FileProblem as problem:
        raise LoadFailed(f"{path}: {problem.text}") from problem
    except OSError as error:
        raise LoadFailed(f"{path} cannot be read: {error.strerror or error}") from error
    except ImportRunning as error:
        raise LoadFailed("another import of this gym is running. Try again later.") from error


def _print_result(result: LoadResult, kind: Kind) -> None:
    record = result.record
    columns = ", ".join(f"{field} from {column!r}" for field, column in record.mapping.items())
    checked = " (dry run, nothing written)" if record.state == ImportState.CHECKED else ""
    print(f"{kind} of {record.filename}{checked}: {columns}")
    print(
        f"  {record.rows} rows: {record.loaded} loaded, {record.duplicates} duplicates,"
        f" {record.unchanged} unchanged, {record.error_count} refused"
    )
    for note in result.notes:
        print(f"  {note}")
    for problem in result.problems[:_SHOWN_PROBLEMS]:
        print(f"  line {problem['line']}: {problem['problem']}")
    if record.error_count > _SHOWN_PROBLEMS:
        print(f"  and {record.error_count - _SHOWN_PROBLEMS} more refused rows")


if __name__ == "__main__":
    sys.exit(main())
