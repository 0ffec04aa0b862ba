"""Which order is refused before any phone rings, and in which words of Twilio's?"""

from __future__ import annotations

import re

from starlette.responses import JSONResponse

from channels.standin.carrier.webhooks import is_loopback

E164 = re.compile(r"\+[1-9]\d{6,14}")
#: Last four digits of a number called that nobody registered, and of one of ours.
CALLED = {
    "0014": (21214, "The phone number cannot be reached."),
    "0015": (21215, "Account not authorized to call this number: check its geographic permissions."),
    "0016": (21216, "Calls to this number are blocked."),
    "0017": (21217, "The phone number does not appear to be valid."),
}
CALLING = {
    "0210": (21210, "The source phone number provided is not yet verified for your account."),
    "0212": (21212, "The source phone number provided is not a valid phone number."),
}
STATUS = {20003: 401, 20404: 404, 20429: 429, 20500: 500}
#: What an order may say, and what has no effect where there is no sound; all else would be ignored, so it is refused.
PLAYED = {
    *("To", "From", "Url", "Twiml", "FallbackUrl", "StatusCallback", "StatusCallbackEvent"),
    *("Timeout", "TimeLimit", "MachineDetection"),
}
_DETECTION = {"Timeout", "SpeechThreshold", "SpeechEndThreshold", "SilenceTimeout"}
SILENT = {f"MachineDetection{name}" for name in _DETECTION} | {
    *("Method", "FallbackMethod", "StatusCallbackMethod", "SendDigits", "CallReason"),
}
LONGEST = 4000  # characters of a document in the order


def error(code: int, message: str) -> JSONResponse:
    """An error as Twilio words it."""
    status = STATUS.get(code, 400)
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)


def strange(given: set[str], known: set[str]) -> JSONResponse | None:
    """A parameter or filter that we would not carry out."""
    if more := sorted(given - known):
        return error(20001, f"Invalid parameter: {', '.join(more)} is not played here")
    return None


def refusal(form: dict[str, list[str]], registered: bool) -> JSONResponse | None:
    """Why no call can be made of this order."""
    to, caller, url, twiml = (form.get(name, [""])[0] for name in ("To", "From", "Url", "Twiml"))
    if not to:
        return error(21201, "No 'To' number is specified")
    if not caller:
        return error(21213, "No 'From' number is specified")
    if not E164.fullmatch(to):
        return error(21211, f"The phone number you are attempting to call, {to}, is not valid.")
    if strange_one := strange(set(form), PLAYED | SILENT):
        return strange_one
    if len(twiml) > LONGEST:
        return error(20001, f"Invalid parameter: Twiml is longer than {LONGEST} characters")
    addresses = [*([] if twiml and not url else [url]), *form.get("FallbackUrl", []), *form.get("StatusCallback", [])]
    if not all(map(is_loopback, addresses)):
        return error(21205, f"Url is not a valid URL on this machine (practice stays here): {addresses}")
    row = None if registered else CALLED.get(to[-4:])
    row = row or CALLING.get(caller[-4:])
    return error(*row) if row else None
