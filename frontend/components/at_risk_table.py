"""The table of members at risk: reasons as badges, weeks as bars, ticks that outlive pages."""

from typing import Any

import pandas as pd
import streamlit as st

from frontend.components.colours import REASONS
from frontend.components.mail_blocks import short
from frontend.components.selection import Selection
from frontend.formats import member_name, symbol
from frontend.results.figures import AtRiskMember
from frontend.texts import t

ROW = 40


def at_risk_table(
    members: list[AtRiskMember], picked: Selection, *, currency: str, key: str
) -> None:
    """Draws one page and takes its ticks over into `picked`."""
    event = st.dataframe(
        _frame(members),
        column_config=_columns(members, currency),
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


def _frame(members: list[AtRiskMember]) -> pd.DataFrame:
    frame = pd.DataFrame(
        {
            "member": [member_name(m["name"], m["number"]) for m in members],
            "risk": [m["risk"] * 100 for m in members],
            "why": [[reason["text"] for reason in m["reasons"]] for m in members],
            "weeks": [m["visits_per_week"] for m in members],
            "value": [m["yearly_value"] for m in members],
            "mail": [short(m["email_block"]) for m in members],
            "plan": [m["plan_name"] or "" for m in members],
        }
    )
    # A gym whose payments and plans are not known is not shown columns of nothing.
    empty = [name for name in ("value", "plan") if not any(frame[name].fillna(0))]
    return frame.drop(columns=empty)


def _columns(members: list[AtRiskMember], currency: str) -> dict[str, Any]:
    colours = {r["text"]: REASONS.get(r["code"], "violet") for m in members for r in m["reasons"]}
    config = st.column_config

    def open_member() -> None:
        row = st.session_state["risk_open"].row
        st.switch_page("views/member.py", query_params={"id": str(members[row]["member_id"])})

    return {
        "member": config.ButtonColumn(
            t("Member"), key="risk_open", on_click=open_member, type="tertiary", width=148,
            alignment="left", pinned=True,
        ),
        "risk": config.ProgressColumn(
            t("Risk"), help=t("Chance that they do not come within 30 days"), format="%d%%",
            min_value=0, max_value=100, width=88, color="red",
        ),
        "why": config.MultiselectColumn(
            t("Why"), width=290, options=list(colours), color=list(colours.values())
        ),
        "weeks": config.BarChartColumn(t("Last 12 weeks"), y_min=0, y_max=7, width=105),
        "value": config.NumberColumn(
            t("Worth a year"), format=f"{symbol(currency)}%,.0f", width=95
        ),
        "mail": config.TextColumn(t("Mail"), width=98),
        "plan": config.TextColumn(t("Plan"), width=85),
    }  # fmt: skip
