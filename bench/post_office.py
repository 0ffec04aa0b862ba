"""The peer: django-post-office, durable like ours. These are its settings; `python -m bench.post_office WHAT` runs
it.

`fill FILE COUNT`: queues COUNT mails of a template with the words of the mail in FILE, to be filled at delivery, as
ours are. `send`: its own `send_queued` with its own defaults: 100 mails a batch, five threads, and each mail logged, as
ours are. It neither signs nor inlines. Prints one JSON line.
"""

from __future__ import annotations

import email.policy
import json
import os
import sys
import time
from pathlib import Path
from typing import Any

SECRET_KEY = "of the benchmarks"
USE_TZ = True
INSTALLED_APPS = ["django.contrib.contenttypes", "post_office"]
DURABLE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("BENCH_PEER_DB", ""),
        "OPTIONS": {"init_command": DURABLE, "timeout": 30},
    }
}
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates"}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ.get("BENCH_PEER_PORT", "25"))
POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}}
TOKEN = "{{ token }}"
FIELDS = {"Maria": "{{ first_name }}", "Anna Keller": "{{ sender }}", "Brightdesk": "{{ company }}"}


def fill(file: str, count: str) -> dict[str, float]:
    """A template with the words of the sample, and a queued mail for each reader with what belongs into it."""
    from django.core.management import call_command
    from post_office.models import PRIORITY, STATUS, Email, EmailTemplate

    call_command("migrate", verbosity=0)
    sample = email.message_from_bytes(Path(file).read_bytes(), policy=email.policy.default)
    subject, text, html = (_template(each, sample["X-Opportune-Touch"]) for each in _words(sample))
    template = EmailTemplate.objects.create(name="first", subject=subject, content=text, html_content=html)
    same = {"from_email": str(sample["From"]), "status": STATUS.queued, "priority": PRIORITY.medium}
    mails = [
        Email(to=f"reader{number}@firm{number % 5000}.example", template=template, context=_person(number),
              headers=_headers(number), **same)
        for number in range(int(count))
    ]  # fmt: skip
    Email.objects.bulk_create(mails, batch_size=500)
    return {"n": len(mails)}


def _words(sample: Any) -> list[str]:
    return [str(sample["Subject"]), *(sample.get_body((kind,)).get_content() for kind in ("plain", "html"))]


def _template(words: str, token: str) -> str:
    """As a marketer would write it: what belongs to the person is a field."""
    for value, field in {token: TOKEN, **FIELDS}.items():
        words = words.replace(value, field)
    return words


def _person(number: int) -> dict[str, str]:
    token = f"{number:032x}"
    return {"first_name": "Maria", "sender": "Anna Keller", "company": "Brightdesk", "token": token}


def _headers(number: int) -> dict[str, str]:
    """Those that marketing mail needs (RFC 8058)."""
    url = f"http://127.0.0.1:8080/u/{number:032x}"
    return {"Reply-To": f"anna+{number:032x}@brightdesk.example", "List-Unsubscribe": f"<{url}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}  # fmt: skip


def send() -> dict[str, float]:
    from post_office.mail import send_queued
    from post_office.models import STATUS, Email

    began = time.process_time()
    while sum(send_queued()):
        pass
    cpu = time.process_time() - began
    return {"cpu": cpu, "n": Email.objects.filter(status=STATUS.sent).count()}


if __name__ == "__main__":
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "bench.post_office"
    django.setup()
    print(json.dumps({"fill": fill, "send": send}[sys.argv[1]](*sys.argv[2:])))
