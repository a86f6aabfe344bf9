"""Who stays, on twelve members counted by hand."""

from datetime import date

import pandas as pd

from ds.retention import (
    RetentionRate,
    count_cohorts,
    count_months,
    find_stays,
    measure_retention,
)

AS_OF = date(2026, 4, 10)

# joined, last visit, has a membership, last day of it
ROWS = [
    ("2026-01-01", "2026-04-09", True, None),  # stays; on the first of January a joiner of January
    ("2025-12-31", "2026-04-01", True, None),  # stays
    ("2025-12-31", "2026-01-15", True, "2026-01-31"),  # ends in January, not there on 1 February
    ("2025-12-01", "2026-01-31", True, "2026-02-01"),  # there on 1 February, ends in it
    ("2025-12-05", None, True, "2025-12-31"),  # never came, ends in December
    ("2026-01-20", "2026-01-25", True, "2026-01-28"),  # joined and ended in January
    ("2026-02-10", "2026-04-01", True, "2026-05-01"),  # its end is still to come
    ("2026-03-02", None, True, None),  # never came
    ("2025-12-20", "2025-12-31", False, None),  # no membership: gone on 1 April (day 91)
    ("2025-12-20", "2026-01-10", False, None),  # no membership: day 90 is today, still there
    ("2025-12-10", None, False, None),  # never came: gone on 11 March
    ("2026-03-31", "2026-04-01", True, "2026-04-05"),  # ended this month, which is not finished
]
MEMBERS = pd.DataFrame(
    {
        "member_id": range(12),
        "joined_on": pd.to_datetime([row[0] for row in ROWS]),
        "last_visit_on": pd.to_datetime([row[1] for row in ROWS]),
        "has_membership": [row[2] for row in ROWS],
        "ends_on": pd.to_datetime([row[3] for row in ROWS]),
    }
)


def test_churned_is_who_was_not_seen_for_over_90_days() -> None:
    rate = measure_retention(pd.DataFrame({"recency": [0, 90, 91, 400]}))
    assert rate == RetentionRate(total=4, churned=2)
    assert rate.percent == 50.0


def test_a_gym_without_members_has_no_rate() -> None:
    assert measure_retention(pd.DataFrame({"recency": []})).percent is None


def test_stays_end_with_the_membership_or_with_the_91st_silent_day() -> None:
    left = find_stays(MEMBERS, as_of=AS_OF)["left_on"]
    assert [None if pd.isna(day) else day.strftime("%m-%d") for day in left] == [
        None, None, "02-01", "02-02", "01-01", "01-29", None, None, "04-01", None, "03-11", "04-06",
    ]  # fmt: skip


def test_monthly_churn_leaves_joiners_out_and_counts_each_leaver_once() -> None:
    months = count_months(find_stays(MEMBERS, as_of=AS_OF), as_of=AS_OF)
    columns = ["month", "active_at_start", "ended", "joined", "churn_rate"]
    assert [[month[column] for column in columns] for month in months] == [
        ["2025-12", 0, 0, 7, None],
        ["2026-01", 6, 1, 2, 16.67],
        ["2026-02", 6, 1, 1, 16.67],
        ["2026-03", 6, 2, 2, 33.33],
    ]


def test_cohorts_tell_a_month_only_when_all_of_it_have_come_that_far() -> None:
    cohorts = count_cohorts(find_stays(MEMBERS, as_of=AS_OF), as_of=AS_OF)
    assert cohorts == [
        {"month": "2025-12", "joined": 7, "kept": [100.0, 85.7, 71.4, 57.1]},
        {"month": "2026-01", "joined": 2, "kept": [100.0, 50.0, 50.0]},
        {"month": "2026-02", "joined": 1, "kept": [100.0, 100.0]},
        {"month": "2026-03", "joined": 2, "kept": [100.0]},
    ]


def test_a_gym_of_this_month_has_no_finished_month() -> None:
    stays = find_stays(MEMBERS.tail(1).assign(joined_on=pd.Timestamp("2026-04-02")), as_of=AS_OF)
    assert count_months(stays, as_of=AS_OF) == []
    assert count_cohorts(stays, as_of=AS_OF) == []


def test_an_empty_gym_is_no_error() -> None:
    stays = find_stays(MEMBERS.head(0), as_of=AS_OF)
    assert count_months(stays, as_of=AS_OF) == count_cohorts(stays, as_of=AS_OF) == []


def test_what_ends_later_has_not_ended_yet() -> None:
    earlier = find_stays(MEMBERS, as_of=date(2026, 1, 15))
    assert earlier["left_on"].notna().sum() == 1
