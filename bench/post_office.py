"""The peer: django-post-office, durable like ours. These are its settings; `python -m bench.post_office WHAT …` runs it.

`fill DB FILE COUNT`: queues COUNT mails with the words of the mail in FILE, rendered beforehand, as its users do with
`mail.send`. `send DB PORT`: its own `send_queued`, with its own defaults. It neither signs nor inlines. One JSON line.
"""

from __future__ import annotations

import email.policy
import json
import os
import sys
import time
from pathlib import Path

SECRET_KEY = "of the benchmarks"  # noqa: S105
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
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
EMAIL_BACKEND = "post_office.EmailBackend"
EMAIL_HOST = "127.0.0.1"
EMAIL_PORT = int(os.environ.get("BENCH_PEER_PORT", "25"))
POST_OFFICE = {
    "BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"},
    "LOG_LEVEL": 1,  # failures only: the cheaper way
}


def fill(file: str, count: str) -> dict[str, float]:
    from django.core.management import call_command
    from post_office.models import PRIORITY, STATUS, Email

    call_command("migrate", verbosity=0)
    sample = email.message_from_bytes(Path(file).read_bytes(), policy=email.policy.default)
    text, html = (sample.get_body((kind,)).get_content() for kind in ("plain", "html"))  # type: ignore[attr-defined]
    mails = [
        Email(from_email=str(sample["From"]), to=f"reader{number}@firm{number % 500}.example", status=STATUS.queued,
              subject=str(sample["Subject"]), message=text, html_message=html, priority=PRIORITY.medium)
        for number in range(int(count))
    ]  # fmt: skip
    Email.objects.bulk_create(mails, batch_size=500)
    return {"n": len(mails)}


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
