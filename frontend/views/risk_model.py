"""Which model tells the risk, how good it is, and asking for a new one."""

from typing import Any

import pandas as pd
import streamlit as st

from frontend.client import ApiError
from frontend.components.job_watch import job_under_way, watch_job
from frontend.components.trouble import refusal
from frontend.formats import as_date, day, percent, plain
from frontend.results.churn import ChurnModel
from frontend.results.uploads import Job
from frontend.session import api
from frontend.texts import count, t

LABELS = {
    "lapse": t("No visit within 30 days"),
    "cancel": t("The membership ends within 30 days"),
}
JOB = "model_job"


def speaks(model: ChurnModel) -> None:
    """One model that speaks, in the three figures an owner can use."""
    found = model["measured"]
    with st.container(border=True, height="stretch"):
        st.subheader(LABELS.get(model["label"], model["label"]), anchor=False)
        whose = (
            t("Your gym's own model")
            if model["scope"] == "gym"
            else t("A model of several gyms, fitted to yours")
        )
        until = day(as_date(model["train_to"]))
        st.caption(t("{whose}, learned from days until {until}.", whose=whose, until=until))
        if found:
            figures(found)
        for alarm in model["alarms"]:
            st.markdown(f":orange[:material/warning:] {plain(alarm)}")
        with st.expander(t("The whole card")):
            st.markdown(model["card"])


def figures(found: dict[str, Any]) -> None:
    with st.grid(3, min_column_width=130, gap="small"):
        st.metric(
            t("Ranks right"), percent(found["auc"]), border=True, height="stretch",
            help=t("Of one who left and one who stayed, how often the one who left had the higher "
                   "risk. Guessing would be 50%."),
        )  # fmt: skip
        st.metric(
            t("Off by"), percent(found["ece"], 1), border=True, height="stretch",
            help=t("How far the chances it gives are from what then happened, on average."),
        )  # fmt: skip
        lift = found["lift_at_10"]
        st.metric(
            t("Top tenth"), "–" if lift is None else f"{lift:.1f}×",
            border=True, height="stretch",
            help=t("Of the riskiest tenth, how many times more left than of all members."),
        )  # fmt: skip
    judged = count(found["n"], "Measured on {n} member and day", "Measured on {n} members and days")
    st.caption(t("{judged} that it had not seen.", judged=judged))


def versions(models: list[ChurnModel]) -> None:
    st.subheader(t("Versions"), anchor=False)
    rows = {
        "what": [LABELS.get(model["label"], model["label"]) for model in models],
        "day": [as_date(model["as_of"]) for model in models],
        "auc": [(model["measured"] or {}).get("auc") for model in models],
        "speaks": [model["is_current"] for model in models],
        "why": [model["decision"] for model in models],
    }
    names: dict[str, Any] = {
        "what": t("Tells"),
        "day": st.column_config.DateColumn(t("Trained"), format="D MMM YYYY", width=110),
        "auc": st.column_config.NumberColumn(t("Ranks right"), format="percent", width=95),
        "speaks": st.column_config.CheckboxColumn(t("Speaks"), width=70),
        "why": st.column_config.TextColumn(t("Why"), width=420),
    }
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=names, placeholder="–",
        alt=t("Versions of the churn models"),
    )  # fmt: skip


def ask(job: Any) -> None:
    try:
        asked: Job = job()
    except ApiError as error:
        refusal(error)
        return
    watch_job(JOB, asked["job_id"])
    st.rerun()


def buttons(*, is_first: bool) -> None:
    with st.container(horizontal=True):
        label = t("Train a model now") if is_first else t("Train again")
        if st.button(label, icon=":material/model_training:", key="train"):
            ask(api.train_models)
        if st.button(t("Score everybody now"), icon=":material/calculate:", key="score"):
            ask(api.compute_scores)
    st.caption(t("Both happen by themselves: training every week, scores every night."))


st.title(t("Risk model"), anchor=False)
models = api.churn_models()
speaking = [model for model in models if model["is_current"]]
if not speaking:
    st.info(
        t("Fixed rules tell the risk: absence, and coming less often than before. A model needs "
          "about three months of visits."),
        icon=":material/rule:",
    )  # fmt: skip
elif len(speaking) == 1:
    speaks(speaking[0])
else:
    for column, model in zip(st.columns(len(speaking)), speaking, strict=True):
        with column:
            speaks(model)
job_under_way(JOB, done=t("Done: the figures are new."))
buttons(is_first=not models)
if models:
    versions(models)
