"""What does an identity provider say of somebody, and what of it do we believe? OpenID Connect, its part over https.

A token counts when it is signed by a key the provider publishes, meant for us, drawn for this visit, and not too old;
its word about an address only when it says that it has verified it.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet

from opportune.rules.facts import HOUR, Instant
from opportune.settings import Settings
from opportune.web.gate import LOOPBACK
from opportune.work.vouched import Voucher

BACK = "/login/sso/back"
SIGNED_WITH = ["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]  # never "none", never a shared secret
PATIENCE = 10  # seconds


class NotVouched(Exception):
    """The provider did not say what we can believe; the words are for the log."""


class Provider:
    """What we ask of it, over https alone."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.issuer = settings, settings.oidc_issuer.rstrip("/")
        self._known: dict[str, Any] = {}
        self._until: Instant = 0

    async def address(self, state: str, kept: dict[str, str], now: Instant) -> str:
        """Where the browser is sent."""
        asked = {
            "response_type": "code", "client_id": self.settings.oidc_client, "redirect_uri": self._back(),
            "scope": "openid email profile", "state": state, "nonce": kept["nonce"],
            "code_challenge": create_s256_code_challenge(kept["verifier"]), "code_challenge_method": "S256",
        }  # fmt: skip
        at = str((await self._about(now))["authorization_endpoint"])
        return f"{at}{'&' if '?' in at else '?'}{urlencode(asked)}"

    async def voucher(self, code: str, kept: dict[str, str], now: Instant) -> Voucher:
        """Who came back with this code. Raises NotVouched, JoseError, httpx.HTTPError."""
        about = await self._about(now)
        given = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back()}
        given |= {"code_verifier": kept["verifier"]}
        ours = httpx.BasicAuth(self.settings.oidc_client, self.settings.oidc_secret.get_secret_value())
        told = await self._ask("POST", about["token_endpoint"], data=given, auth=ours)
        jwks: Any = await self._ask("GET", about["jwks_uri"])
        try:
            keys = KeySet.import_key_set(jwks)
            token = jwt.decode(str(told["id_token"]), keys, algorithms=SIGNED_WITH)
        except (KeyError, ValueError) as error:
            raise NotVouched(f"no token that can be read: {type(error).__name__}") from None
        return self._believed(token.header, dict(token.claims), kept["nonce"], now)

    def _believed(self, header: dict[str, Any], claims: dict[str, Any], nonce: str, now: Instant) -> Voucher:
        wanted = {"iss": {"essential": True, "value": self._known["issuer"]},
                  "aud": {"essential": True, "value": self.settings.oidc_client}}  # fmt: skip
        checked = CodeIDToken(claims, header, wanted, {"nonce": nonce, "client_id": self.settings.oidc_client})
        try:
            checked.validate(now=now, leeway=60)
        except Exception as error:  # authlib's own, which come from a module it is about to leave
            raise NotVouched(f"the token does not hold: {error}") from None
        email, subject = claims.get("email"), claims.get("sub")
        if not (isinstance(email, str) and isinstance(subject, str) and claims.get("email_verified") is True):
            raise NotVouched("it has not verified the address")
        name = claims.get("name")
        return Voucher(f"{self.issuer}|{subject}"[:500], email, name if isinstance(name, str) else email)

    async def _about(self, now: Instant) -> dict[str, Any]:
        """Its own description, asked for once an hour."""
        if now >= self._until:
            url = urlsplit(self.issuer)
            if url.scheme != "https" and url.hostname not in LOOPBACK:
                raise NotVouched("OPPORTUNE_OIDC_ISSUER must begin with https://")
            about = await self._ask("GET", f"{self.issuer}/.well-known/openid-configuration")
            wanted = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")
            if (
                not all(isinstance(about.get(name), str) for name in wanted)
                or about["issuer"].rstrip("/") != self.issuer
            ):
                raise NotVouched(f"it describes itself as {about.get('issuer')!r}, which is not OPPORTUNE_OIDC_ISSUER")
            self._known, self._until = about, now + HOUR
        return self._known

    async def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:
        async with httpx.AsyncClient(timeout=PATIENCE, follow_redirects=False) as client:
            answer = await client.request(method, url, headers={"Accept": "application/json"}, **more)
        if answer.status_code != 200:
            raise NotVouched(f"{urlsplit(url).path} answered {answer.status_code}")
        try:
            told = answer.json()
        except ValueError:
            told = None
        if not isinstance(told, dict):
            raise NotVouched(f"{urlsplit(url).path} answered no JSON object")
        return told

    def _back(self) -> str:
        return self.settings.public_url.rstrip("/") + BACK
