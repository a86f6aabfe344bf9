"""GET /members/{id}/churn-risk: one member, now, in numbers that add up."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta
from math import exp, isclose
from typing import Any

import numpy as np
import pytest
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from api.at_risk.churn_repository import ChurnRiskRepository
from core.risk.churn import member_features
from db.cache_version import mark_changed
from db.member_facts import write_freely
from db.models import Gym, Member, Membership, MembershipFreeze, Payment, Role
from db.session import GymSession, session_scope
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import STATS_DATES, STATS_ROWS, features_from_stats
from ds.churn.scoring_job import read_active_model, score_batch
from ds.frames import read_frame
from tests.factories.churn import WEIGHTS, create_churn_model, create_churn_score, linear
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
    create_visits,
)
from tests.fixtures.api import NOON, ApiClient

TODAY = NOON.date()
YESTERDAY = TODAY - timedelta(days=1)
InGym = Callable[[int], AbstractContextManager[GymSession]]
Sessions = sessionmaker[GymSession]


def make_member(session: GymSession, gym: Gym, away: int, **over: Any) -> Member:
    """Came every third day, 30 times; last seen so many days ago. Somebody else came today."""
    other = create_member(session, gym=gym)
    create_visits(session, gym=gym, member=other, at=[NOON - timedelta(hours=2)])
    member = create_member(session, gym=gym, **over)
    create_membership(session, gym=gym, member=member)
    create_regular_visits(
        session,
        gym=gym,
        member=member,
        last=NOON - timedelta(days=away),
        every_days=3,
        count=30,
    )
    return member


@pytest.fixture
def member(gym: Gym, in_gym: InGym) -> Member:
    with in_gym(gym.gym_id) as session:
        return make_member(session, gym, away=9)


def ask(caller: ApiClient, member_id: int, **parts: Any) -> Any:
    answer = caller.get(f"/api/v1/members/{member_id}/churn-risk", **parts)
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestModel:
    def test_base_and_contributions_add_up_to_the_logit(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            model = create_churn_model(session, gym=gym)
        body = ask(owner, member.member_id)
        total = body["base"] + sum(one["contribution"] for one in body["contributions"])
        assert isclose(total, body["logit"], abs_tol=1e-9)
        assert isclose(body["probability"], 1 / (1 + exp(-body["logit"])), abs_tol=1e-12)
        assert body["base"] == pytest.approx(0.1 + 0.9 * -1.5)
        groups = [one["group"] for one in body["contributions"]]
        assert len(groups) == len(set(groups))
        sizes = [abs(one["contribution"]) for one in body["contributions"]]
        assert sizes == sorted(sizes, reverse=True)
        assert body["source"] == "gym model"
        assert body["model"] == {
            "model_id": model.model_id,
            "label": "lapse",
            "scope": "gym",
            "algorithm": "logistic",
            "version": model.code_version,
            "trained_from": "2025-11-01",
            "trained_to": "2026-09-15",
            "auc": 0.88,
            "brier": 0.12,
            "ece": 0.03,
            "promoted_at": None,
        }
        assert body["label"] == "lapse"
        assert body["horizon_days"] == 30
        texts = {one["group"]: one["text"] for one in body["contributions"]}
        assert texts["recency"] == "8 days away, usually comes every 3 days", (
            "of the newest day that is over"
        )
        assert {reason["text"] for reason in body["reasons"]} <= set(texts.values())

    def test_without_a_visit_since_it_is_the_score_of_the_night(
        self, gym: Gym, in_gym: InGym, ops_sessions: Sessions
    ) -> None:
        """The rows that the nightly scoring reads and those that this answer reads are twins."""
        with in_gym(gym.gym_id) as session:
            members = [make_member(session, gym, away=away) for away in (1, 5, 20)]
            term = create_plan(session, gym=gym, duration_months=3)
            ending = create_member(session, gym=gym)
            create_membership(
                session,
                gym=gym,
                member=ending,
                plan=term,
                ends_on=TODAY + timedelta(days=4),
            )
            create_regular_visits(
                session,
                gym=gym,
                member=ending,
                last=NOON - timedelta(days=2),
                every_days=7,
                count=9,
            )
            unknown = create_member(session, gym=gym)
            create_visits(session, gym=gym, member=unknown, at=[NOON - timedelta(days=3)])
            write_freely(session)
            for due in (YESTERDAY - timedelta(days=5), TODAY):
                session.add(
                    Payment(
                        gym_id=gym.gym_id,
                        member_id=ending.member_id,
                        amount=1,
                        currency="EUR",
                        state="failed",
                        due_on=due,
                    )
                )
        with session_scope(ops_sessions) as session:
            frame = read_frame(
                session,
                STATS_ROWS + " order by s.customer_id",
                {"gym_id": gym.gym_id, "day": YESTERDAY},
                dates=STATS_DATES,
            )
            nightly = features_from_stats(frame, YESTERDAY)
        assert len(frame) == len(members) + 2
        with in_gym(gym.gym_id) as session:
            repository = ChurnRiskRepository(session, gym.gym_id)
            facts = repository.read_facts(frame["member_id"].tolist(), YESTERDAY)
            for place, member_id in enumerate(frame["member_id"]):
                found = member_features(facts[member_id], YESTERDAY)
                np.testing.assert_allclose(
                    [found[name] for name in FEATURE_NAMES], nightly[place], rtol=0, atol=1e-12
                )

    def test_what_the_night_stored_is_what_is_answered_and_listed(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        certain = WEIGHTS | {"intercept": 2.0}
        with session_scope(ops_sessions) as session:
            model = create_churn_model(session, gym=gym, weights=certain)
            active_model = read_active_model(session, gym.gym_id, model.model_id)
            score_batch(session, gym.gym_id, YESTERDAY, [active_model], 0)
            mark_changed(session, gym.gym_id)
        body = ask(owner, member.member_id)
        [stored] = body["history"]
        assert stored["as_of"] == body["day"] == YESTERDAY.isoformat()
        assert isclose(stored["probability"], body["probability"], abs_tol=1e-12)
        items = owner.get("/api/v1/analytics/at-risk").json()["items"]
        [item] = [one for one in items if one["member_id"] == member.member_id]
        assert item["risk"] == round(body["probability"], 4)
        [text] = [one["text"] for one in item["reasons"] if one["code"] == "high_churn"]
        assert "9 days away" in text

    def test_a_visit_counts_at_once(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym)
        before = ask(owner, member.member_id)
        owner.post("/api/v1/check-ins", json={"member_id": member.member_id})
        after = ask(owner, member.member_id)
        assert (before["day"], after["day"]) == (YESTERDAY.isoformat(), TODAY.isoformat())
        assert after["probability"] < before["probability"]

    def test_a_pooled_model_and_both_labels(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        leaves = WEIGHTS | {"label": "cancel", "features": [linear("days_away", 0.5)]}
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, scope="pooled")
            cancel = create_churn_model(session, gym=gym, label="cancel", weights=leaves)
        body = ask(owner, member.member_id)
        assert body["source"] == "pooled model"
        outlook = body["cancel"]
        assert outlook["model"]["model_id"] == cancel.model_id
        total = outlook["base"] + sum(one["contribution"] for one in outlook["contributions"])
        assert isclose(total, outlook["logit"], abs_tol=1e-9)
        assert outlook["probability"] != body["probability"]

    def test_who_has_no_membership_cannot_cancel_one(
        self, owner: ApiClient, gym: Gym, in_gym: InGym, ops_sessions: Sessions
    ) -> None:
        with in_gym(gym.gym_id) as session:
            visitor = create_member(session, gym=gym)
            create_visits(session, gym=gym, member=visitor, at=[NOON - timedelta(days=3)])
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, label="cancel")
        assert ask(owner, visitor.member_id)["cancel"] is None

    def test_a_given_notice_is_told_as_a_fact_and_no_longer_as_a_chance(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, label="cancel")
        before = ask(owner, member.member_id)
        assert before["cancel"]["probability"]
        assert (before["notice_for"], before["note"]) == (None, None)
        [membership] = owner.get(
            "/api/v1/memberships", params={"member_id": member.member_id}
        ).json()["items"]
        last_day = TODAY + timedelta(days=16)
        answer = owner.post(
            f"/api/v1/memberships/{membership['membership_id']}/cancel",
            json={"reason": "other", "last_day": last_day.isoformat()},
        )
        assert answer.status_code == 200, answer.text
        after = ask(owner, member.member_id)
        assert after["cancel"] is None
        assert after["notice_for"] == "2026-12-04"
        assert after["note"] == "Has given notice for 4 December 2026."
        assert [one["text"] for one in after["reasons"] if one["code"] == "notice_given"] == [
            "Has given notice: membership ends in 16 days"
        ]
        portuguese = owner.get(f"/aluno/{member.member_id}/risco-churn").json()
        assert portuguese["probabilidade_cancelamento"] is None
        assert portuguese["cancelamento_para"] == "2026-12-04"
        assert portuguese["mensagem"] == "Pediu o cancelamento para 4 de dezembro de 2026."
        assert "Pediu o cancelamento: a matrícula termina em 16 dias" in portuguese["motivos"]

    def test_a_term_that_nobody_has_renewed_yet_is_no_notice(
        self, owner: ApiClient, gym: Gym, in_gym: InGym, ops_sessions: Sessions
    ) -> None:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            term = create_plan(session, gym=gym, duration_months=3)
            ends_on = TODAY + timedelta(days=4)
            create_membership(session, gym=gym, member=member, plan=term, ends_on=ends_on)
            create_visits(session, gym=gym, member=member, at=[NOON - timedelta(days=1)])
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, label="cancel")
        body = ask(owner, member.member_id)
        assert body["notice_for"] is None
        assert body["cancel"]["probability"]
        assert body["reasons"][0]["code"] == "renewal_soon"

    def test_history_is_the_last_scores_newest_first(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            model = create_churn_model(session, gym=gym)
            for ago, probability in ((3, 0.2), (1, 0.4), (2, 0.3)):
                create_churn_score(
                    session,
                    model=model,
                    member_id=member.member_id,
                    probability=probability,
                    as_of=TODAY - timedelta(days=ago),
                )
        told = ask(owner, member.member_id)["history"]
        assert [one["probability"] for one in told] == [0.4, 0.3, 0.2]
        assert told[0] == {
            "as_of": YESTERDAY.isoformat(),
            "label": "lapse",
            "probability": 0.4,
            "model_id": model.model_id,
        }

    def test_only_the_active_version_is_used(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, is_current=False)
            active = create_churn_model(session, gym=gym)
            create_churn_model(session, gym=gym, is_current=False)
        assert ask(owner, member.member_id)["model"]["model_id"] == active.model_id

    @pytest.mark.parametrize(
        ("logit", "level"),
        [
            (-5.0, "low"),
            (-1.11, "low"),  # 0.248
            (-1.09, "medium"),  # 0.252
            (-0.01, "medium"),
            (0.0, "high"),  # 0.5
            (2.0, "high"),
        ],
    )
    def test_levels(
        self,
        owner: ApiClient,
        gym: Gym,
        member: Member,
        ops_sessions: Sessions,
        logit: float,
        level: str,
    ) -> None:
        flat = WEIGHTS | {
            "intercept": logit,
            "calibration": {"slope": 1.0, "intercept": 0.0},
            "features": [],
        }
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, weights=flat)
        assert ask(owner, member.member_id)["level"] == level

    def test_a_version_that_other_code_trained_is_not_used(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, code_version="0")
        assert ask(owner, member.member_id)["source"] == "rules"


class TestWithoutTheModel:
    def test_rules_where_there_is_none(self, owner: ApiClient, member: Member) -> None:
        body = ask(owner, member.member_id)
        assert (body["source"], body["probability"]) == ("rules", 0.17)
        assert body["model"] is None
        assert body["logit"] is None
        assert body["contributions"] == []
        assert body["history"] == []

    def test_rules_for_who_has_been_away_too_long(
        self, owner: ApiClient, gym: Gym, in_gym: InGym, ops_sessions: Sessions
    ) -> None:
        with in_gym(gym.gym_id) as session:
            gone = make_member(session, gym, away=40)
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym)
        body = ask(owner, gone.member_id)
        assert (body["source"], body["probability"]) == ("rules", 0.41)
        assert body["reasons"][0]["text"] == "No visit for 40 days, usually every 3 days"

    def test_a_membership_that_rests_is_not_judged_by_the_model(
        self, owner: ApiClient, gym: Gym, in_gym: InGym, ops_sessions: Sessions
    ) -> None:
        with in_gym(gym.gym_id) as session:
            frozen = make_member(session, gym, away=9)
            own = Membership.member_id == frozen.member_id
            membership = session.scalars(select(Membership).where(own)).one()
            write_freely(session)
            session.add(
                MembershipFreeze(
                    gym_id=gym.gym_id,
                    membership_id=membership.membership_id,
                    member_id=frozen.member_id,
                    starts_on=YESTERDAY,
                    ends_on=TODAY + timedelta(days=9),
                )
            )
        owner.patch(f"/api/v1/members/{frozen.member_id}", json={"address": "Rua A"})
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym)
        body = ask(owner, frozen.member_id)
        assert body["source"] == "rules"
        assert body["note"] == "The membership is not active; days away alone say this."

    def test_registered_a_second_ago(
        self, owner: ApiClient, gym: Gym, ops_sessions: Sessions
    ) -> None:
        member_id = owner.post("/api/v1/members", json={"name": "Ana"}).json()["member_id"]
        body = ask(owner, member_id)
        assert (body["source"], body["probability"]) == ("prior", 0.19)
        assert body["note"].startswith("No history yet")
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym, rows=1000, events=240)
        body = ask(owner, member_id)
        assert (body["source"], body["probability"]) == ("prior", 0.24)

    def test_who_joined_long_ago_and_never_came_is_no_longer_unknown(
        self, owner: ApiClient, gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym, join_date=date(2026, 10, 1))
        body = ask(owner, member.member_id)
        assert (body["source"], body["probability"]) == ("rules", 0.7)
        assert body["reasons"][0]["code"] == "not_started"


class TestLanguage:
    def test_reasons_in_portuguese(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        wishes = {"headers": {"Accept-Language": "pt-BR,pt;q=0.9,en;q=0.5"}}
        assert ask(owner, member.member_id, **wishes)["reasons"] == []
        with session_scope(ops_sessions) as session:
            create_churn_model(session, gym=gym)
        texts = [one["text"] for one in ask(owner, member.member_id, **wishes)["contributions"]]
        assert "Ausente há 8 dias, costuma vir a cada 3 dias" in texts
        english = ask(owner, member.member_id)["contributions"]
        assert "8 days away, usually comes every 3 days" in [one["text"] for one in english]

    def test_the_portuguese_route_asks_the_same_model(
        self, owner: ApiClient, gym: Gym, member: Member, ops_sessions: Sessions
    ) -> None:
        with session_scope(ops_sessions) as session:
            model = create_churn_model(session, gym=gym)
            create_churn_model(session, gym=gym, label="cancel")
        english = ask(owner, member.member_id, headers={"Accept-Language": "pt-BR"})
        body = owner.get(f"/aluno/{member.member_id}/risco-churn").json()
        assert body["probabilidade"] == english["probability"]
        assert body["probabilidade_cancelamento"] == english["cancel"]["probability"]
        assert body["motivos"] == [reason["text"] for reason in english["reasons"]]
        assert (body["fonte"], body["modelo"]) == ("modelo da academia", model.model_id)


def test_the_trainer_may_ask(
    sign_in_as: Callable[..., ApiClient], member: Member, other_owner: ApiClient
) -> None:
    assert ask(sign_in_as(Role.TRAINER), member.member_id)["member_id"] == member.member_id
    answer = other_owner.get(f"/api/v1/members/{member.member_id}/churn-risk")
    assert answer.status_code == 404
