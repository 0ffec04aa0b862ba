"""Does deployments/prefect.yaml say what docs/architecture.md promises?"""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import import_module
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

import pytest
import yaml
from prefect import Flow

from flows.mail_slot import AHEAD, STARTS
from opportune.settings import ROOT

FILE = yaml.safe_load((ROOT / "deployments/prefect.yaml").read_text())
DEPLOYMENTS: list[dict[str, Any]] = FILE["deployments"]
CRON = {
    "plan": "28 * * * *",  # hourly
    "mail-slot": "3,8,18,23,38,48 * * * *",  # two minutes ahead of each mark
    "live": "*/15 * * * *",  # each runs 16 minutes
    "inbox": "*/2 * * * *",
    "reconcile": "*/5 * * * *",
    "nightly": "13 2 * * *",  # once
}


def test_every_flow_has_its_hour() -> None:
    assert {d["name"]: d["schedules"] for d in DEPLOYMENTS} == {
        name: [{"cron": cron, "timezone": "UTC"}] for name, cron in CRON.items()
    }


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_every_entrypoint_is_a_module_path_to_a_flow_that_is_never_retried(deployment: dict[str, Any]) -> None:
    module, _, name = deployment["entrypoint"].partition(":")
    flow = getattr(import_module(module), name)
    assert isinstance(flow, Flow)
    assert flow.retries == 0


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=lambda d: d["name"])
def test_no_deployment_has_a_concurrency_limit(deployment: dict[str, Any]) -> None:
    """A dead run would hold its slot for minutes."""
    assert set(deployment) == {"name", "entrypoint", "work_pool", "schedules"}


def test_the_command_is_said_outright() -> None:
    """Where uv is installed Prefect would else install this project anew before each run."""
    assert all("prefect.engine" in d["work_pool"]["job_variables"]["command"] for d in DEPLOYMENTS)


@pytest.mark.parametrize("day", [datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)])
def test_a_run_wakes_two_minutes_ahead_of_every_mark_that_some_zone_has(day: datetime) -> None:
    """A4: hh:50 and hh:10 by the reader's clock; some zones are half an hour or three quarters off."""
    zones = {day.astimezone(ZoneInfo(name)).utcoffset() for name in available_timezones() if name != "localtime"}
    offsets = {int(offset.total_seconds()) // 60 for offset in zones if offset is not None}
    marks = {(local - offset) % 60 for local in (50, 10) for offset in offsets}
    assert {start + AHEAD // 60 for start in STARTS} == marks
