"""What tests call within their own process has every command."""

from __future__ import annotations

from opportune.cli import register

register([])
