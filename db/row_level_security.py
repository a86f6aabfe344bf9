"""Who may do what to which table: policies, grants, functions and views, from one description.

`apply_access` brings the database to exactly this after every migration. The catalog tests read the
same description, so a forgotten table fails the build.
"""

from pathlib import Path

from sqlalchemy import Connection, Table

from core.money import DECIMALS
from db.base import Base
from db.cache_version import SLOTS
from db.models.member_stats import WINDOW_DAYS
from db.stats.visit_hours import DOUBLE_SCAN, MAX_STAY
from db.topics import Topic

FUNCTIONS_SQL = Path(__file__).with_name("functions.sql")
FUNCTIONS = Path(__file__).with_name("functions")
VIEWS = Path(__file__).with_name("views")
REPORTING = "reporting"

# What an analyst must not read, though every other column of every gym is theirs to query.
HIDDEN_FROM_ANALYST = {
    "gyms": {"hashed_password"},
    "users": {"hashed_password", "token_version"},
    "sessions": {"token_hash"},
    "refresh_tokens": {"token_hash"},
    "notifications": {"unsubscribe_hash"},
    "address_confirmations": {"token_hash"},
    "member_notes": {"text"},
    "invitations": {"token_hash"},
    "password_resets": {"token_hash"},
    "kiosks": {"key_hash"},
    "recovery_codes": {"code_hash"},
    "second_factors": {"sealed_secret"},
    "import_problems": {"row"},
    "job_problems": {"row"},
    "files": {"name", "sha256"},
}
# What only works inside, and from which addresses people work. The search words of a member hold
# nothing that the member's row does not.
NOT_FOR_ANALYST = {
    "audit_log",
    "cache_versions",
    "file_contents",
    "idempotency_keys",
    "job_parts",
    "medical_notes",
    "member_words",
    "simulations",
    "simulation_truth",
}
NOT_FOR_APP = {"simulations", "simulation_truth"}
# The ledger is append-only, what ds computed is only read by the API, and the audit log is written
# by functions of the database.
APP_MAY_ONLY = {
    "transactions": "select, insert",
    "medical_note_reads": "select, insert",
    "rfm": "select",
    "clv": "select",
    "analytics_runs": "select",
    "audit_log": "select",
    "churn_models": "select",
    "churn_scores": "select",
}
DEFINER_FUNCTIONS = (
    "gym_of_login(text)",
    "gym_of_session(text)",
    "gym_of_refresh_token(text)",
    "gym_of_unsubscribe_token(text)",
    "gym_of_confirmation_token(text)",
    "gym_of_invitation_token(text)",
    "gym_of_password_reset(text)",
    "visit_versions(bigint[])",
    "gym_of_kiosk_key(text)",
    "has_demo_gyms()",
    "time_zones_in_use()",
    "analyze_loaded()",
    "keep_audit()",
    "note_audit(text, text, text, bigint, jsonb)",
    "erase_audit(bigint)",
    "move_ledger(bigint, bigint, bigint[])",
)
BEGIN_REQUEST = "begin_request(bigint, bigint, bigint, bigint, timestamptz, text, text, boolean)"
_VERSIONS = [f"'{topic}', coalesce(sum(v.{topic}), 0)::bigint" for topic in Topic]
CURRENT_GYM = "gym_id = (select nullif(current_setting('app.gym_id', true), '')::bigint)"


def apply_access(connection: Connection) -> None:
    """Set policies and grants on every table, then functions and views. Runs as the migrator."""
    run = connection.exec_driver_sql
    for table in Base.metadata.sorted_tables:
        for statement in _guard(table):
            run(statement)
    run("grant usage on all sequences in schema public to comeback_app, comeback_ops")
    run(_functions().replace("%", "%%"))
    for path in sorted(FUNCTIONS.glob("*.sql")):
        run(_fill_in(path.read_text()).replace("%", "%%"))
    for function in (*DEFINER_FUNCTIONS, BEGIN_REQUEST):
        run(f"revoke all on function {function} from public")
        run(f"grant execute on function {function} to comeback_app, comeback_ops")
    run(f"drop schema if exists {REPORTING} cascade")
    run(f"create schema {REPORTING}")
    run(f"grant usage on schema {REPORTING} to comeback_analyst, comeback_ops")
    for path in sorted(VIEWS.glob("*.sql")):
        run(path.read_text().replace("%", "%%"))
    run(f"grant select on all tables in schema {REPORTING} to comeback_analyst, comeback_ops")


def _fill_in(source: str) -> str:
    """SQL with what Python says as well."""
    values = {
        "double_scan": f"interval '{DOUBLE_SCAN.total_seconds():.0f} seconds'",
        "max_stay": f"interval '{MAX_STAY.total_seconds():.0f} seconds'",
        "window_days": str(WINDOW_DAYS),
        "no_days": f"B'{'0' * WINDOW_DAYS}'",
        "slots": str(SLOTS),
        "topics": ", ".join(Topic),
        "moments": ", ".join(
            f"case when '{topic}' = any(topics) then moment else 0 end" for topic in Topic
        ),
        "raised": ", ".join(
            f"{topic} = case when excluded.{topic} > 0"
            f" then greatest(v.{topic} + 1, excluded.{topic}) else v.{topic} end"
            for topic in Topic
        ),
        "versions": f"jsonb_build_object({', '.join(_VERSIONS)})",
    }
    for name, value in values.items():
        source = source.replace(f":{name}", value)
    return source


def _functions() -> str:
    """`functions.sql` with the currencies that have no decimals, or three."""
    source = FUNCTIONS_SQL.read_text()
    for decimals in (0, 3):
        codes = ", ".join(f"'{code}'" for code, found in DECIMALS.items() if found == decimals)
        source = source.replace(f":codes_of_{decimals}", codes)
    return source


def _guard(table: Table) -> list[str]:
    name = table.name
    statements = [
        f"alter table {name} enable row level security",
        f"alter table {name} force row level security",
        f"drop policy if exists tenant on {name}",
        f"drop policy if exists migrator on {name}",
        f"drop policy if exists analyst on {name}",
        f"create policy tenant on {name} to comeback_app"
        f" using ({CURRENT_GYM}) with check ({CURRENT_GYM})",
        f"create policy migrator on {name} to comeback_migrator using (true) with check (true)",
        f"revoke all on {name} from comeback_app, comeback_ops, comeback_analyst",
        f"grant select, insert, update, delete, truncate on {name} to comeback_ops",
    ]
    if name not in NOT_FOR_APP:
        rights = APP_MAY_ONLY.get(name, "select, insert, update, delete")
        statements.append(f"grant {rights} on {name} to comeback_app")
    if name not in NOT_FOR_ANALYST:
        hidden = HIDDEN_FROM_ANALYST.get(name, set())
        columns = ", ".join(
            f'"{column.name}"' for column in table.columns if column.name not in hidden
        )
        statements.append(
            f"create policy analyst on {name} for select to comeback_analyst using (true)"
        )
        statements.append(f"grant select ({columns}) on {name} to comeback_analyst")
    return statements
