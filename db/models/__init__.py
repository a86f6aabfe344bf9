"""Every table. The specification's table and key names appear in this folder and nowhere else."""

from db.base import Base
from db.models.address_confirmation import AddressConfirmation
from db.models.agreed_price import AgreedPrice, AgreedPriceReason
from db.models.analytics_run import AnalyticsRun, RunState, SegmentMethod
from db.models.attendance_report import AttendanceReport
from db.models.audience import Audience
from db.models.audit_entry import AuditAction, AuditEntry
from db.models.cache_version import CacheVersion
from db.models.campaign import Campaign
from db.models.check_in import CheckIn
from db.models.churn import Algorithm, ChurnLabel, ChurnModel, ChurnScore, ModelScope
from db.models.clv_estimate import ClvEstimate, ForecastBasis
from db.models.distinct_members import DistinctMembers
from db.models.equipment import Equipment, EquipmentCategory, EquipmentStatus
from db.models.file import File, FileContent, FileKind
from db.models.gym import Gym
from db.models.household import Household, HouseholdMember
from db.models.idempotency_key import IdempotencyKey
from db.models.invitation import Invitation
from db.models.job import Job, JobPart, JobProblem, JobState
from db.models.kiosk import Kiosk, UsedDoorCode
from db.models.location import Closure, Location, OpeningHours
from db.models.medical_note import MedicalNote, MedicalNoteRead
from db.models.member import NOT_MEMBERS, EmailConsent, Member, MemberStatus, Standing
from db.models.member_account import MemberAccount
from db.models.member_consent import Consent, MemberConsent, Purpose
from db.models.member_import import Import, ImportProblem, ImportState
from db.models.member_merge import MemberMerge
from db.models.member_note import MemberNote
from db.models.member_number import MemberNumber, NumberKind
from db.models.member_stats import WINDOW_DAYS, MemberStats
from db.models.member_word import MemberWord
from db.models.membership import (
    LeavingReason,
    Membership,
    MembershipEvent,
    MembershipEventKind,
    MembershipFreeze,
    MembershipTerm,
)
from db.models.membership_plan import MembershipPlan
from db.models.notification import Channel, Notification, NotificationState
from db.models.outbox import OutboxItem, OutboxState
from db.models.password_reset import PasswordReset
from db.models.payment import Payment, PaymentState
from db.models.plan_access import PlanHours, PlanLocation
from db.models.plan_price import PlanPrice
from db.models.price_rule import PriceRule
from db.models.promotion import Promotion, PromotionPlan, PromotionUse
from db.models.rfm_score import RfmScore, Segment
from db.models.second_factor import RecoveryCode, SecondFactor
from db.models.simulation import Simulation
from db.models.simulation_truth import SimulationTruth
from db.models.tag import MemberTag, Tag
from db.models.trainer import Trainer
from db.models.transaction import Transaction, TransactionKind
from db.models.unsubscribed_address import UnsubscribedAddress
from db.models.user import DashboardSession, RefreshToken, Role, User
from db.models.visit_hour import VisitHour

__all__ = [
    "NOT_MEMBERS",
    "WINDOW_DAYS",
    "AddressConfirmation",
    "AgreedPrice",
    "AgreedPriceReason",
    "Algorithm",
    "AnalyticsRun",
    "AttendanceReport",
    "Audience",
    "AuditAction",
    "AuditEntry",
    "Base",
    "CacheVersion",
    "Campaign",
    "Channel",
    "CheckIn",
    "ChurnLabel",
    "ChurnModel",
    "ChurnScore",
    "Closure",
    "ClvEstimate",
    "Consent",
    "DashboardSession",
    "DistinctMembers",
    "EmailConsent",
    "Equipment",
    "EquipmentCategory",
    "EquipmentStatus",
    "File",
    "FileContent",
    "FileKind",
    "ForecastBasis",
    "Gym",
    "Household",
    "HouseholdMember",
    "IdempotencyKey",
    "Import",
    "ImportProblem",
    "ImportState",
    "Invitation",
    "Job",
    "JobPart",
    "JobProblem",
    "JobState",
    "Kiosk",
    "LeavingReason",
    "Location",
    "MedicalNote",
    "MedicalNoteRead",
    "Member",
    "MemberAccount",
    "MemberConsent",
    "MemberMerge",
    "MemberNote",
    "MemberNumber",
    "MemberStats",
    "MemberStatus",
    "MemberTag",
    "MemberWord",
    "Membership",
    "MembershipEvent",
    "MembershipEventKind",
    "MembershipFreeze",
    "MembershipPlan",
    "MembershipTerm",
    "ModelScope",
    "Notification",
    "NotificationState",
    "NumberKind",
    "OpeningHours",
    "OutboxItem",
    "OutboxState",
    "PasswordReset",
    "Payment",
    "PaymentState",
    "PlanHours",
    "PlanLocation",
    "PlanPrice",
    "PriceRule",
    "Promotion",
    "PromotionPlan",
    "PromotionUse",
    "Purpose",
    "RecoveryCode",
    "RefreshToken",
    "RfmScore",
    "Role",
    "RunState",
    "SecondFactor",
    "Segment",
    "SegmentMethod",
    "Simulation",
    "SimulationTruth",
    "Standing",
    "Tag",
    "Trainer",
    "Transaction",
    "TransactionKind",
    "UnsubscribedAddress",
    "UsedDoorCode",
    "User",
    "VisitHour",
]
