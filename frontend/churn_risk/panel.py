"""What a member's risk is made of, and which model it comes from."""

import streamlit as st

from frontend.kit.api_types import ChurnRisk, Contribution
from frontend.kit.formats import as_date, chance, day, plain
from frontend.kit.i18n import mark, t

SOURCES = {
    "gym model": mark("says your gym's own model"),
    "pooled model": mark("says a model of several gyms, fitted to yours"),
    "rules": mark("says the table of days away"),
    "prior": mark("as of all members"),
}
STRONGEST = 4
LEAST = 0.05
"""Log odds under which a contribution is not worth a line."""


def churn_panel(risk: ChurnRisk) -> None:
    source = t(SOURCES.get(risk["source"], risk["source"]))
    st.markdown(t("**{chance}** chance of no visit within 30 days, {source}.",
                  chance=chance(risk["probability"]), source=source))  # fmt: skip
    strongest = [c for c in risk["contributions"] if abs(c["contribution"]) >= LEAST][:STRONGEST]
    if strongest:
        st.markdown("  \n".join(_line(contribution) for contribution in strongest))
        st.caption(
            t("↑ raises the risk, ↓ lowers it, compared with the typical member of your gym. "
              "The most telling comes first.")
        )  # fmt: skip
    cancel = risk["cancel"]
    if cancel:
        st.markdown(t("**{chance}** chance of giving notice or not renewing within 30 days.",
                      chance=chance(cancel["probability"])))  # fmt: skip
    model = risk["model"]
    if model:
        learned = t("Learned from your visits until {day}.", day=day(as_date(model["trained_to"])))
        if model["scope"] != "gym":
            learned = t("Learned from several gyms until {day}.",
                        day=day(as_date(model["trained_to"])))  # fmt: skip
        note = t("Days are counted up to {day}.", day=day(as_date(risk["day"])))
        st.caption(f"{learned} {note}")
    if risk["note"]:
        st.caption(plain(risk["note"]))


def _line(contribution: Contribution) -> str:
    if contribution["contribution"] > 0:
        return f":red[:material/arrow_upward:] {plain(contribution['text'])}"
    return f":green[:material/arrow_downward:] {plain(contribution['text'])}"
