"""In which order does `opportune --help` tell what there is? As somebody comes to need it."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup

PANELS = {
    "To begin with": ("demo", "practice", "doctor", "up", "migrate", "user", "keys"),
    "Campaigns": ("campaign", "status", "law", "mail", "voice", "operator", "number", "calls", "webhook"),
    "People": ("import", "form", "lead", "people", "person", "consent", "segment", "fit", "zone", "allow", "export"),
    "What happens": ("why", "why-not", "replies", "inbound", "meeting"),
    "When something must stop, or broke": ("pause", "resume", "report", "correct", "uncertain", "replay", "audit"),
}


class InPanels(TyperGroup):
    """A command that stands in no panel comes last, in one without a name."""

    def list_commands(self, ctx: Any) -> list[str]:
        ordered = [name for names in PANELS.values() for name in names if name in self.commands]
        for panel, names in PANELS.items():
            for name in self.commands.keys() & set(names):
                vars(self.commands[name])["rich_help_panel"] = panel
        return ordered + [name for name in super().list_commands(ctx) if name not in ordered]
