"""A form's post, without the web: the way that the intake's own thread goes."""

from __future__ import annotations

from sqlalchemy import select

from channels.form_answers import Answers
from channels.forms import Form
from opportune.store.models import Lead
from opportune.work import intake, leads
from opportune.work.world import World


def take(world: World, form: Form, answers: Answers, visit: leads.Visit) -> Lead:
    """Stored and understood."""
    with world.db.write() as session:
        [id] = intake.of(world).store(session, [leads.row(world, form, answers, visit, world.clock.now())])
        return session.scalars(select(Lead).where(Lead.public_id == id)).one()
