"""Which settings does Opportune have, and what does each mean?

Every setting is read once, typed, from the environment or `.env` (prefix ``OPPORTUNE_``). A bad value fails at start
and names itself. ``opportune doctor`` prints what is missing and what to do about it.
"""

from __future__ import annotations

import datetime
import re
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent


class SettingError(ValueError):
    """A setting that cannot be used; the message names it and says what to do."""


class Settings(BaseSettings):
    """All settings; seconds and UTC everywhere."""

    model_config = SettingsConfigDict(env_prefix="OPPORTUNE_", env_file=".env", extra="ignore", frozen=True)

    home: Path = Field(Path("var"), description="Folder for databases, logs and what Prefect keeps.")
    database_url: str = Field("", description="sqlite:///… or postgresql+psycopg://…; empty: a SQLite file in home.")
    secret: SecretStr = Field(SecretStr(""), description="Signs links and hashes addresses. At least 32 characters.")
    public_url: str = Field(
        "http://127.0.0.1:8080", description="Where Twilio and readers reach us; signatures use it."
    )
    host: str = Field(
        "127.0.0.1", description="Where the web application listens; beyond loopback only once somebody may sign in."
    )
    port: int = Field(8080, ge=0, le=65535, description="Port of the web application.")
    prefect_port: int = Field(4200, ge=1, le=65535, description="Port of the Prefect server, bound to loopback.")
    worker_limit: int = Field(6, ge=1, le=64, description="Flow runs a worker may have at once.")
    practice: bool = Field(False, description="This database holds practice data; the stand-ins are used.")
    law_files: tuple[Path, ...] = Field((), description="More law rows (TOML), which replace rows of the same place.")
    warmth: Path = Field(
        ROOT / "opportune/work/warmth.toml",
        description="What signals are worth and when a person is warm or hot (TOML); states only what differs.",
    )
    retention: Path = Field(
        ROOT / "opportune/work/retention.toml",
        description="How long we keep what we need no longer (TOML); states only what differs: docs/personal-data.md.",
    )
    data_keys: tuple[SecretStr, ...] = Field(
        (),
        description='Seal addresses and numbers in the database: ["KEY", …], the first seals: docs/personal-data.md.',
    )
    holidays: str = Field("", description="File of days off that a decree moved (TOML), beside the shipped ones.")
    templates: Path = Field(ROOT / "templates", description="Folder of the templates.")
    test_addresses: str = Field("", description="Who may get test mails (opportune mail test), with commas between.")
    language: Literal["en", "ru", "ro"] = Field("en", description="In which the commands tell what is wrong.")
    approval_above: int = Field(
        1000, ge=0, description="A campaign for more people than this needs a second person who approves it."
    )
    consent_valid_days: int = Field(
        0, ge=0, le=36_500, description="How long a yes from a form holds that names no end; 0: until withdrawn."
    )
    forms_per_minute: int = Field(60, ge=0, description="Posts of forms from one address of the net; 0: no limit.")
    form_per_minute: int = Field(6_000, ge=0, description="Posts to one form from everywhere; 0: no limit.")
    forms_per_person: int = Field(
        10, ge=0, description="Posts in an hour to one form with one mail address or number; 0: no limit."
    )
    sites: tuple[str, ...] = Field(
        (),
        description='Your own sites, ["https://brightdesk.example", …]: they may report visits that a mail brought.',
    )
    webhooks_to_private: bool = Field(
        False, description="Outgoing webhooks may go by http and to addresses of our own network. To try things out."
    )
    horizon_hours: int = Field(36, ge=1, le=72, description="How far ahead the planner decides.")

    oidc_issuer: str = Field(
        "", description="Identity provider (OpenID Connect) to sign in with, like https://id.example; empty: none."
    )
    oidc_client: str = Field("", description="Our client id there; it leads back to PUBLIC_URL/login/sso/back.")
    oidc_secret: SecretStr = Field(SecretStr(""), description="Our client secret there.")
    oidc_name: str = Field("single sign-on", description="How the login page calls it.")
    oidc_role: Literal["", "viewer", "marketer", "operator", "team_lead", "admin"] = Field(
        "", description="Role of whom it vouches for and who has no account here; empty: they stay out."
    )

    smtp_host: str = Field("", description="Mail server that takes our mail.")
    smtp_port: int = Field(587, ge=1, le=65535)
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_security: Literal["starttls", "tls", "none"] = Field("starttls", description="A15: none only on purpose.")
    smtp_connections: int = Field(8, ge=1, le=64, description="Mails in flight at once, at most.")
    smtp_per_hour: int = Field(0, ge=0, description="Most mails in an hour through this account; 0: no limit.")
    smtp_per_day: int = Field(0, ge=0, description="Most mails in a day (UTC) through this account; 0: no limit.")
    smtp_warm_up_from: Literal[""] | datetime.date = Field(
        "", description="First day of a sending domain that is new: few mails at first, more each day. Empty: known."
    )
    mail_accounts: str = Field("", description="TOML file of several mail accounts, instead of the smtp_ settings.")
    imap_host: str = Field("", description="Mailbox that bounces and replies come back to.")
    imap_port: int = Field(993, ge=1, le=65535)
    imap_user: str = ""
    imap_password: SecretStr = SecretStr("")
    imap_security: Literal["tls", "none"] = "tls"
    imap_also: tuple[SecretStr, ...] = Field(
        (), description='More mailboxes that are read too: ["imaps://USER:PASSWORD@HOST", …], special signs as %40.'
    )
    imap_sent: str = Field("", description="Folder there that keeps what we sent, like Sent: asked for mail in doubt.")
    mail_domain: str = Field("", description="Domain of Message-IDs and of the sender address.")
    mail_sender: str = Field("", description="From address.")
    mail_reply_to: str = Field("", description="Mailbox of the replies; a token is added after a plus sign.")
    mail_attachments_mb: int = Field(10, ge=1, le=100, description="Files that go with one mail, together at most.")
    dkim_selector: str = Field("", description="Name of the signing key in the DNS; empty: the mail server signs.")
    dkim_key_file: Path = Field(Path(), description="PEM file of the private key, RSA or ed25519.")
    dkim_domain: str = Field("", description="Domain that signs; empty: mail_domain.")

    twilio_account: str = Field("", description="Account SID.")
    twilio_token: SecretStr = Field(SecretStr(""), description="Auth token: signs webhooks, allows calls.")
    twilio_token_old: SecretStr = Field(SecretStr(""), description="The previous token, during rotation.")
    twilio_url: str = Field("", description="Only for the carrier stand-in: its loopback address.")
    twilio_caller: str = Field("", description="Our number, E.164, owned or verified at Twilio.")
    calls_per_second: float = Field(1.0, gt=0, le=30, description="Our own pace, below the account's limit.")
    calls_daily_spend: float = Field(
        0, ge=0, description="Most that calls of all campaigns may cost in a day (UTC); 0: no limit."
    )
    detection: Path = Field(
        Path(), description="File (TOML) of places whose answering machines speak otherwise: see docs/voice.md."
    )
    operator_phone: str = Field("", description="Number of the colleague who takes over when somebody presses 1.")
    cold_calls_per_colleague: int = Field(
        40, ge=0, description="Most cold calls that one colleague is rung for within twelve hours; 0: no limit."
    )

    house_name: str = Field("", description="What a caller hears first; empty: the advertiser of the first campaign.")
    house_zone: str = Field("UTC", description="Zone of the opening hours, like Europe/Berlin.")
    house_holidays: str = Field("", description="Whose public holidays we are closed on, like DE-BY; empty: none.")
    opening_hours: str = Field(
        "Mon-Fri 09:00-18:00", description="When calls that come in are taken; parts with a semicolon between."
    )
    queue_minutes: int = Field(5, ge=0, le=60, description="How long a caller waits while all colleagues are talking.")
    voicemail_seconds: int = Field(120, ge=10, le=600, description="How long a caller's message may be.")
    voicemail_text: bool = Field(
        False, description="Ask the carrier to write messages down: English only, costs extra."
    )

    @field_validator("sites")
    @classmethod
    def _origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """As a browser names them: small letters, no path."""
        sites = tuple(each.lower().rstrip("/") for each in given)
        for site in sites:
            if not re.fullmatch(r"https?://[a-z0-9.-]+(:\d{1,5})?", site):
                raise ValueError(f"{site} is no site; write scheme and host alone, like https://brightdesk.example")
        return sites

    @property
    def database(self) -> str:
        """URL of the database; the practice database is a file of its own and never mixes with real data."""
        if self.practice:
            return f"sqlite:///{self.home / 'practice.db'}"
        return self.database_url or f"sqlite:///{self.home / 'opportune.db'}"


@lru_cache
def settings() -> Settings:
    """The settings of this process, read once."""
    try:
        return Settings()
    except ValidationError as error:  # its own words would show the value, which may be a secret
        wrong = (f"OPPORTUNE_{str(each['loc'][0]).upper()}: {each['msg']}" for each in error.errors())
        raise SettingError("; ".join(wrong)) from None
