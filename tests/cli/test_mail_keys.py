"""Does `opportune mail dkim-key` give a key that signs, and say what to publish and what to set?"""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from channels import dkim
from opportune import cli
from opportune.settings import settings

assert cli.mail_keys, "importing it registers the command"


@pytest.fixture
def ask(tmp_path, monkeypatch):
    """Runs the command in a house of its own."""
    monkeypatch.chdir(tmp_path)
    for name in ("DKIM_SELECTOR", "DKIM_DOMAIN", "DKIM_KEY_FILE", "MAIL_DOMAIN"):
        monkeypatch.delenv(f"OPPORTUNE_{name}", raising=False)
    monkeypatch.setenv("OPPORTUNE_HOME", str(tmp_path / "var"))

    def run(*words: str, **environment: str) -> Result:
        settings.cache_clear()
        return CliRunner().invoke(cli.common.app, ["mail", "dkim-key", *words], env=environment or None)

    yield run
    settings.cache_clear()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_key_is_made_that_only_we_can_read_and_that_signs(ask, tmp_path: Path, kind: str):
    told = json.loads(ask("2026a", "--kind", kind, "--domain", "acme.test", "--json").stdout)
    file = Path(told["file"])
    assert file == tmp_path / "var" / "dkim-2026a.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert told["name"] == "2026a._domainkey.acme.test"
    assert told["value"] == dkim.signer("2026a", "acme.test", file).record
    assert f"k={kind};" in told["value"]


def test_a_person_reads_what_to_publish_what_to_set_and_how_to_look(ask):
    shown = ask("2026a", OPPORTUNE_MAIL_DOMAIN="acme.test").stdout
    assert '2026a._domainkey.acme.test\n   "v=DKIM1; k=rsa; p=' in shown
    assert (
        "\n   OPPORTUNE_DKIM_SELECTOR=2026a\n   OPPORTUNE_DKIM_DOMAIN=acme.test\n   OPPORTUNE_DKIM_KEY_FILE=/" in shown
    )
    assert "opportune mail preflight acme.test" in shown
    [line] = [line for line in shown.splitlines() if "v=DKIM1" in line]
    texts = line.strip().strip('"').split('" "')
    assert len(texts) == 2
    assert max(map(len, texts)) <= 255  # the DNS takes no longer text


def test_a_key_that_is_there_is_told_and_never_overwritten(ask):
    first = json.loads(ask("2026a", "--domain", "acme.test", "--json").stdout)
    again = json.loads(ask("2026a", "--domain", "acme.test", "--json").stdout)
    assert (first["made"], again["made"]) == (True, False)
    assert again["value"] == first["value"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("2026a",), "OPPORTUNE_MAIL_DOMAIN"),  # which domain?
        (("../2026a", "--domain", "acme.test"), "SELECTOR"),  # a path
        (("", "--domain", "acme.test"), "SELECTOR"),
        (("2026a", "--domain", "acme test"), "OPPORTUNE_DKIM_DOMAIN"),
        (("2026a", "--domain", "acme.test", "--file", "."), "PEM"),  # a folder
    ],
)
def test_what_is_wrong_is_said_with_its_name(ask, words: tuple[str, ...], says: str):
    done = ask(*words)
    assert done.exit_code == 1
    assert says in done.stderr.replace("\n", "")
