"""What does the board show? Every query of every page, as small frozen values; no SQL lives elsewhere."""

from opportune.store.board.cells import Cell, Tries, people, tries
from opportune.store.board.cohort import Filters
from opportune.store.board.explorer import ContactHit, DecisionRow, decisions, find_contacts
from opportune.store.board.overview import (
    Freshness,
    Headline,
    Stage,
    Week,
    campaigns,
    freshness,
    funnel,
    headline,
    weekly,
)
from opportune.store.board.story import Event, Moment, Story, TouchStory, decision_story
from opportune.store.board.waiting import WaitingPerson, WaitingReason, waiting, waiting_people

__all__ = [
    "Cell", "ContactHit", "DecisionRow", "Event", "Filters", "Freshness", "Headline", "Moment", "Stage", "Story",
    "TouchStory", "Tries", "WaitingPerson", "WaitingReason", "Week", "campaigns", "decision_story", "decisions",
    "find_contacts", "freshness", "funnel", "headline", "people", "tries", "waiting", "waiting_people", "weekly",
]  # fmt: skip
