"""Are the mailboxes of one provider paced together, whatever their domains are called?"""

from __future__ import annotations

import pytest

from channels.recipients import provider


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("ann@gmail.com", "google"),
        ("ann@GoogleMail.com", "google"),
        ("ann@hotmail.co.uk", "microsoft"),
        ("ann@outlook.com", "microsoft"),
        ("ann@yahoo.ro", "yahoo"),
        ("ann@aol.com", "yahoo"),
        ("ann@Firm.example", "firm.example"),  # by itself
        ("ann@mail.gmail.com", "mail.gmail.com"),  # no mailbox of theirs
        ('"a@gmail.com"@firm.example', "firm.example"),
    ],
)
def test_a_domain_belongs_to_its_provider(address: str, name: str):
    found = provider(address)
    assert found.name == name
    assert found.per_second > 0
    assert found.burst > 0
