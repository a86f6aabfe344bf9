"""Make the demo gyms, or continue them up to today: `python -m etl.seed`.

Each gym is written in one transaction, so a killed run leaves no half-written gym behind, and the
next one goes on with the gyms that are missing.
"""

import argparse
import sys
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from passlib.context import CryptContext
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session
from tqdm import tqdm

from core.clock import read_now, to_local_day
from db.addresses import key_of_address
from db.base import Base
from db.cache_version import mark_changed
from db.member_facts import write_freely
from db.models import AddressConfirmation, Gym, MembershipPlan, Role, Simulation, Trainer, User
from db.planning import analyze_loaded
from db.session import make_engine, make_session_factory, session_scope
from db.settings import read_or_exit
from db.stats.member_changes import changing_everyone
from etl.demo_gyms import DEMO_PASSWORD, DEMO_SUPER_ADMIN, GymProfile, choose_gyms
from etl.export_csv import DATA, export
from etl.population import gather_population
from etl.settings import SeedMode, SeedSettings
from etl.simulated_contracts import NOTICE_DAYS
from etl.simulation import CHUNK, VERSION, GymRows, SimulationWriter
from etl.time_window import Window, end_of_day

passwords = CryptContext(
    schemes=["argon2"],
    argon2__type="ID",
    argon2__memory_cost=19456,
    argon2__time_cost=2,
    argon2__parallelism=1,
)


class SeedRefused(Exception):
    """Seeding would do harm; the message says why and what to do instead."""


def make_gym(
    session: Session, profile: GymProfile, *, seed: int, until: datetime, since: date | None = None
) -> int:
    """Make one demo gym up to `until`, an aware instant; return the number of visits."""
    last_day = to_local_day(until, profile.timezone)
    starts_on = since or date(last_day.year - 1, 1, 1)
    if starts_on > last_day:
        raise SeedRefused(f"the first day, {starts_on}, is after the last, {last_day}")
    rows = _add_gym(session, profile)
    session.add(
        Simulation(
            gym_id=rows.gym_id,
            seed=seed,
            version=VERSION,
            profile=profile.key,
            members=profile.members,
            starts_on=starts_on,
            seeded_until=until,
        )
    )
    session.flush()
    return _write(session, profile, seed, rows, Window(starts_on, profile.timezone, None, until))


def continue_simulation(
    session: Session, profile: GymProfile, simulation: Simulation, until: datetime
) -> int:
    """Write the days since the last run; nothing on the day of the last run itself."""
    since = simulation.seeded_until
    last_day = to_local_day(until, profile.timezone)
    if last_day <= to_local_day(since, profile.timezone):
        return 0
    if simulation.version != VERSION:
        raise SeedRefused(
            f"{profile.name} was made by another version of the simulation."
            " Run with --mode reset to make new demo gyms."
        )
    plans = select(MembershipPlan.plan_id).where(MembershipPlan.gym_id == simulation.gym_id)
    coaches = select(Trainer.trainer_id).where(Trainer.gym_id == simulation.gym_id)
    rows = GymRows(
        simulation.gym_id,
        list(session.scalars(plans.order_by(MembershipPlan.plan_id)))[: len(profile.plans)],
        list(session.scalars(coaches.order_by(Trainer.trainer_id)))[: len(profile.coaches)],
    )
    simulation.seeded_until = until
    window = Window(simulation.starts_on, profile.timezone, since, until)
    return _write(session, profile, simulation.seed, rows, window)


def _write(session: Session, profile: GymProfile, seed: int, rows: GymRows, window: Window) -> int:
    people = gather_population(profile, seed, window.start, window.known_until)
    writer = SimulationWriter(session, profile, seed, rows, people, window)
    members = len(people.join_days)
    gym = session.get_one(Gym, rows.gym_id)
    with (
        changing_everyone(session, gym, now=window.until),
        tqdm(total=members, desc=profile.name, unit=" members", disable=None) as progress,
    ):
        for first in range(0, members, CHUNK):
            end = min(first + CHUNK, members)
            writer.write(first, end)
            progress.update(end - first)
        analyze_loaded(session, writer.visits)
    mark_changed(session, rows.gym_id)
    return writer.visits


def _add_gym(session: Session, profile: GymProfile) -> GymRows:
    gym = Gym(
        name=profile.name,
        username=profile.key,
        email=profile.email,
        hashed_password=passwords.hash(DEMO_PASSWORD),
        address=profile.address,
        phone=profile.phone,
        timezone=profile.timezone,
        currency=profile.currency,
        is_demo=True,
    )
    session.add(gym)
    session.flush()
    owner = User(
        gym_id=gym.gym_id,
        role=Role.OWNER,
        name=profile.owner,
        email=profile.email,
        username=profile.key,
    )
    plans = [
        MembershipPlan(
            gym_id=gym.gym_id,
            name=offer.name,
            duration_months=offer.duration_months,
            price=offer.price,
            description=offer.description,
            renews_automatically=offer.is_open_ended,
            notice_days=NOTICE_DAYS if offer.is_open_ended else 0,
            shortest_freeze_days=7,
            freeze_days_a_year=90,
        )
        for offer in profile.plans
    ]
    coaches = [
        Trainer(
            gym_id=gym.gym_id,
            name=coach.name,
            email=f"{coach.name.split()[0].lower()}.{profile.key}@example.com",
            specialization=coach.specialization,
        )
        for coach in profile.coaches
    ]
    # No one reads mail at a demo gym's address, so no one could open a link.
    address = AddressConfirmation(
        gym_id=gym.gym_id, address=gym.email, expires_at=func.now(), confirmed_at=func.now()
    )
    for row in (owner, address, *plans, *coaches):
        session.add(row)
        session.flush()  # one by one: their keys are in the order of the profile
    return GymRows(
        gym.gym_id,
        [plan.plan_id for plan in plans],
        [coach.trainer_id for coach in coaches],
    )


def _add_super_admin(session: Session) -> None:
    """Unless there is one by this address already."""
    email = DEMO_SUPER_ADMIN
    if session.scalar(select(User.user_id).where(User.email_key == key_of_address(email))) is None:
        session.add(
            User(
                role=Role.SUPER_ADMIN,
                name="Platform",
                email=email,
                hashed_password=passwords.hash(DEMO_PASSWORD),
            )
        )


def remove_demo_gyms(session: Session) -> int:
    """Delete every row of every demo gym; return how many gyms."""
    gym_ids = list(session.scalars(select(Gym.gym_id).where(Gym.is_demo)))
    if not gym_ids:
        return 0
    write_freely(session)
    for table in reversed(Base.metadata.sorted_tables):
        session.execute(delete(table).where(table.c.gym_id.in_(gym_ids)))
    return len(gym_ids)


def seed_gyms(
    settings: SeedSettings,
    gyms: Sequence[GymProfile],
    *,
    until: date | datetime,
    since: date | None = None,
) -> dict[str, int]:
    """Make or continue the gyms; return the visits written, by gym.

    `until` is an aware instant, or a day that is simulated to its end in each gym's time zone.
    """
    if settings.seed_mode is SeedMode.OFF:
        return {}
    if settings.is_production:
        raise SeedRefused("ENVIRONMENT is production: no demo gyms there. Set SEED_MODE=off.")
    engine = make_engine(settings.ops_database_url, pool_size=1, statement_timeout_ms=0)
    factory = make_session_factory(engine)
    try:
        if settings.seed_mode is SeedMode.RESET:
            with session_scope(factory) as session:
                remove_demo_gyms(session)
        with session_scope(factory) as session:
            is_demo = set(session.scalars(select(Gym.is_demo).distinct()))
        if settings.seed_mode is SeedMode.IF_EMPTY and is_demo == {False}:
            return {}  # real gyms, beside which no demo was requested
        with session_scope(factory) as session:
            _add_super_admin(session)
        written = {}
        for profile in gyms:
            with session_scope(factory) as session:
                written[profile.name] = _report(session, settings.seed, profile, until, since)
        return written
    finally:
        engine.dispose()


def _report(
    session: Session, seed: int, profile: GymProfile, until: date | datetime, since: date | None
) -> int:
    if not isinstance(until, datetime):
        until = end_of_day(until, profile.timezone)
    until = until.replace(microsecond=0)
    # Two seeds at once would both find the gym missing; the second waits and finds it made.
    session.execute(text("select pg_advisory_xact_lock(4243)"))
    simulation = session.scalar(select(Simulation).where(Simulation.profile == profile.key))
    if simulation is not None:
        return continue_simulation(session, profile, simulation, until)
    return make_gym(session, profile, seed=seed, until=until, since=since)


def main(arguments: Sequence[str] | None = None) -> None:
    settings = read_or_exit(SeedSettings, "etl.seed")
    parser = argparse.ArgumentParser(prog="etl.seed", description=__doc__)
    parser.add_argument("--mode", choices=list(SeedMode), type=SeedMode, default=settings.seed_mode)
    parser.add_argument("--seed", type=int, default=settings.seed, help="number of the simulation")
    parser.add_argument(
        "--as-of", type=date.fromisoformat, help="simulate to the end of this day, not to now"
    )
    parser.add_argument(
        "--since", type=date.fromisoformat, help="first day; 1 January of the year before if empty"
    )
    parser.add_argument("--size", choices=["small", "normal"], default="normal")
    parser.add_argument("--members", type=int, help="one gym with this many active members")
    parser.add_argument("--export", action="store_true", help=f"write {DATA}/*.csv afterwards")
    options = parser.parse_args(arguments)
    settings = settings.model_copy(update={"seed_mode": options.mode, "seed": options.seed})
    gyms = choose_gyms(options.size, options.members)
    started = read_now()
    try:
        until = options.as_of or read_now()
        written = seed_gyms(settings, gyms, until=until, since=options.since)
    except SeedRefused as refusal:
        sys.exit(f"etl.seed: {refusal}")
    for name, visits in written.items():
        print(f"{name}: {visits:,} visits written")
    if not written:
        print(f"No demo gyms written (mode {options.mode})")
    if options.export:
        for path, lines in export(settings.ops_database_url).items():
            print(f"{path}: {lines:,} rows")
    print(f"Took {(read_now() - started) / timedelta(seconds=1):.1f} s")


if __name__ == "__main__":
    main()
