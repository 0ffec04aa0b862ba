"""The tables. Typed, one file a question: people, touches, the house itself."""

from opportune.store.models import board as board  # its tables are known to the metadata
from opportune.store.models.base import Base
from opportune.store.models.campaigns import Campaign, CampaignVersion, Enrolment
from opportune.store.models.forms import Coupon, FormVersion, LeadAnswer
from opportune.store.models.house import Audit, Job, LawSignature, Note, PacingBucket
from opportune.store.models.imports import ImportRow, ImportRun, PastTouch
from opportune.store.models.inbound import InboundCall
from opportune.store.models.links import MailClick, MailLink, MailVisit, Preflight
from opportune.store.models.mailboxes import Mailbox, Reply
from opportune.store.models.merges import MaybeSame, Merge
from opportune.store.models.numbers import OurNumber
from opportune.store.models.operators import OperatorCall
from opportune.store.models.people import (
    Address,
    Company,
    Consent,
    ConsentPending,
    Contact,
    Lead,
    Operator,
    Source,
    Suppression,
)
from opportune.store.models.remarks import Remark
from opportune.store.models.requests import PersonRequest
from opportune.store.models.reviews import CallReview
from opportune.store.models.segments import Segment
from opportune.store.models.sending import SendingDomain, SendingPause, SendingTally
from opportune.store.models.signals import Signal
from opportune.store.models.touches import (
    Decision,
    Outcome,
    PreparedMessage,
    ProviderEvent,
    Touch,
    TouchCost,
    TouchEvent,
)
from opportune.store.models.users import LoginBrake, LoginSession, LoginTicket, User
from opportune.store.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Address", "Audit", "Base", "CallReview", "Campaign", "CampaignVersion", "Company", "Consent", "ConsentPending",
    "Contact",
    "Coupon",
    "Decision", "Enrolment", "FormVersion", "ImportRow", "ImportRun", "InboundCall", "Job", "LawSignature", "Lead",
    "LeadAnswer", "LoginBrake", "LoginSession", "LoginTicket",
    "MailClick", "MailLink", "MailVisit", "Mailbox", "MaybeSame", "Merge", "Note", "Operator",
    "OperatorCall", "OurNumber", "Outcome", "PacingBucket", "PastTouch", "PersonRequest", "Preflight",
    "PreparedMessage",
    "ProviderEvent", "Remark", "Reply",
    "Segment", "SendingDomain", "SendingPause", "SendingTally", "Signal", "Source", "Suppression", "Touch", "TouchCost",
    "TouchEvent", "User", "Webhook", "WebhookDelivery",
]  # fmt: skip
