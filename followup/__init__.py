"""Follow-up after discharge: who is asked what and when, what the answers mean, and who acts on them."""

from followup.assess import assess, assess_row
from followup.dialogue import FollowupTurn
from followup.dispatch import DispatchReport
from followup.enrolment import ImportReport
from followup.files import template as discharge_template
from followup.knowledge import Knowledge as FollowupKnowledge
from followup.knowledge import load as load_followup
from followup.model import Other, ReplyAssessment, Severity
from followup.people import FullStayPerson, StayPerson
from followup.planner import PlannedContact, plan
from followup.reconciliation import Reconciliation
from followup.register import OUTCOMES, Indicators
from followup.rows import RejectedRow
from followup.service import Followup
from followup.states import ContactState
from followup.wording import Said

__all__ = [
    "OUTCOMES",
    "ContactState",
    "DispatchReport",
    "Followup",
    "FollowupKnowledge",
    "FollowupTurn",
    "FullStayPerson",
    "ImportReport",
    "Indicators",
    "Other",
    "PlannedContact",
    "Reconciliation",
    "RejectedRow",
    "ReplyAssessment",
    "Said",
    "Severity",
    "StayPerson",
    "assess",
    "assess_row",
    "discharge_template",
    "load_followup",
    "plan",
]
