"""Up to when the figures on a page are true."""

from collections.abc import Sequence
from datetime import date, timedelta

import streamlit as st

from frontend.kit.api_types import MemberItem
from frontend.kit.formats import as_date, as_moment, day
from frontend.kit.i18n import t

#: The API calls figures past when the newest visit is older than this.
LIVE_DAYS = 7


def as_of_note(as_of: str, is_live: bool, zone: str) -> None:
    """A note that the figures end in the past; none for a gym with recent visits."""
    if is_live:
        return
    newest = as_moment(as_of, zone)
    _warn(newest.date() if newest else None)


def last_day(members: Sequence[MemberItem], today: date) -> date:
    """The day the gym's figures are of: a member's last visit and the days away lead to it."""
    for member in members:
        visited, away = as_date(member["last_visit"]), member["inactive_days"]
        if visited and away is not None:
            return visited + timedelta(days=away)
    return today


def last_day_note(day_shown: date, today: date) -> None:
    """As `as_of_note`, where the response itself does not carry the moment."""
    if (today - day_shown).days > LIVE_DAYS:
        _warn(day_shown)


def _warn(newest: date | None) -> None:
    st.warning(
        t(
            "Your newest visit is from {day}, so everything here is as of that day. "
            "Import newer visits to see today.",
            day=day(newest),
        ),
        icon=":material/history:",
    )
