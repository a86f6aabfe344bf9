"""Every column of a few words has its CHECK, and lists them in its comment"""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

CHECKS = {
    ("analytics_runs", "method"): "'kmeans','cutoffs'",
    ("churn_scores", "label"): "'lapse','cancel'",
    ("clv", "predicted_customer_type"): "'Loyalist','At Risk','New/Potential','High-Value'",
    ("rfm", "customer_segment"): "'Loyalist','At Risk','New/Potential','High-Value'",
}
COMMENTS = (
    ("analytics_runs", "state", "running, done, failed", "How far it is: running, done, failed"),
    (
        "analytics_runs",
        "method",
        "kmeans, or cutoffs for a small gym",
        "How segments were told apart: kmeans, cutoffs",
    ),
    ("churn_models", "label", "lapse or cancel", "What it predicts: lapse, cancel"),
    (
        "churn_models",
        "scope",
        "gym: trained on this gym; pooled: on several, with this gym's intercept",
        "Trained on this gym, or on several with this gym's intercept: gym, pooled",
    ),
    (
        "churn_models",
        "algorithm",
        "logistic, additive_boosting, or additive_mean of the two",
        "How it was trained: logistic, additive_boosting, additive_mean",
    ),
    (
        "users",
        "role",
        "super_admin, owner, admin, trainer, receptionist, member",
        "What the user may do: super_admin, owner, admin, trainer, receptionist, member",
    ),
    ("imports", "kind", "members or visits", "What the file lists: members, visits"),
    (
        "imports",
        "state",
        "checked (dry run, nothing written), done, failed (nothing written)",
        "What was done; nothing was written unless done: checked, done, failed",
    ),
    (
        "job_runs",
        "state",
        "pending, queued, running, done, failed",
        "How far it is: pending, queued, running, done, failed",
    ),
    (
        "customers",
        "email_consent",
        "Why the gym may, or may not, send retention mail",
        "Why the gym may, or may not, send retention mail: unknown, given, lawful_basis, refused, unsubscribed",
    ),
    ("churn_scores", "label", "lapse or cancel", "What is predicted: lapse, cancel"),
    (
        "clv",
        "predicted_customer_type",
        "The member's segment",
        "The member's segment: Loyalist, At Risk, New/Potential, High-Value",
    ),
    (
        "clv",
        "forecast_basis",
        "contract: months of membership; visits: orders of who pays per visit",
        "Counted in months of membership, or in orders of who pays per visit: contract, visits",
    ),
    (
        "messages",
        "state",
        "queued, sent, failed, skipped",
        "What became of it: queued, sent, failed, skipped",
    ),
    (
        "rfm",
        "customer_segment",
        "Loyalist, At Risk, New/Potential, High-Value",
        "Where the scores put the member: Loyalist, At Risk, New/Potential, High-Value",
    ),
    (
        "outbox",
        "state",
        "pending, queued, sending, done, failed",
        "How far it is: pending, queued, sending, done, failed",
    ),
    ("payments", "state", "pending, paid, failed", "How the attempt went: pending, paid, failed"),
    (
        "transactions",
        "kind",
        "payment, refund, chargeback, correction, reversal",
        "Why money moved: payment, refund, chargeback, correction, reversal",
    ),
)


def upgrade() -> None:
    for (table, column), words in CHECKS.items():
        op.create_check_constraint(f"{column}_known", table, f"{column} IN ({words})")
    for table, column, _, comment in COMMENTS:
        op.alter_column(table, column, comment=comment)


def downgrade() -> None:
    for table, column, comment, _ in COMMENTS:
        op.alter_column(table, column, comment=comment)
    for table, column in CHECKS:
        op.drop_constraint(f"{column}_known", table, type_="check")
