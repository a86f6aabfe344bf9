"""The URLs: which noun is served where. Routers themselves carry no prefix."""

from fastapi import APIRouter, FastAPI

from api.analytics.router import router as analytics
from api.attendance_reports.router import router as attendance_reports
from api.audiences.router import router as audiences
from api.audit_log.router import router as audit_log
from api.auth.account_router import router as account
from api.auth.router import router as auth
from api.auth.second_factor.router import router as second_factor
from api.campaigns.router import router as campaigns
from api.check_ins.door_codes.router import router as door_codes
from api.check_ins.live.router import router as live
from api.check_ins.router import entrance
from api.check_ins.router import router as check_ins
from api.check_ins.statistics.router import of_member as visit_history
from api.check_ins.statistics.router import router as visit_statistics
from api.churn_models.router import router as churn_models
from api.churn_risk.router import router as churn_risk
from api.email_confirmations.router import router as email_confirmations
from api.equipment.router import router as equipment
from api.gym_archives.router import router as gym_archives
from api.gyms.router import router as gyms
from api.households.router import router as households
from api.imports.router import router as imports
from api.invitations.router import router as invitations
from api.jobs.router import router as jobs
from api.kiosks.router import door as kiosk_door
from api.kiosks.router import router as kiosks
from api.kit.errors import ANY_TIME
from api.kit.paths import CONFIRM, PREFIX, UNSUBSCRIBE
from api.kit.paths import PORTUGUESE as PORTUGUESE_PREFIX
from api.kit.problems import describe
from api.locations.router import router as locations
from api.me.router import router as me
from api.member_merges.router import router as member_merges
from api.members.files.router import router as member_files
from api.members.medical_notes.router import router as medical_notes
from api.members.notes.router import router as member_notes
from api.members.numbers.router import router as member_numbers
from api.members.personal_data.router import router as personal_data
from api.members.router import router as members
from api.membership_plans.access.router import router as plan_access
from api.membership_plans.price_rules.router import router as price_rules
from api.membership_plans.prices.router import router as plan_prices
from api.membership_plans.promotions.router import router as promotions
from api.membership_plans.router import router as membership_plans
from api.memberships.price_moves.router import router as price_moves
from api.memberships.quotes.router import router as quotes
from api.memberships.router import router as memberships
from api.organizations.branding.router import router as branding
from api.organizations.router import router as organizations
from api.payments.router import router as payments
from api.portuguese.router import router as portuguese
from api.portuguese.vocabulary import describe_in_portuguese
from api.tags.router import router as tags
from api.team.router import router as team
from api.unsubscribe.router import router as unsubscribe

ROUTES: tuple[tuple[str, APIRouter, str], ...] = (
    ("/auth", auth, "Sign-in"),
    ("/auth", account, "Sign-in"),
    ("/auth/second-factor", second_factor, "Sign-in"),
    ("/organizations", organizations, "Organizations"),
    ("/organizations", branding, "Organizations"),
    ("/organizations", gym_archives, "Organizations"),
    ("/organizations", gyms, "Platform"),
    ("/team", team, "Team"),
    ("/invitations", invitations, "Team"),
    ("/locations", locations, "Locations"),
    ("/members", members, "Members"),
    ("/members", member_notes, "Members"),
    ("/members", medical_notes, "Members"),
    ("/members", member_numbers, "Members"),
    ("/members", member_files, "Members"),
    ("/members", personal_data, "Members"),
    ("/members", payments, "Members"),
    ("/members", churn_risk, "Members"),
    ("/members", door_codes, "Check-ins"),
    ("/members", visit_history, "Check-ins"),
    ("/member-merges", member_merges, "Members"),
    ("/households", households, "Members"),
    ("/tags", tags, "Members"),
    ("/membership-plans", membership_plans, "Membership plans"),
    ("/membership-plans", plan_prices, "Membership plans"),
    ("/membership-plans", price_rules, "Membership plans"),
    ("/membership-plans", price_moves, "Membership plans"),
    ("/membership-plans", quotes, "Membership plans"),
    ("/promotions", promotions, "Membership plans"),
    ("/membership-plans", plan_access, "Membership plans"),
    ("/memberships", memberships, "Memberships"),
    ("/me", me, "A member's own"),
    ("/check-ins", entrance, "Check-ins"),
    ("/check-ins", check_ins, "Check-ins"),
    ("/check-ins", visit_statistics, "Check-ins"),
    ("/check-ins", live, "Check-ins"),
    ("/kiosks", kiosks, "Check-ins"),
    ("/kiosk", kiosk_door, "Check-ins"),
    ("/equipment", equipment, "Equipment"),
    ("/attendance-reports", attendance_reports, "Attendance reports"),
    ("/analytics", analytics, "Analytics"),
    ("/analytics", churn_models, "Analytics"),
    ("/audiences", audiences, "Campaigns"),
    ("/campaigns", campaigns, "Campaigns"),
    ("/imports", imports, "Imports"),
    ("/jobs", jobs, "Jobs"),
    ("/audit-log", audit_log, "Audit log"),
)

PAGES: tuple[tuple[str, APIRouter, str], ...] = (
    (UNSUBSCRIBE, unsubscribe, "Unsubscribe"),
    (CONFIRM, email_confirmations, "Confirm an address"),
)

PORTUGUESE: tuple[tuple[str, APIRouter, str], ...] = ((PORTUGUESE_PREFIX, portuguese, "Português"),)


def mount_routes(app: FastAPI) -> None:
    any_time = describe(*ANY_TIME)
    # Tried one after the other, each at some cost: the busiest goes first.
    for path, router, tag in sorted(ROUTES, key=lambda one: one[1] is not entrance):
        app.include_router(router, prefix=PREFIX + path, tags=[tag], responses=any_time)
    for path, router, tag in PAGES:
        app.include_router(router, prefix=path, tags=[tag], responses=any_time)
    any_time = describe_in_portuguese(*ANY_TIME)
    for path, router, tag in PORTUGUESE:
        app.include_router(router, prefix=path, tags=[tag], responses=any_time)
