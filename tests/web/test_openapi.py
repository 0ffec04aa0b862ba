"""Does the description of the lead API hold, whatever a program sends, and does nothing make the server fall?"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode, checks
from starlette.applications import Starlette
from support_world import make_world

from opportune.store.db import Database
from opportune.web import forms, openapi, webhook_in
from opportune.web.away import HANDLERS

ROOMS = (forms, webhook_in, openapi)
HOLDS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
EXAMPLES = 40


@pytest.fixture(scope="module")
def api(sqlite_template, tmp_path_factory) -> Iterator[schemathesis.BaseSchema]:
    folder: Path = tmp_path_factory.mktemp("api")
    db = Database(f"sqlite:///{shutil.copy(sqlite_template, folder / 'api.db')}")
    world = make_world(db, folder)
    app = Starlette(routes=[route for room in ROOMS for route in room.routes(world)], exception_handlers=HANDLERS)
    yield schemathesis.openapi.from_asgi("/openapi.json", app)
    world.close()


def test_there_is_an_operation_for_each_live_form(api):
    paths = {operation.ok().path for operation in api.get_all_operations()}
    assert {"/forms/callback", "/hooks/callback", "/forms/callback/challenge"} <= paths


POSTS = ["/forms/callback", "/forms/booking", "/forms/calculator", "/hooks/order"]
AS_DESCRIBED, OTHERWISE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("path", "method", "mode"),
    [
        *((path, "post", mode) for path in POSTS for mode in (AS_DESCRIBED, OTHERWISE)),
        ("/forms/order/challenge", "get", AS_DESCRIBED),  # nothing is sent: nothing could be otherwise
    ],
)
def test_no_request_makes_the_server_fall_and_each_answer_is_as_described(api, path, method, mode):
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
    )
    def holds(case):
        case.call_and_validate(checks=HOLDS)

    holds()
