"""The table of members at risk: reasons as badges, weeks as bars, ticks that outlive pages."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.at_risk.reasons import badges, in_short
from frontend.campaigns.mail_blocks import short
from frontend.campaigns.selection import Selection
from frontend.kit.api_types import AtRiskItem
from frontend.kit.colours import REASONS
from frontend.kit.formats import Currency, as_moment, member_name, short_day, whole_money
from frontend.kit.i18n import t
from frontend.kit.links import member_column
from frontend.kit.tables import write_numbers

ROW = 40


def at_risk_table(
    members: list[AtRiskItem], picked: Selection, *, currency: Currency, zone: str, key: str
) -> None:
    """Draws one page and takes its ticks over into `picked`."""
    event = st.dataframe(
        write_numbers(_frame(members, zone), value=partial(whole_money, currency=currency)),
        column_config=_columns(members),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        selection_default={"selection": {"rows": picked.rows_on(members)}},
        key=key,
        row_height=ROW,
        height="content",
        placeholder="–",
        alt=t("Members at risk of leaving"),
    )
    if picked.sync(members, event.selection.rows):
        st.rerun()


def _mail(member: AtRiskItem, zone: str) -> str:
    """Why they cannot get mail; else, or where that is the reason, the date of their last mail."""
    last, block = as_moment(member["last_mailed_at"], zone), member["email_block"]
    is_blocked = block not in (None, "mailed_this_week")
    return short(block) if is_blocked or last is None else short_day(last.date())


def _frame(members: list[AtRiskItem], zone: str) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "member": [member_name(m["name"], m["number"]) for m in members],
            "risk": [m["risk"] * 100 for m in members],
            "why": [badges(m["reasons"]) for m in members],
            "weeks": [m["visits_per_week"] for m in members],
            "value": [m["yearly_value"] for m in members],
            "mail": [_mail(m, zone) for m in members],
            "plan": [m["plan_name"] or "" for m in members],
        }
    )
    # A gym whose payments and plans are not known sees no empty columns.
    empty = [name for name in ("value", "plan") if not any(frame[name].fillna(0))]
    return frame.drop(columns=empty)


def _columns(members: list[AtRiskItem]) -> dict[str, Any]:
    colours = {in_short(r): REASONS.get(r["code"], "violet") for m in members for r in m["reasons"]}
    config = st.column_config

    return {
        "member": member_column(
            [member["member_id"] for member in members], key="risk_open",
            back="at_risk/pages/at_risk.py", width=148,
        ),
        "risk": config.ProgressColumn(
            t("Risk"), help=t("Chance that they do not come within 30 days"), format="%d%%",
            min_value=0, max_value=100, width=88, color="red",
        ),
        "why": config.MultiselectColumn(
            t("Why"), width=272, options=list(colours), color=list(colours.values()),
            help=t("In short; the member's page has the whole sentence"),
        ),
        "weeks": config.BarChartColumn(
            t("Last 12 weeks"), y_min=0, y_max=7, width=101,
            help=t("Days with a visit in each week, the newest on the right"),
        ),
        "value": config.NumberColumn(t("Worth a year"), width=95),
        "mail": config.TextColumn(
            t("Last email"), width=98,
            help=t("The day you last wrote to them, or why they are not written to"),
        ),
        "plan": config.TextColumn(t("Plan"), width=75),
    }  # fmt: skip
