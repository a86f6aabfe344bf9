from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic


class ChurnLabel(StrEnum):
    """What is predicted for the 30 days to come."""

    LAPSE = "lapse"
    """No visit."""
    CANCEL = "cancel"
    """Notice is given, or the membership runs out and is not renewed."""


class ModelScope(StrEnum):
    """Whose members a model is trained on."""

    GYM = "gym"
    """This gym's."""
    POOLED = "pooled"
    """Several gyms', with this gym's intercept."""


class Algorithm(StrEnum):
    LOGISTIC = "logistic"
    ADDITIVE_BOOSTING = "additive_boosting"
    """Gradient boosting without interactions."""
    ADDITIVE_MEAN = "additive_mean"
    """The mean of both."""


class ChurnModel(GymOwned, Base):
    """A version of a gym's churn model in the registry: weights, figures, and why it was
    promoted."""

    __tablename__ = "churn_models"
    topic = Topic.SCORES
    unaudited = "computed"
    __table_args__ = (
        UniqueConstraint("gym_id", "model_id"),
        Index(
            "uq_churn_models_current",
            "gym_id",
            "label",
            unique=True,
            postgresql_where=text("is_current"),
        ),
        Index("ix_churn_models_gym_id_created_at", "gym_id", "created_at"),
        {"comment": "Registry of churn models"},
    )

    model_id: Mapped[int] = mapped_column(primary_key=True)
    label: Mapped[ChurnLabel] = mapped_column(comment="What it predicts")
    scope: Mapped[ModelScope] = mapped_column(
        comment="Trained on this gym, or on several with this gym's intercept"
    )
    algorithm: Mapped[Algorithm] = mapped_column(comment="How it was trained")
    code_version: Mapped[str] = mapped_column(comment="Version of features and training")
    as_of: Mapped[date] = mapped_column(comment="Last day that training may have read")
    train_from: Mapped[date] = mapped_column(comment="First snapshot of the training window")
    train_to: Mapped[date] = mapped_column(comment="Last snapshot of the training window")
    data_sha256: Mapped[str] = mapped_column(comment="SHA-256 of the training samples, hex")
    rows: Mapped[int] = mapped_column(comment="Training samples")
    events: Mapped[int] = mapped_column(comment="Of them with the outcome")
    weights: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="All that scoring needs")
    metrics: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="Measured on the newest window"
    )
    drift: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="How the data moved since training"
    )
    card: Mapped[str] = mapped_column(comment="The model card, Markdown")
    decision: Mapped[str] = mapped_column(comment="Why it was promoted or not")
    is_current: Mapped[bool] = mapped_column(
        server_default="false", comment="It is the active version"
    )
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")
    promoted_at: Mapped[datetime | None] = mapped_column(comment="When it last became active")


class ChurnScore(GymOwned, Base):
    """A model's score of a member on a day. Kept, so that it can be compared with the outcome."""

    __tablename__ = "churn_scores"
    topic = Topic.SCORES
    unaudited = "computed"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["gym_id", "model_id"], ["churn_models.gym_id", "churn_models.model_id"]
        ),
        CheckConstraint("probability BETWEEN 0 AND 1", name="is_probability"),
        Index("ix_churn_scores_gym_id_label_as_of", "gym_id", "label", "as_of"),
        Index("ix_churn_scores_gym_id_model_id", "gym_id", "model_id"),
        {"comment": "Churn probabilities by member and day"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Whose score")
    label: Mapped[ChurnLabel] = mapped_column(primary_key=True, comment="What is predicted")
    as_of: Mapped[date] = mapped_column(primary_key=True, comment="The gym's local day")
    model_id: Mapped[int] = mapped_column(comment="Which version said it")
    probability: Mapped[float] = mapped_column(Float, comment="0 to 1, within 30 days")
    logit: Mapped[float] = mapped_column(Float, comment="Base and contributions add up to it")
    reasons: Mapped[list[dict[str, Any]]] = mapped_column(
        JSONB, server_default=text("'[]'"), comment="The three largest contributions"
    )
