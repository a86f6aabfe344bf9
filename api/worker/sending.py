"""Claim, send, mark: at least once, never lost, and repeated only where it is unavoidable.

A mail goes out twice only if a worker dies between the mail server's reply and the moment it is
written down, or if the database is unavailable for longer than the mark is retried.
"""

import logging
import random
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sqlalchemy.orm import sessionmaker

from api.kit.settings import Settings
from api.notifications.kind import NotificationKind
from api.providers.failures import PermanentFailure, TemporaryFailure
from api.worker.channels import Provider
from api.worker.delivery import Delivery, prepare
from api.worker.kinds import KINDS
from core.clock import read_now
from core.translation import Sentence, t
from db.models import Channel, NotificationState
from db.queue import outbox
from db.queue.jobs import DATABASE_UNAVAILABLE
from db.queue.outbox import Claim
from db.session import GymSession, session_scope
from db.types import GymId

log = logging.getLogger("worker")

MAX_ATTEMPTS = 16
"""With the pauses below: about two hours."""
FIRST_PAUSE, MAX_PAUSE = 2.0, 900.0


def pause_after(attempts: int) -> float:
    """Seconds until the next attempt: doubling, capped, and spread so that not all come at once."""
    pause = min(FIRST_PAUSE * 2.0 ** (attempts - 1), MAX_PAUSE)
    return pause * random.uniform(0.8, 1.2)  # noqa: S311 - spreads load, guards nothing


class Sender:
    """Sends notifications of every gym, one at a time. Each worker process has one of its own."""

    def __init__(
        self,
        sessions: sessionmaker[GymSession],
        providers: Mapping[Channel, Provider],
        settings: Settings,
        *,
        kinds: Mapping[str, NotificationKind[Any]] = KINDS,
        now: Callable[[], datetime] = read_now,
    ) -> None:
        self._sessions = sessions
        self._providers = providers
        self._settings = settings
        self._kinds = kinds
        self._now = now

    def send(self, outbox_id: int, gym_id: GymId) -> bool:
        """Process one row of the outbox. False when there is nothing to do for it now.

        Raises when the database is unavailable: the row's lease ends by itself.
        """
        with self._open(gym_id) as session:
            claim = outbox.claim(
                session, gym_id, outbox_id, lease_seconds=self._settings.worker_lease_seconds
            )
        if claim is None:
            return False
        try:
            with self._open(claim.gym_id) as session:
                delivery = prepare(
                    session,
                    claim,
                    self._kinds,
                    self._providers,
                    self._settings,
                    now=self._now(),
                )
        except DATABASE_UNAVAILABLE:
            raise
        except Exception:
            # A failure of this one must not keep the others waiting.
            log.exception("notification_unreadable", extra={"outbox_id": claim.outbox_id})
            self._fail(claim, t("The platform could not write this message."))
            return True
        if delivery is None:
            return True
        if delivery.attempts > MAX_ATTEMPTS:  # each time the worker died over it
            self._fail(claim, t("Given up after {n} attempts.", n=MAX_ATTEMPTS))
            return True
        self._send(claim, delivery)
        return True

    def close(self) -> None:
        for provider in self._providers.values():
            provider.close()

    def _open(self, gym_id: GymId) -> AbstractContextManager[GymSession]:
        return session_scope(self._sessions, gym_id)

    def _send(self, claim: Claim, delivery: Delivery) -> None:
        facts = {
            "outbox_id": claim.outbox_id,
            "gym_id": claim.gym_id,
            "notification_id": delivery.notification_id,
            "channel": delivery.channel,
            "attempt": delivery.attempts,
        }
        started = time.monotonic()
        try:
            self._providers[delivery.channel].send(delivery.content)
        except PermanentFailure as failure:
            log.warning("notification_failed", extra={**facts, "error": failure.kind})
            self._fail(claim, failure.reason)
        except TemporaryFailure as failure:
            self._postpone(claim, delivery, failure.reason, kind=failure.kind)
        except Exception:
            log.exception("notification_not_sent", extra=facts)
            self._postpone(
                claim, delivery, t("The platform could not send this message."), kind="bug"
            )
        else:
            sent_at = self._now()
            marked = self._mark(
                claim, lambda s: outbox.finish(s, claim, NotificationState.SENT, sent_at=sent_at)
            )
            milliseconds = round((time.monotonic() - started) * 1000)
            log.info("notification_sent", extra={**facts, "ms": milliseconds, "marked": marked})

    def _postpone(self, claim: Claim, delivery: Delivery, reason: Sentence, *, kind: str) -> None:
        facts = {"outbox_id": claim.outbox_id, "attempt": delivery.attempts, "error": kind}
        if delivery.attempts >= MAX_ATTEMPTS:
            log.warning("notification_failed", extra=facts)
            self._fail(
                claim,
                t("Given up after {n} attempts. {reason}", n=delivery.attempts, reason=reason),
            )
            return
        seconds = pause_after(delivery.attempts)
        log.warning("notification_postponed", extra={**facts, "seconds": round(seconds, 1)})
        self._mark(claim, lambda s: outbox.postpone(s, claim, seconds=seconds, error=str(reason)))

    def _fail(self, claim: Claim, error: Sentence) -> None:
        self._mark(claim, lambda s: outbox.finish(s, claim, NotificationState.FAILED, error=error))

    def _mark(self, claim: Claim, change: Callable[[GymSession], bool]) -> bool:
        """Write down what happened, on fresh connections, until it is written or time is up.

        A database that restarts is the main source of double mails: the mail is out, and only
        this process knows it.
        """
        ends_at = time.monotonic() + self._settings.worker_mark_seconds
        while True:
            try:
                with self._open(claim.gym_id) as session:
                    return change(session)
            except DATABASE_UNAVAILABLE as error:
                if time.monotonic() >= ends_at:
                    log.error("mark_lost", extra={"outbox_id": claim.outbox_id})
                    return False
                log.warning("mark_retried", extra={"error": type(error).__name__})
                time.sleep(0.25)
