"""kill -9 while mails go out: none is lost, and a repeat is the same mail again.

A repeat is allowed for a mail that a killed process had in hand, and for nothing else. Relay,
broker and database may die without any: a worker keeps writing down what it has sent.
"""

from collections import Counter
from collections.abc import Callable

from sqlalchemy import select

from api.campaigns import service as campaigns
from api.campaigns.schemas import CampaignCreate
from api.kit.principal import Principal
from core.clock import read_now
from db.as_of import read_as_of
from db.member_facts import write_freely
from db.models import Gym, Member, Notification, OutboxItem, Role, User
from db.session import make_engine, make_session_factory, session_scope
from db.stats.member_stats import refresh_member_stats
from db.types import GymId
from tests.chaos.conftest import CONCURRENCY, LONG_LEASE_SECONDS, Platform, spread
from tests.factories.gyms import create_gym
from tests.fixtures.api import make_settings
from tests.fixtures.rabbitmq import RabbitMQ

MakePlatform = Callable[..., Platform]
PATIENCE = 600.0


def queue_mails(platform: Platform, number: int) -> set[str]:
    """One campaign to so many members; answers the mails' Message-IDs."""
    settings = make_settings(platform.database, mail_daily_start=0)
    now = read_now()
    ops = make_engine(platform.database.ops_url, pool_size=1)
    with session_scope(make_session_factory(ops)) as session:
        gym = create_gym(session, hashed_password="unused")
        members = [
            Member(
                gym_id=gym.gym_id,
                name=f"Mia {index}",
                email=f"mia-{index}@example.com",
                join_date=now.date(),
                email_consent="given",
            )
            for index in range(number)
        ]
        write_freely(session)
        session.add_all(members)
        session.flush()
        ids = [member.member_id for member in members]
        refresh_member_stats(session, gym.gym_id, ids)
        owner = session.scalars(select(User).where(User.gym_id == gym.gym_id)).one()
    ops.dispose()
    app = make_engine(platform.database.app_url, pool_size=1)
    with session_scope(make_session_factory(app), GymId(gym.gym_id)) as session:
        found = session.get(Gym, gym.gym_id)
        assert found is not None
        campaigns.send(
            session,
            Principal(owner, found, Role.OWNER, None),
            CampaignCreate(member_ids=ids, subject="We miss you", body="Hi {{first_name}}"),
            as_of=read_as_of(session, found, now),
            now=now,
            settings=settings,
        )
        queued = set(session.scalars(select(Notification.provider_id)))
    app.dispose()
    assert len(queued) == number
    return queued


def send_amid(platform: Platform, number: int, faults: list[Callable[[], None]]) -> None:
    """Send so many mails while the faults happen, then see what became of them."""
    queued = queue_mails(platform, number)
    platform.start("relay", "worker-1", "worker-2")
    spread(
        faults,
        progress=lambda: len(platform.mail_server.mails) / number,
        is_over=lambda: platform.count("notifications")["sent"] >= number,
        seconds=PATIENCE + number / 4,
    )
    check_nothing_lost(platform, queued)


def check_nothing_lost(platform: Platform, queued: set[str]) -> None:
    assert platform.count("notifications") == Counter({"sent": len(queued)})
    received = Counter(mail.message["Message-ID"] for mail in platform.mail_server.mails)
    repeats = sum(received.values()) - len(queued)
    print(f"{len(queued)} mails, {repeats} repeated, {dict(platform.faults)}")
    assert set(received) == queued, "every mail went out, and none that was not queued"
    repeated = {header_id for header_id, times in received.items() if times > 1}
    allowed = CONCURRENCY * platform.faults["worker"] + platform.faults["child"]
    assert repeats <= allowed, f"{repeats} repeats, {dict(platform.faults)}"
    for header_id in repeated:
        copies = [
            mail for mail in platform.mail_server.mails if mail.message["Message-ID"] == header_id
        ]
        assert len({(mail.text, mail.message["Subject"]) for mail in copies}) == 1
        assert len({tuple(mail.recipients) for mail in copies}) == 1
    engine = platform.connect()
    with engine.connect() as connection:
        again = set(
            connection.scalars(
                select(Notification.provider_id)
                .join(OutboxItem, OutboxItem.notification_id == Notification.notification_id)
                .where(OutboxItem.attempts > 1)
            )
        )
    engine.dispose()
    assert repeated <= again


def test_kill_9_of_anything_on_rabbitmq_loses_no_mail(
    make_platform: MakePlatform, rabbitmq: RabbitMQ
) -> None:
    platform = make_platform(rabbitmq=rabbitmq)
    faults = [platform.kill_child, platform.kill_worker, platform.kill_postgres]
    faults += [platform.kill_relay, platform.kill_rabbitmq]
    send_amid(platform, 300, faults)


def test_kill_9_of_relay_and_postgres_alone_repeats_no_mail(make_platform: MakePlatform) -> None:
    """On the broker that is a folder, where a message dies with the worker that has it."""
    platform = make_platform(lease_seconds=LONG_LEASE_SECONDS)
    send_amid(platform, 100, [platform.kill_postgres, platform.kill_relay])
    assert platform.faults["worker"] == platform.faults["child"] == 0


def test_kill_9_of_a_whole_worker_on_the_folder_loses_no_mail(make_platform: MakePlatform) -> None:
    platform = make_platform()
    send_amid(platform, 100, [platform.kill_worker, platform.kill_worker])
