"""Every chart as a plain Vega-Lite specification: cheap to build on each run.

Colours come from the theme, or the gym's own for what has one colour; a specification names one
only where text must stay readable on it.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import streamlit as st
from babel.numbers import get_decimal_symbol, get_group_symbol

from frontend.kit import session
from frontend.kit.api_types import Cohort, DayVisits, HourVisits, ReasonCount
from frontend.kit.formats import axis_day, day, short_day, short_month, short_weekday, whole
from frontend.kit.i18n import count, locale, t

Spec = dict[str, Any]
QUIET = {"ticks": False, "domain": False}
LABEL = "#7A8A87"


def draw(spec: Spec, *, alt: str) -> None:
    config = {**spec.get("config", {}), "locale": {"number": _separators()}}
    if colour := session.own_colour():
        config["mark"] = {"color": colour}
    st.vega_lite_chart({**spec, "config": config}, theme="streamlit", alt=alt)


def _separators() -> Spec:
    """Else Vega writes every number as in English."""
    return {
        "decimal": get_decimal_symbol(locale()),
        "thousands": get_group_symbol(locale()),
        "grouping": [3],
        "currency": ["", ""],
    }


def _time_axis(field: str) -> Spec:
    # The days are the gym's own; without the utc scale a browser in the Americas moves them.
    axis = {"format": axis_day(), "grid": False, "tickCount": 6}
    return {
        "field": field, "type": "temporal", "title": None, "scale": {"type": "utc"}, "axis": axis,
    }  # fmt: skip


def visits_per_day(days: Sequence[DayVisits], *, today_is_last: bool, height: int = 270) -> Spec:
    """Pale bars for the days under the mean of the seven days up to each.

    Today is not over yet, so the mean ends yesterday.
    """
    whole_days = len(days) - today_is_last
    rows: list[Spec] = []
    for index, entry in enumerate(days):
        week = [d["visits"] for d in days[max(index - 6, 0) : index + 1]]
        rows.append(
            {
                "day": f"{entry['day']}T12:00:00Z",
                "from": f"{entry['day']}T02:00:00Z",
                "to": f"{entry['day']}T22:00:00Z",
                "visits": entry["visits"],
                "mean": sum(week) / 7 if 6 <= index < whole_days else None,
                "label": day(date.fromisoformat(entry["day"]), weekday=True, year=False),
            }
        )
    tooltip = [
        {"field": "label", "type": "nominal", "title": t("Day")},
        {"field": "visits", "type": "quantitative", "title": t("Visits"), "format": ","},
    ]
    y_axis = {"tickCount": 4, "format": "~s", "tickMinStep": 1}
    bars = {
        "mark": {"type": "bar", "opacity": 0.28},
        "encoding": {
            "x": _time_axis("from"),
            "x2": {"field": "to"},
            "y2": {"datum": 0},
            "y": {
                "field": "visits",
                "type": "quantitative",
                "title": t("visits"),
                "axis": y_axis,
            },
            "tooltip": tooltip,
        },
    }
    line = {
        "mark": {"type": "line", "strokeWidth": 2.5, "interpolate": "monotone"},
        "encoding": {"x": _time_axis("day"), "y": {"field": "mean", "type": "quantitative"}},
    }
    return {
        "data": {"values": rows},
        "height": height,
        "layer": [bars, line],
    }


def _bars(rows: list[Spec], *, height: int, bar: int = 22) -> Spec:
    """Horizontal bars that carry their own numbers, so that no axis is needed."""
    label_axis = {"labelLimit": 190, **QUIET}
    # The number stands right of its bar, so the longest bar leaves room for it.
    room = max((row["members"] for row in rows), default=1) * 1.45 or 1
    return {
        "data": {"values": rows},
        "height": height,
        "encoding": {
            "y": {
                "field": "label", "type": "nominal", "sort": None, "title": None,
                "axis": label_axis,
            },
            "x": {
                "field": "members", "type": "quantitative", "title": None, "axis": None,
                "scale": {"domainMax": room},
            },
        },
        "layer": [
            {"mark": {"type": "bar", "cornerRadiusEnd": 4, "height": bar}},
            {
                "mark": {
                    "type": "text", "align": "left", "dx": 6, "color": LABEL, "fontWeight": 600,
                },
                "encoding": {"text": {"field": "shown", "type": "nominal"}},
            },
        ],
    }  # fmt: skip


def why_at_risk(reasons: Sequence[ReasonCount], *, height: int = 270) -> Spec:
    ordered = sorted(reasons, key=lambda reason: -reason["members"])[:7]
    rows = [
        {"label": r["label"], "members": r["members"], "shown": whole(r["members"])}
        for r in ordered
    ]
    return _bars(rows, height=height)


def busiest_hours(hours: Sequence[HourVisits], *, height: int = 290) -> Spec:
    opened = [h["hour"] for h in hours if h["visits"] > 0]
    first, last = (min(opened), max(opened)) if opened else (6, 22)
    found = {(h["weekday"], h["hour"]): h["visits"] for h in hours}
    weekdays = [short_weekday(d) for d in range(7)]
    rows = [
        {"day": weekdays[d], "hour": f"{h:02d}", "visits": found.get((d, h), 0)}
        for d in range(7)
        for h in range(first, last + 1)
    ]
    return {
        "data": {"values": rows},
        "height": height,
        "mark": {"type": "rect", "cornerRadius": 3},
        "encoding": {
            "x": {
                "field": "hour", "type": "ordinal", "title": t("hour of the day"),
                "axis": {"labelAngle": 0, **QUIET},
            },
            "y": {
                "field": "day", "type": "ordinal", "sort": weekdays, "title": None,
                "axis": {"labelOverlap": False, **QUIET},
            },
            "color": {
                "field": "visits", "type": "quantitative",
                "legend": {
                    "title": t("visits in a usual week"), "orient": "top",
                    "direction": "horizontal",
                    "gradientLength": 160, "gradientThickness": 8, "tickCount": 3,
                },
            },
            "tooltip": [
                {"field": "day", "type": "nominal", "title": t("Day")},
                {"field": "hour", "type": "nominal", "title": t("Hour")},
                {
                    "field": "visits", "type": "quantitative", "format": ".1f",
                    "title": t("Visits in a usual week"),
                },
            ],
        },
        "config": {"scale": {"bandPaddingInner": 0.08}},
    }  # fmt: skip


def members_kept(cohorts: Sequence[Cohort], *, dark: bool, height: int = 290) -> Spec:
    """One row for each month of joining; each cell the share still here so many months later."""
    rows = [
        {
            "joined": short_month(date.fromisoformat(cohort["month"][:7] + "-01")),
            "order": cohort["month"][:7],
            "month": index,
            "kept": share / 100,
            "percent": round(share),
            "of": count(cohort["joined"], "{n} joined", "{n} joined"),
        }
        for cohort in cohorts[-9:]
        for index, share in enumerate(cohort["kept"][:9])
        if share is not None
    ]
    deep, pale = ("#06201d", "#d7f3ee") if dark else ("#ffffff", "#0c3b36")
    middle = 0.68
    return {
        "data": {"values": rows},
        "height": height,
        "encoding": {
            "x": {
                "field": "month", "type": "ordinal", "axis": {"labelAngle": 0, **QUIET},
                "title": t("percent kept, months after joining"),
            },
            "y": {
                "field": "joined", "type": "ordinal", "title": None, "sort": {"field": "order"},
                "axis": {"labelOverlap": False, **QUIET},
            },
            "tooltip": [
                {"field": "joined", "type": "nominal", "title": t("Joined in")},
                {"field": "of", "type": "nominal", "title": t("Members")},
                {"field": "kept", "type": "quantitative", "format": ".0%", "title": t("Kept")},
            ],
        },
        "layer": [
            {
                "mark": {"type": "rect", "cornerRadius": 3},
                "encoding": {
                    "color": {
                        "field": "kept", "type": "quantitative", "legend": None,
                        "scale": {"domain": [0.4, 1], "clamp": True},
                    }
                },
            },
            {
                "mark": {"type": "text", "fontSize": 10},
                "encoding": {
                    "text": {"field": "percent", "type": "nominal"},
                    "color": {
                        "condition": {"test": f"datum.kept > {middle}", "value": deep},
                        "value": pale,
                    },
                },
            },
        ],
        "config": {"scale": {"bandPaddingInner": 0.06}},
    }  # fmt: skip


def visits_per_week(weeks: Sequence[int], last_day: date, *, height: int = 300) -> Spec:
    """Twelve weeks that end with the day the figures are of."""
    rows = []
    for index, visits in enumerate(weeks):
        ends = last_day - timedelta(days=7 * (len(weeks) - 1 - index))
        begins = ends - timedelta(days=6)
        label = short_day(begins, year=False)
        rows.append({"week": label, "visits": visits, "order": index})
    return {
        "data": {"values": rows},
        "height": height,
        "mark": {"type": "bar", "cornerRadiusEnd": 4, "width": {"band": 0.7}},
        "encoding": {
            "x": {
                "field": "week", "type": "ordinal", "sort": {"field": "order"},
                "title": t("week from"),
                "axis": {"labelAngle": 0, "labelOverlap": True, **QUIET},
            },
            "y": {
                "field": "visits", "type": "quantitative", "title": t("days with a visit"),
                "axis": {"tickMinStep": 1, "tickCount": 4},
                "scale": {"domainMin": 0, "domainMax": max([*weeks, 3])},
            },
            "tooltip": [
                {"field": "week", "type": "nominal", "title": t("Week from")},
                {"field": "visits", "type": "quantitative", "title": t("Visits")},
            ],
        },
    }  # fmt: skip


def entries_by_hour(hours: Sequence[int], *, height: int = 220) -> Spec:
    """One local day; hours before the first entry and after the last are left out."""
    opened = [hour for hour, entries in enumerate(hours) if entries]
    first, last = (min(opened), max(opened)) if opened else (6, 22)
    rows = [{"hour": f"{hour:02d}", "entries": hours[hour]} for hour in range(first, last + 1)]
    tooltip = [
        {"field": "hour", "type": "nominal", "title": t("Hour")},
        {"field": "entries", "type": "quantitative", "title": t("Visits begun"), "format": ","},
    ]
    return {
        "data": {"values": rows},
        "height": height,
        "mark": {"type": "bar", "cornerRadiusEnd": 4},
        "encoding": {
            "x": {
                "field": "hour", "type": "nominal", "title": t("hour of the day"), "sort": None,
                "axis": {"labelAngle": 0, **QUIET},
            },
            "y": {
                "field": "entries", "type": "quantitative", "title": t("visits begun"),
                "axis": {"tickCount": 4, "tickMinStep": 1},
            },
            "tooltip": tooltip,
        },
    }  # fmt: skip


def columns(bars: Sequence[tuple[str, int]], *, height: int = 230) -> Spec:
    """A column for each label, in the order given."""
    rows = [{"label": label, "visits": visits} for label, visits in bars]
    return {
        "data": {"values": rows},
        "height": height,
        "mark": {"type": "bar", "cornerRadiusEnd": 3},
        "encoding": {
            "x": {
                "field": "label", "type": "ordinal", "sort": None, "title": None,
                "axis": {"labelAngle": 0, **QUIET},
            },
            "y": {
                "field": "visits", "type": "quantitative", "title": t("visits"),
                "axis": {"tickCount": 4, "format": "~s", "tickMinStep": 1},
            },
            "tooltip": [
                {"field": "label", "type": "nominal", "title": t("When")},
                {"field": "visits", "type": "quantitative", "title": t("Visits"), "format": ","},
            ],
        },
    }  # fmt: skip
