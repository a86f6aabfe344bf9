"""One new member, by hand."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.kit import session
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.fields import member_fields
from frontend.membership_plans import client as plans_api

if st.button(t("All members"), type="tertiary", icon=":material/arrow_back:"):
    st.switch_page("members/pages/members.py")
st.title(t("Add a member"), anchor=False)
today = datetime.now(ZoneInfo(session.timezone())).date()
plans = {plan["plan_id"]: plan["name"] for plan in plans_api.list_all() if plan["is_active"]}
with st.form("add_member"):
    fields = member_fields({"join_date": today.isoformat()}, today=today, key="add")
    plan_id = st.selectbox(
        t("Plan"), list(plans), index=None, format_func=plans.__getitem__,
        placeholder=t("No plan yet"), key="add_plan",
    )  # fmt: skip
    pressed = st.form_submit_button(t("Add member"), type="primary", icon=":material/person_add:")
if pressed and not fields["name"]:
    st.error(t("A member needs a name."), icon=":material/error:")
elif pressed:
    given = {name: value for name, value in fields.items() if value is not None}
    try:
        member = members_api.create(given if plan_id is None else {**given, "plan_id": plan_id})
    except ApiError as error:
        refusal(error)
    else:
        toast_next(t("Member added"))
        st.switch_page("members/pages/member.py", query_params={"id": str(member["member_id"])})
