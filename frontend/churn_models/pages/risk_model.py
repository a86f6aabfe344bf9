"""Which model is active, how good it is, and requesting a new one."""

import re
from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.analytics import client as analytics_api
from frontend.churn_models import client as churn_models_api
from frontend.jobs.job_progress import job_under_way, watch_job
from frontend.kit.api_types import ChurnLabel, ChurnModelItem, JobItem, Measured
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, column_day, day, decimal, percent, plain, whole
from frontend.kit.i18n import count, mark, t
from frontend.kit.tables import write_numbers

LABELS = {
    "lapse": t("No visit within 30 days"),
    "cancel": t("Notice or no renewal within 30 days"),
}
LIFTS = {
    "lapse": mark("Of the tenth of your members that it called riskiest, **{lift} times** as many "
                  "stayed away as of all members, on days it had not seen."),
    "cancel": mark("Of the tenth of your members that it called riskiest, **{lift} times** as many "
                   "left as of all members, on days it had not seen."),
}  # fmt: skip
ORDERS = {
    "lapse": mark("Take one member who stayed away and one who did not: how often the first had "
                  "been given the higher risk."),
    "cancel": mark("Take one member who left and one who did not: how often the first had been "
                   "given the higher risk."),
}  # fmt: skip
TENTHS = {
    "lapse": mark("How many times more of the riskiest tenth stayed away than of all members; 10 "
                  "is the most there can be."),
    "cancel": mark("How many times more of the riskiest tenth left than of all members; 10 is the "
                   "most there can be."),
}  # fmt: skip
JOB = "model_job"


def name_model(model: ChurnModelItem) -> str:
    if model["scope"] == "gym":
        return t("Your gym's own model")
    return t("A model of several gyms, fitted to yours")


def sentence(model: ChurnModelItem) -> None:
    """The active model and how good it is, in one line."""
    found = model["measured"]
    with st.container(border=True, gap="small", key="sentence"):
        st.markdown(f"#### {t('{whose} tells the risk.', whose=name_model(model))}")
        if not found or found["lift_at_10"] is None:
            return
        st.markdown(t(LIFTS[model["label"]], lift=decimal(found["lift_at_10"], 1)))


def active_model(model: ChurnModelItem) -> None:
    """One active model, in the three figures an owner can use."""
    found = model["measured"]
    with st.container(border=True, height="stretch"):
        st.subheader(LABELS.get(model["label"], model["label"]), anchor=False)
        until = day(as_date(model["train_to"]))
        st.caption(
            t("{whose}, learned from days until {until}.", whose=name_model(model), until=until)
        )
        if found:
            figures(found, model["label"])
        for alarm in model["alarms"]:
            st.markdown(f":orange[:material/warning:] {plain(alarm)}")
        with st.expander(t("The model's card, for those who know statistics")):
            # Its headings must not be louder than the page's own.
            st.markdown(re.sub(r"(?m)^(#{1,2}) ", r"##\1 ", model["card"]))


def figures(found: Measured, label: ChurnLabel) -> None:
    shared: dict[str, Any] = {
        "border": True, "height": "stretch", "delta_color": "off", "delta_arrow": "off",
    }  # fmt: skip
    lift = found["lift_at_10"]
    with st.grid(3, min_column_width=130, gap="small"):
        st.metric(
            t("Right order"), percent(found["auc"]), t("guess: 50%"), **shared,
            help=t(ORDERS[label]),
        )  # fmt: skip
        st.metric(
            t("Error"), percent(found["ece"], 1), t("on average"), **shared,
            help=t("How far the chances it told were from the share to whom it then happened."),
        )  # fmt: skip
        st.metric(
            t("Top tenth"), "–" if lift is None else f"{decimal(lift, 1)}×",
            None if lift is None else t("everybody: 1×"), **shared,
            help=t(TENTHS[label]),
        )  # fmt: skip
    judged = count(found["n"], "{n} forecast", "{n} forecasts")
    st.caption(
        t("Measured on {judged} for days that it had not seen, of which {events} came true.",
          judged=judged, events=whole(found['events']))
    )  # fmt: skip


def versions(models: list[ChurnModelItem]) -> None:
    label = count(len(models), "{n} version, and why it is in use or not",
                  "All {n} versions, and why each is in use or not")  # fmt: skip
    rows = {
        "used": [model["is_current"] for model in models],
        "what": [LABELS.get(model["label"], model["label"]) for model in models],
        "day": [as_date(model["as_of"]) for model in models],
        "auc": [model["measured"]["auc"] if model["measured"] else None for model in models],
        "why": [model["decision"] for model in models],
    }
    names: dict[str, Any] = {
        "used": st.column_config.CheckboxColumn(t("In use"), width=60),
        "what": st.column_config.TextColumn(t("Tells"), width=215),
        "day": st.column_config.DateColumn(t("Trained"), format=column_day(), width=100),
        "auc": st.column_config.NumberColumn(t("Right order"), width=100),
        "why": st.column_config.TextColumn(t("Why"), width=900),
    }
    with st.expander(label):
        st.dataframe(
            write_numbers(pd.DataFrame(rows), auc=partial(percent, digits=1)),
            hide_index=True,
            column_config=names,
            placeholder="–",
            alt=t("Versions of the churn models"),
        )


def start_job(job: Any) -> None:
    try:
        started: JobItem = job()
    except ApiError as error:
        refusal(error)
        return
    watch_job(JOB, started["job_id"])
    st.rerun()


def buttons(*, is_first: bool) -> None:
    with st.container(border=True, key="model_work"):
        st.markdown(
            t("Training happens by itself every week, and everybody's risk is told anew every "
              "night. After a large import you need not wait for that.")
        )  # fmt: skip
        with st.container(horizontal=True):
            label = t("Train a model now") if is_first else t("Train again")
            if st.button(
                label, icon=":material/model_training:", key="train",
                help=t("Learns from all visits. The new model is used only if it is better."),
            ):  # fmt: skip
                start_job(churn_models_api.train)
            if st.button(
                t("Tell everybody's risk anew"), icon=":material/calculate:", key="score",
                help=t("Also computes value segments and forecasts again."),
            ):  # fmt: skip
                start_job(analytics_api.compute_scores)


st.title(t("Risk model"), anchor=False)
models = churn_models_api.list_latest()
# What an owner asks first, whether somebody still comes, stands first.
active_models = sorted((m for m in models if m["is_current"]), key=lambda m: m["label"] != "lapse")
if active_models:
    sentence(active_models[0])
    for column, model in zip(st.columns(len(active_models)), active_models, strict=True):
        with column:
            active_model(model)
else:
    st.info(
        t("Fixed rules tell the risk: absence, and coming less often than before. A model needs "
          "about three months of visits."),
        icon=":material/rule:",
    )  # fmt: skip
job_under_way(JOB, done=t("Done: the figures are new."))
buttons(is_first=not models)
if models:
    versions(models)
