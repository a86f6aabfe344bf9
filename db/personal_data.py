"""The register of personal data: what each column says of a person, and what erasing does to it.

A table is either here with all of its columns, or in `ABOUT_NOBODY`; a contract test holds every
new column to it. `api.members.personal_data` erases and exports what stands here, and nothing
else.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

FORMER = "Former member "
"""With the key of the row, the name of somebody whose data was erased."""


class Kind(StrEnum):
    """What a column says of a person."""

    NOTHING = "nothing"
    """A key, or a fact about the row: when it was made, where it comes from."""
    IDENTITY = "identity"
    CONTACT = "contact"
    HEALTH = "health"
    WORDS = "words"
    """Free text, in which anything may stand."""
    BEHAVIOUR = "behaviour"
    """What they did, agreed, paid, or are expected to do."""
    HIDDEN = "hidden"
    """What lets somebody in. No export has it."""


class Erasing(StrEnum):
    KEEP = "keep"
    BLANK = "blank"
    REPLACE = "replace"


ROWS_OF_MEMBER = "customer_id = :member_id"
_ACCOUNT = (
    "user_id in (select user_id from member_accounts"
    " where gym_id = :gym_id and customer_id = :member_id)"
)
_MEMBERSHIP = (
    "membership_id in (select membership_id from memberships"
    " where gym_id = :gym_id and customer_id = :member_id)"
)
_NOTIFICATION = (
    "notification_id in (select notification_id from notifications"
    " where gym_id = :gym_id and customer_id = :member_id)"
)
_ANSWER = "answer ->> 'member_id' = cast(:member_id as text)"


@dataclass(frozen=True)
class PersonalTable:
    """One table with data about people.

    `find` is SQL that says which rows of the gym are about `:member_id`; none where the person is
    somebody else, such as one of the team. Columns are named by kind. Erasing blanks all that are
    neither nothing nor behaviour, unless `replaced` has another value, as SQL, or `kept` names
    them, with the reason beside it.
    """

    find: str | None = ROWS_OF_MEMBER
    nothing: str = ""
    identity: str = ""
    contact: str = ""
    health: str = ""
    words: str = ""
    behaviour: str = ""
    hidden: str = ""
    replaced: Mapping[str, str] = field(default_factory=dict)
    kept: frozenset[str] = frozenset()
    loses_rows: bool = False
    """Erasing deletes the rows."""
    is_exported: bool = True

    @property
    def kinds(self) -> dict[str, Kind]:
        """Of each column."""
        return {column: kind for kind in Kind for column in getattr(self, kind).split()}

    def erasing(self, column: str) -> Erasing:
        if column in self.replaced:
            return Erasing.REPLACE
        stays = self.kinds[column] in (Kind.NOTHING, Kind.BEHAVIOUR) or column in self.kept
        return Erasing.KEEP if stays or self.find is None else Erasing.BLANK

    def exported(self) -> list[str]:
        return [column for column, kind in self.kinds.items() if kind is not Kind.HIDDEN]


# What is written to a member is made of their name and words; how many mails went out stays.
_NO_TEXT = """payload || case when payload ? 'body' then '{"subject": "", "body": ""}' else '{}' end
  ::jsonb"""

PERSONAL: dict[str, PersonalTable] = {
    "customers": PersonalTable(
        nothing="customer_id gym_id created_at updated_at import_id standing merged_into",
        identity="number name name_key birth_date gender",
        contact="email email_key phone phone_e164 address"
        " emergency_contact emergency_phone emergency_relation",
        words="email_consent_source",
        behaviour="join_date status package_id trainer_id email_consent email_consent_at",
        hidden="door_code_version",
        replaced={
            "door_code_version": "door_code_version + 1",
            "name": ":name",
            "name_key": ":name_key",
            "email_consent": "'refused'",
        },
    ),
    "member_merges": PersonalTable(
        nothing="merge_id gym_id customer_id into_id standing moved merged_by merged_at undone_at"
    ),
    "distinct_members": PersonalTable(
        find="(customer_id = :member_id or other_id = :member_id)",
        nothing="gym_id customer_id other_id decided_by decided_at",
    ),
    "member_words": PersonalTable(
        nothing="gym_id customer_id", identity="word", loses_rows=True, is_exported=False
    ),
    "member_numbers": PersonalTable(
        nothing="number_id gym_id customer_id kind given_on ended_on",
        identity="value value_key",
        loses_rows=True,
    ),
    # Exported as the files that they are.
    "file_contents": PersonalTable(
        find="file_id in (select file_id from files"
        " where gym_id = :gym_id and customer_id = :member_id)",
        nothing="gym_id file_id",
        words="content",
        loses_rows=True,
        is_exported=False,
    ),
    "files": PersonalTable(
        nothing="file_id gym_id customer_id kind content_type size uploaded_by created_at",
        words="name",
        identity="sha256",
        loses_rows=True,
    ),
    "member_notes": PersonalTable(
        nothing="gym_id customer_id note_id author_id created_at edited_at",
        words="text",
        loses_rows=True,
    ),
    "medical_notes": PersonalTable(
        nothing="gym_id customer_id written_by written_at", health="sealed", loses_rows=True
    ),
    "medical_note_reads": PersonalTable(nothing="gym_id customer_id read_id reader_id read_at"),
    "member_tags": PersonalTable(
        nothing="gym_id customer_id tag_id", behaviour="", loses_rows=True
    ),
    "household_members": PersonalTable(
        nothing="gym_id household_id customer_id", behaviour="is_payer", loses_rows=True
    ),
    "member_consents": PersonalTable(
        nothing="gym_id customer_id channel purpose recorded_by",
        behaviour="consent recorded_at",
        loses_rows=True,
    ),
    "invitations": PersonalTable(
        nothing="gym_id customer_id invitation_id invited_by created_at expires_at",
        contact="email email_key",
        behaviour="role accepted_at revoked_at",
        hidden="token_hash",
        loses_rows=True,
    ),
    "member_accounts": PersonalTable(nothing="gym_id customer_id user_id"),
    "users": PersonalTable(
        find=_ACCOUNT,
        nothing="user_id gym_id created_at updated_at token_version",
        identity="name username username_key",
        contact="email email_key",
        behaviour="role is_active last_used_at",
        hidden="hashed_password",
        replaced={
            "name": ":name",
            "email": "'erased-' || user_id || '@invalid'",
            "email_key": "'erased-' || user_id || '@invalid'",
            "hashed_password": "'erased'",
            "is_active": "false",
        },
    ),
    "sessions": PersonalTable(
        find=_ACCOUNT,
        nothing="session_id user_id gym_id",
        behaviour="created_at expires_at revoked_at last_used_at program system",
        hidden="token_hash",
        loses_rows=True,
    ),
    "refresh_tokens": PersonalTable(
        find=_ACCOUNT,
        nothing="refresh_token_id user_id gym_id family",
        behaviour="created_at family_expires_at expires_at used_at revoked_at program system",
        hidden="token_hash",
        loses_rows=True,
    ),
    "password_resets": PersonalTable(
        find=_ACCOUNT,
        nothing="reset_id user_id gym_id",
        behaviour="created_at expires_at used_at",
        hidden="token_hash",
        loses_rows=True,
    ),
    "recovery_codes": PersonalTable(
        find=_ACCOUNT,
        nothing="recovery_code_id user_id gym_id",
        behaviour="used_at",
        hidden="code_hash",
        loses_rows=True,
    ),
    "second_factors": PersonalTable(
        find=_ACCOUNT,
        nothing="user_id gym_id",
        behaviour="created_at confirmed_at last_step",
        hidden="sealed_secret",
        loses_rows=True,
    ),
    "memberships": PersonalTable(
        nothing="membership_id gym_id customer_id created_at updated_at replaces_id may_overlap",
        words="cancel_reason",
        behaviour="package_id starts_on ends_on yearly_price months days renews_automatically"
        " paid_until last_day cancelled_on leaving_reason credit unpaid_since",
    ),
    "membership_terms": PersonalTable(
        find=_MEMBERSHIP, nothing="gym_id membership_id", behaviour="term price renewed_on"
    ),
    "agreed_prices": PersonalTable(
        find=_MEMBERSHIP,
        nothing="gym_id membership_id created_at updated_at",
        behaviour="term reason price yearly_price",
    ),
    "promotion_uses": PersonalTable(
        nothing="gym_id promotion_id customer_id membership_id", behaviour="used_on taken_off"
    ),
    "membership_freezes": PersonalTable(
        nothing="freeze_id gym_id membership_id customer_id created_at updated_at",
        words="reason",
        behaviour="starts_on ends_on",
    ),
    "membership_events": PersonalTable(
        find=_MEMBERSHIP,
        nothing="event_id gym_id membership_id user_id",
        words="reason",
        behaviour="kind happened_at details",
    ),
    "attendance": PersonalTable(
        nothing="attendance_id gym_id customer_id import_id created_at pack_id let_in_by",
        words="let_in_because",
        behaviour="check_in check_out method location_id refused_for",
        replaced={"let_in_because": "case when let_in_because is not null then '' end"},
    ),
    "used_door_codes": PersonalTable(
        nothing="gym_id customer_id",
        behaviour="step used_at",
        loses_rows=True,
        is_exported=False,
    ),
    "member_stats": PersonalTable(
        nothing="gym_id customer_id is_counted",
        behaviour="join_date visits first_visit_on last_visit_on last_check_in last_check_out"
        " visited_days usual_gap risk_from covered frozen is_cancelled yearly_value orders spend"
        " timed_visits minutes_inside churn_probability churn_scored_on high_churn_from",
    ),
    "churn_scores": PersonalTable(
        nothing="gym_id customer_id model_id",
        behaviour="label as_of probability logit reasons",
    ),
    "clv": PersonalTable(
        nothing="clv_id gym_id customer_id run_id",
        behaviour="clv_value average_order_value predicted_customer_type forecast_value"
        " forecast_low forecast_high forecast_basis forecast_stay forecast_units"
        " forecast_unit_value",
    ),
    "rfm": PersonalTable(
        nothing="rfm_id gym_id customer_id run_id",
        behaviour="recency_score frequency_score monetary_score customer_segment",
    ),
    # The books: what was paid stays, whoever paid it. The id that a vendor gave a payment is what
    # its refund is known by.
    "payments": PersonalTable(
        nothing="payment_id gym_id customer_id membership_id created_at updated_at",
        words="failure_reason",
        behaviour="amount currency state due_on attempted_at",
    ),
    "transactions": PersonalTable(
        nothing="transaction_id gym_id customer_id payment_id reverses_id source created_at",
        identity="external_id",
        behaviour="amount date currency kind",
        kept=frozenset({"external_id"}),
    ),
    "notifications": PersonalTable(
        nothing="notification_id gym_id customer_id campaign_id dedupe_key provider_id created_at"
        " updated_at",
        contact="recipient recipient_key",
        words="payload error said",
        behaviour="kind channel state sent_at",
        hidden="unsubscribe_hash",
        replaced={"recipient": "''", "recipient_key": "''", "payload": _NO_TEXT},
    ),
    "outbox": PersonalTable(
        find=_NOTIFICATION,
        nothing="outbox_id gym_id notification_id next_at lease attempts created_at",
        words="last_error",
        behaviour="state",
        is_exported=False,
    ),
    # What was answered a day ago to a program that may ask again.
    "idempotency_keys": PersonalTable(
        find=_ANSWER,
        nothing="gym_id user_id key fingerprint status language created_at",
        words="answer",
        loses_rows=True,
        is_exported=False,
    ),
    "audit_log": PersonalTable(
        nothing="audit_id gym_id at row_table row_key customer_id user_id request_id",
        identity="actor",
        contact="address",
        words="changes",
        behaviour="action",
        # By the database's own function, since nobody else writes the log: db/functions/audit.sql.
        kept=frozenset({"actor", "address", "changes"}),
    ),
    "simulation_truth": PersonalTable(
        find=None,  # invented people of demo gyms
        nothing="gym_id customer_id seed",
        behaviour="habit weekly_rate fades_on stops_on leaves_on",
    ),
    # An address that wants no mail is kept, so that none goes there when it is brought in again.
    "unsubscribed_addresses": PersonalTable(
        find=None,
        nothing="unsubscribed_address_id gym_id",
        contact="email_key",
        behaviour="unsubscribed_at",
    ),
    # Of lines of files that could not be read it is not known whose they are.
    "import_problems": PersonalTable(
        find=None,
        nothing="import_problem_id gym_id import_id line field problem said",
        words="row",
    ),
    "job_problems": PersonalTable(
        find=None, nothing="job_problem_id gym_id job_run_id line field problem said", words="row"
    ),
    "job_parts": PersonalTable(
        find=None,
        nothing="gym_id job_run_id part step lines customer_ids",
        behaviour="check_ins check_outs methods",
    ),
    "attendance_reports": PersonalTable(
        find=None,
        nothing="report_id gym_id day visits unique_members peak_hour peak_visits first_timers"
        " returned computed_at",
        behaviour="details",
    ),
    # The owner and the team.
    "gyms": PersonalTable(
        find=None,
        nothing="gym_id timezone currency brand_colour enforces_access language is_demo"
        " mails_daily_report mail_pause_days mail_daily_limit debt_grace_days absence_days"
        " absence_gaps"
        " sends_payment_reminders suspended_at suspended_reason created_at updated_at",
        identity="name username",
        contact="email address phone reply_to",
        hidden="hashed_password",
    ),
    "trainers": PersonalTable(
        find=None,
        nothing="trainer_id gym_id created_at updated_at",
        identity="name",
        contact="email phone",
        words="specialization",
    ),
    "address_confirmations": PersonalTable(
        find=None,
        nothing="confirmation_id gym_id created_at expires_at confirmed_at",
        contact="address",
        hidden="token_hash",
    ),
}
"""In the order in which erasing goes: what is found by another table's rows comes before these
go."""

ABOUT_NOBODY = frozenset(
    {
        "analytics_runs", "audiences", "cache_versions", "campaigns", "churn_models", "closures",
        "equipment", "households", "imports", "job_runs", "kiosks", "locations", "opening_hours",
        "packages", "plan_hours", "plan_locations", "plan_prices", "price_rules",
        "promotion_plans", "promotions", "simulations", "tags", "visit_hours",
    }
)  # fmt: skip
"""Tables of the gym's own affairs."""
