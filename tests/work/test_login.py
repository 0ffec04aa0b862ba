"""Who comes in: guesses are paid for, a code counts once, and whatever changes somebody's way in ends the old one."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from argon2 import PasswordHasher
from sqlalchemy import event, select
from sqlalchemy.engine import Engine
from support_world import make_world, move_clock

from opportune.rules.facts import DAY, HOUR
from opportune.settings import Settings
from opportune.store import models as m
from opportune.work import (
    chosen_passwords,
    doors,
    factor_setup,
    login,
    login_brakes,
    operators,
    passwords,
    second_factor,
    sessions,
    tickets,
    users,
)
from opportune.work.chosen_passwords import Weak
from opportune.work.login import Entered, Half, Refused
from opportune.work.users import NoUser
from opportune.work.world import World

ADA, WORD, IP = "ada@ours.example", "four words nobody knows", "192.0.2.7"


@pytest.fixture
def world(db, tmp_path, monkeypatch):
    """Hashing costs next to nothing here, but in the test that looks at what it costs."""
    monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    passwords._nobodys.cache_clear()
    yield make_world(db, tmp_path)
    passwords._nobodys.cache_clear()


sqlite_only = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def join(world: World, email: str = ADA, role: str = "viewer", word: str = WORD) -> m.User:
    user, token = users.add(world, email, "Ada", role, None, "test")
    assert chosen_passwords.choose_password(world, token, word)
    return user


def token_of(came: object) -> str:
    assert isinstance(came, Entered), came
    return came.token


def enter(world: World, email: str = ADA, word: str = WORD, ip: str = IP) -> str:
    return token_of(login.with_password(world, email, word, ip))


def wrong(world: World, times: int, email: str = ADA, ip: str = IP) -> list[object]:
    return [login.with_password(world, email, "no such word", ip) for _ in range(times)]


def wait(world: World, seconds: int) -> None:
    move_clock(world, world.clock.now() + seconds)


def take_up(world: World, user: m.User) -> tuple[str, list[str]]:
    """The second factor of somebody: the seed, and the codes on paper."""
    offer = factor_setup.offer(world, user.id)
    with world.db.read() as session:
        seed = tickets.look(session, "factor", offer.ticket, world.clock.now()).data["seed"]
    codes = factor_setup.confirm(world, user.id, offer.ticket, digits(world, seed))
    assert codes is not None
    return seed, codes


def digits(world: World, seed: str, later: int = 0) -> str:
    return pyotp.TOTP(second_factor.shared(world, seed)).at(world.clock.now() + later)


def test_the_right_password_opens_a_session(world):
    join(world)
    reader = sessions.reader(world, enter(world, "  ADA@ours.example "))
    assert (reader.email, reader.name, reader.role) == (ADA, "Ada", "viewer")
    assert sessions.reader(world, "no such token") is None


@sqlite_only
def test_an_address_with_umlauts_is_found_as_it_is_typed(world):
    join(world, "ada@bücher.example")
    assert isinstance(login.with_password(world, "Ada@bücher.example", WORD, IP), Entered)


def test_the_database_holds_no_token_password_or_link(world):
    user = join(world)
    token = enter(world)
    _, link = users.reset(world, ADA, "test")
    seed, codes = take_up(world, user)
    with world.db.read() as session:
        rows = [
            repr(row) for table in reversed(m.Base.metadata.sorted_tables) for row in session.execute(select(table))
        ]
    kept = "\n".join(rows)
    for secret in (token, WORD, link, second_factor.shared(world, seed), *codes):
        assert secret not in kept
    assert "argon2" not in kept  # the reset took it


@sqlite_only
def test_thirty_minutes_without_a_page_and_twelve_hours_end_a_session(world):
    join(world)
    token = enter(world)
    wait(world, sessions.IDLE - 1)
    assert sessions.reader(world, token)  # seen: another half hour
    wait(world, sessions.IDLE - 1)
    assert sessions.reader(world, token, passive=True)  # the page asked by itself: nobody was seen
    wait(world, 1)
    assert sessions.reader(world, token) is None
    token = enter(world)
    for _ in range(sessions.LONGEST // sessions.MINUTE // 20 - 1):
        wait(world, 20 * sessions.MINUTE)
        assert sessions.reader(world, token)
    wait(world, 20 * sessions.MINUTE)
    assert sessions.reader(world, token) is None


@sqlite_only
@pytest.mark.parametrize("change", ["role", "password", "reset", "deactivate", "second factor", "sign out everywhere"])
def test_every_session_ends_when_the_way_in_changes(world, change):
    join(world, "root@ours.example", "admin")
    user = join(world)
    tokens = [enter(world), enter(world)]
    if change == "role":
        users.change_role(world, ADA, "marketer", None, "test")
    elif change == "password":
        chosen_passwords.change_password(world, user.id, "another four words here")
    elif change == "reset":
        users.reset(world, ADA, "test")
    elif change == "deactivate":
        users.deactivate(world, ADA, "test")
    elif change == "second factor":
        take_up(world, user)
    else:
        sessions.end(world, tokens[0], everywhere=True)
    assert [sessions.reader(world, token) for token in tokens] == [None, None]


@sqlite_only
def test_a_link_of_before_is_worth_nothing_after_another_change(world):
    _, token = users.add(world, ADA, "Ada", "viewer", None, "test")
    users.change_role(world, ADA, "marketer", None, "test")
    assert chosen_passwords.choose_password(world, token, WORD) is None


@sqlite_only
def test_signing_out_ends_one_session(world):
    join(world)
    here, there = enter(world), enter(world)
    sessions.end(world, here)
    assert sessions.reader(world, here) is None
    assert sessions.reader(world, there)


@sqlite_only
def test_an_account_is_braked_and_each_failure_makes_the_wait_longer(world):
    join(world)
    assert wrong(world, 5) == [Refused()] * 5
    waits = []
    for _ in range(9):
        refused = login.with_password(world, ADA, WORD, "198.51.100.9")  # the right word, from elsewhere: no way round
        waits.append(refused.wait)
        wait(world, refused.wait)
        assert login.with_password(world, ADA, "wrong", f"198.51.100.{len(waits)}") == Refused()
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    wait(world, 3600)
    enter(world)
    assert wrong(world, 5) == [Refused()] * 5  # forgotten


@sqlite_only
def test_who_has_no_account_is_braked_just_the_same(world):
    """Nobody learns from a brake who is there."""
    join(world)
    for email in (ADA, "nobody@ours.example", "sent-away@ours.example"):
        assert [each.wait for each in wrong(world, 7, email)] == [0, 0, 0, 0, 0, 30, 30]
        wait(world, DAY)


@sqlite_only
def test_an_address_is_braked_whomever_it_tries(world):
    join(world)
    for number in range(20):
        assert wrong(world, 1, f"person{number}@ours.example") == [Refused()]
    assert login.with_password(world, ADA, WORD, IP).wait == 30
    enter(world, ip="192.0.2.8")


@sqlite_only
def test_an_account_of_ones_own_does_not_clean_an_address(world):
    join(world)
    for number in range(19):
        wrong(world, 1, f"person{number}@ours.example")
        enter(world)
    wrong(world, 1, "one-more@ours.example")
    assert wrong(world, 1, "last@ours.example")[0].wait == 30


@sqlite_only
def test_one_household_of_ipv6_is_one_address(world):
    for number in range(20):
        wrong(world, 1, f"person{number}@ours.example", f"2001:db8:1:2::{number:x}")
    assert wrong(world, 1, "other@ours.example", "2001:db8:1:2:ffff::1")[0].wait == 30
    assert wrong(world, 1, "other@ours.example", "2001:db8:1:3::1") == [Refused()]


def test_a_hundred_guesses_at_once_are_a_hundred(world):
    """Counted before they are looked at, on either engine."""
    with ThreadPoolExecutor(8) as many:
        waits = list(many.map(lambda _: login_brakes.take(world, login_brakes.account(ADA)), range(40)))
    assert sorted(waits) == [0] * 5 + [30] * 35


@pytest.fixture
def asked(world):
    """Of each transaction the statements that name brakes, each with the keys it names."""
    found: list[list[tuple[str, list[str]]]] = [[]]

    def note(_connection, _cursor, statement, given, _context, _many):
        if "login_brake" in statement:
            values = given.values() if isinstance(given, dict) else given
            found[-1].append((statement, [each for each in values if isinstance(each, str)]))

    def over(_connection):
        found.append([])

    event.listen(Engine, "before_cursor_execute", note)
    event.listen(Engine, "commit", over)
    yield found
    event.remove(Engine, "before_cursor_execute", note)
    event.remove(Engine, "commit", over)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("factor", [False, True])
def test_brakes_are_taken_one_by_one_in_the_order_of_their_keys(world, asked, factor):
    """So that two who come in at once, from one address and to one account, never wait for each other."""
    user = join(world)
    seed = take_up(world, user)[0] if factor else None
    asked[:] = [[]]
    for number in range(6):  # addresses whose keys stand before and behind the account's
        ip = f"192.0.2.{number}"
        came = login.with_password(world, ADA, WORD, ip)
        if seed:
            move_clock(world, world.clock.now() + 30)  # a code of its own
            login.with_code(world, came.ticket, digits(world, seed), ip)
    both = 0
    for transaction in asked:
        taken: list[str] = []
        for statement, keys in transaction:
            fresh = [key for key in keys if key not in taken]
            assert len(fresh) <= 1, statement
            assert fresh == [] or "FOR UPDATE" in statement
            assert "last_at <=" not in statement or "SKIP LOCKED" in statement  # the others' old ones
            taken += fresh
        assert taken == sorted(taken)
        both += len(taken) > 1
    assert both >= 12


@sqlite_only
def test_old_failures_are_forgotten_also_by_who_comes_again(world):
    """A day later: everybody's rows go, and the own one begins anew."""
    ada, bob = login_brakes.account(ADA), login_brakes.account("bob@ours.example")
    for brake in (*[ada] * 4, bob):
        assert login_brakes.take(world, brake) == 0
    move_clock(world, world.clock.now() + login_brakes.FORGOTTEN_AFTER)
    assert login_brakes.take(world, ada) == 0
    with world.db.read() as session:
        assert session.execute(select(m.LoginBrake.key, m.LoginBrake.failures)).all() == [(ada.key(world), 1)]


@sqlite_only
def test_who_is_there_shows_by_no_work_and_no_word(world, monkeypatch):
    """Known, unknown, sent away, without a password: one hashing each, the same answer."""
    join(world, "root@ours.example", "admin")
    join(world)
    join(world, "gone@ours.example")
    users.deactivate(world, "gone@ours.example", "test")
    users.add(world, "new@ours.example", "New", "viewer", None, "test")
    hashes = []
    verify = PasswordHasher.verify

    def counted(self, kept, password):
        hashes.append(kept.split("$")[1:4])  # the kind, and what it costs
        return verify(self, kept, password)

    monkeypatch.setattr(PasswordHasher, "verify", counted)
    for email in (ADA, "gone@ours.example", "new@ours.example", "nobody@ours.example", "", "x" * 5000):
        assert wrong(world, 1, email) == [Refused()]
    assert len(hashes) == 6
    assert len(set(map(str, hashes))) == 1


def test_a_guess_costs_what_rfc_9106_says_for_little_memory():
    assert passwords.hashed(WORD).startswith("$argon2id$v=19$m=65536,t=3,p=4$")


@sqlite_only
def test_a_hash_of_cheaper_days_is_renewed_at_the_next_login(world):
    user = join(world)
    passwords._hasher = PasswordHasher(time_cost=2, memory_cost=8, parallelism=1)  # undone with the fixture
    enter(world)
    with world.db.read() as session:
        assert "t=2" in session.get(m.User, user.id).password_hash
    enter(world)


@sqlite_only
def test_the_second_factor_is_asked_and_a_code_counts_once(world):
    seed, _ = take_up(world, join(world))
    wait(world, 30)
    half = login.with_password(world, ADA, WORD, IP)
    assert isinstance(half, Half)
    assert sessions.reader(world, half.ticket) is None  # a ticket is no session
    code = digits(world, seed)
    assert sessions.reader(world, token_of(login.with_code(world, half.ticket, code, IP)))
    assert login.with_code(world, half.ticket, code, IP) == Refused(over=True)
    again = login.with_password(world, ADA, WORD, IP)
    assert login.with_code(world, again.ticket, code, IP) == Refused()  # read over a shoulder
    assert login.with_code(world, again.ticket, digits(world, seed, -30), IP) == Refused()  # nor an older one
    wait(world, 30)
    token_of(login.with_code(world, again.ticket, digits(world, seed), IP))


@sqlite_only
def test_the_code_that_took_it_up_does_not_sign_in_too(world):
    seed, _ = take_up(world, join(world))
    half = login.with_password(world, ADA, WORD, IP)
    assert login.with_code(world, half.ticket, digits(world, seed), IP) == Refused()


@sqlite_only
def test_a_telephone_may_be_half_a_minute_off_and_no_more(world):
    seed, _ = take_up(world, join(world))
    wait(world, 300)
    for later in (-60, 60):
        half = login.with_password(world, ADA, WORD, IP)
        assert login.with_code(world, half.ticket, digits(world, seed, later), IP) == Refused()
    for later in (-30, 30):
        half = login.with_password(world, ADA, WORD, IP)
        token_of(login.with_code(world, half.ticket, digits(world, seed, later), IP))


@sqlite_only
def test_codes_are_braked_across_logins(world):
    """Who has the password gets to try forty codes a day, however often they type it and wherever they are."""
    take_up(world, join(world))
    tried, began, number = 0, world.clock.now(), 0
    while world.clock.now() < began + DAY:
        number += 1
        half = login.with_password(world, ADA, WORD, f"198.51.{number // 250}.{number % 250}")
        if isinstance(half, Half):
            half = login.with_code(world, half.ticket, "000000", f"203.0.{number // 250}.{number % 250}")
            tried += half.wait == 0
        wait(world, half.wait)
    assert 10 < tried < 40


@sqlite_only
def test_the_brake_of_codes_is_not_the_one_of_passwords(world):
    """A fresh login resets nothing of it."""
    user = join(world)
    seed, _ = take_up(world, user)
    wait(world, 30)
    for _ in range(5):
        assert login_brakes.take(world, login_brakes.second(user.id)) == 0
    half = login.with_password(world, ADA, WORD, IP)
    assert login.with_code(world, half.ticket, digits(world, seed), IP) == Refused(30)
    wait(world, 30)
    token = token_of(login.with_code(world, half.ticket, digits(world, seed), IP))
    assert sessions.reader(world, token).email == ADA


@sqlite_only
def test_a_link_opens_an_account_that_strangers_braked(world):
    join(world)
    wrong(world, 5)
    assert login.with_password(world, ADA, WORD, "192.0.2.9") == Refused(30)
    _, token = users.reset(world, ADA, "test")
    assert chosen_passwords.choose_password(world, token, WORD)
    assert sessions.reader(world, enter(world, ip="192.0.2.9")).email == ADA


@sqlite_only
@pytest.mark.parametrize("code", ["", " ", "12345", "1234567", "０１２３４５", "½" * 6, "a" * 5000, "None"])
def test_what_is_no_code_is_refused(world, code):
    take_up(world, join(world))
    half = login.with_password(world, ADA, WORD, IP)
    assert login.with_code(world, half.ticket, code, IP) == Refused()


@sqlite_only
def test_a_code_on_paper_opens_once(world):
    user = join(world)
    _, codes = take_up(world, user)
    for code in (codes[3], codes[7].upper()):
        half = login.with_password(world, ADA, WORD, IP)
        token_of(login.with_code(world, half.ticket, f" {code} ", IP))
        half = login.with_password(world, ADA, WORD, IP)
        assert login.with_code(world, half.ticket, code, IP) == Refused()
    assert factor_setup.codes_left(world, user.id) == 8


@sqlite_only
def test_half_a_login_is_over_after_ten_minutes(world):
    seed, _ = take_up(world, join(world))
    half = login.with_password(world, ADA, WORD, IP)
    wait(world, HOUR // 6)
    assert login.with_code(world, half.ticket, digits(world, seed), IP) == Refused(over=True)


@sqlite_only
def test_a_reset_leaves_the_second_factor_unless_it_is_lost(world):
    """Who reads somebody's mail has not got their telephone."""
    take_up(world, join(world))
    for lost, kind in ((False, Half), (True, Entered)):
        _, token = users.reset(world, ADA, "test", second_factor=lost)
        assert login.with_password(world, ADA, WORD, IP) == Refused()
        assert chosen_passwords.choose_password(world, token, WORD)
        assert isinstance(login.with_password(world, ADA, WORD, IP), kind)


@sqlite_only
def test_a_link_opens_once_and_ends(world):
    _, token = users.add(world, ADA, "Ada", "viewer", None, "test")
    with pytest.raises(Weak):
        chosen_passwords.choose_password(world, token, "short")  # it may be used again after that
    assert chosen_passwords.choose_password(world, token, WORD)
    assert chosen_passwords.choose_password(world, token, "another four words here") is None
    enter(world)
    _, late = users.reset(world, ADA, "test")
    wait(world, DAY)
    assert chosen_passwords.choose_password(world, late, WORD) is None


def test_of_two_at_once_one_gets_the_first_account(world):
    token = chosen_passwords.first_link(world.db, world.clock.now())

    def take(number: int) -> bool:
        made = chosen_passwords.first_admin(world, token, f"admin{number}@ours.example", "Root", WORD)
        return made is not None

    with ThreadPoolExecutor(4) as many:
        assert sorted(many.map(take, range(4))) == [False, False, False, True]
    with world.db.read() as session:
        assert [user.role for user in users.listed(session)] == ["admin"]
    assert chosen_passwords.first_link(world.db, world.clock.now()) is None


@sqlite_only
def test_the_first_link_ends_with_the_hour_and_with_the_next_one(world):
    older = chosen_passwords.first_link(world.db, world.clock.now())
    newer = chosen_passwords.first_link(world.db, world.clock.now())
    assert chosen_passwords.worth(world, older) is None
    assert chosen_passwords.worth(world, newer) == "first"
    wait(world, HOUR)
    assert chosen_passwords.worth(world, newer) is None


@sqlite_only
def test_a_link_for_a_password_makes_no_first_admin(world):
    """Each is worth what it was given out for."""
    _, token = users.add(world, ADA, "Ada", "viewer", None, "test")
    assert chosen_passwords.first_admin(world, token, "evil@ours.example", "Evil", WORD) is None


@pytest.mark.parametrize(
    ("word", "why"),
    [
        ("eleven sign", "password_short"),
        ("x" * 257, "password_long"),
        ("aaaaaaaaaaaa", "password_easy"),
        ("abababababab", "password_easy"),
        ("Lovelace-2026!", "password_easy"),  # the name
        ("ada.lovelace@ours", "password_easy"),  # the address
        ("four words nobody knows", None),
        ("четыре слова подряд", None),
    ],
)
def test_which_passwords_will_do(word, why):
    assert passwords.trouble(word, "Ada Lovelace", "ada.lovelace@ours.example") == why


@sqlite_only
def test_a_sign_is_the_same_sign_however_a_keyboard_makes_it(world):
    assert passwords.right(passwords.hashed("ștefan cel mare și"), "s\u0326tefan cel mare s\u0326i")


@sqlite_only
def test_there_is_always_an_admin(world):
    join(world, role="admin")
    for act in (
        lambda: users.deactivate(world, ADA, "test"),
        lambda: users.change_role(world, ADA, "viewer", None, "test"),
    ):
        with pytest.raises(NoUser, match="last admin"):
            act()
    join(world, "root@ours.example", "admin")
    users.deactivate(world, ADA, "test")


@sqlite_only
def test_who_comes_back_begins_anew(world):
    """Not with the password, the second factor or the tie of before."""
    join(world, "root@ours.example", "admin")
    take_up(world, join(world))
    users.deactivate(world, ADA, "test")
    users.add(world, ADA, "Ada", "viewer", None, "test")
    assert login.with_password(world, ADA, WORD, IP) == Refused()


@sqlite_only
@pytest.mark.parametrize(
    ("email", "role", "operator", "said"),
    [
        ("no address", "viewer", None, "no mail address"),
        (ADA, "boss", None, "no role: viewer, marketer"),
        (ADA, "operator", "Nobody", "no colleague has this name"),
    ],
)
def test_what_cannot_be_used_is_said(world, email, role, operator, said):
    with pytest.raises(NoUser, match=said):
        users.add(world, email, "Ada", role, operator, "test")


@sqlite_only
def test_an_operator_is_the_colleague_whose_calls_are_theirs(world):
    anna = operators.add(world, "Anna", "+442079460301")
    users.add(world, ADA, "Ada", "operator", "Anna", "test")
    with world.db.read() as session:
        assert users.listed(session)[0].operator_id == anna.id


@sqlite_only
def test_what_was_done_to_accounts_is_noted(world):
    join(world, "root@ours.example", "admin")
    take_up(world, join(world))
    users.change_role(world, ADA, "marketer", None, "Root")
    users.deactivate(world, ADA, "Root")
    with world.db.read() as session:
        acts = [(row.act, row.who) for row in session.scalars(select(m.Audit).order_by(m.Audit.id))]
    assert ("user_role", "Root") in acts
    assert [act for act, _ in acts][-5:] == [
        "user_added", "user_password", "user_second_factor_on", "user_role", "user_deactivated",
    ]  # fmt: skip


@sqlite_only
@pytest.mark.parametrize(
    ("host", "practice", "somebody", "said"),
    [
        ("127.0.0.1", False, False, None),
        ("::1", False, False, None),
        ("localhost", True, False, None),
        ("0.0.0.0", False, False, "nobody has an account yet"),
        ("", False, False, "nobody has an account yet"),
        ("opportune.example", False, False, "opportune user add"),
        ("0.0.0.0", False, True, None),
        ("0.0.0.0", True, True, "practice stays on this machine"),
    ],
)
def test_others_reach_us_only_once_somebody_may_sign_in(world, tmp_path: Path, host, practice, somebody, said):
    if somebody:
        users.add(world, ADA, "Ada", "admin", None, "test")
    why = doors.closed(Settings(home=tmp_path, host=host, practice=practice), world.db)
    assert (why is None) if said is None else (said in why)
