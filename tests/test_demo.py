from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pyarrow as pa
import pytest

from echo_analytics import schema
from echo_analytics.demo import DemoData, demo_data, users_for
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]  # Any: a row's values are of several types

SMALL = 500
SMALL_DIGEST = "130d9a66135c6bb5ed891b2f0370727c044cc8063ea7de13d4af45b008cb0b18"
FIRST = datetime(2025, 1, 1, tzinfo=UTC)
END = datetime(2026, 7, 1, tzinfo=UTC)
TABLES = ("users", "categories", "posts")


def digest(data: DemoData) -> str:
    """Hash the rows as JSON, so that another version of Arrow changes nothing."""
    found = hashlib.sha256()
    for name in TABLES:
        table = getattr(data, name)
        for column, kind in zip(table.column_names, table.schema.types, strict=True):
            values = table[column]
            if pa.types.is_timestamp(kind):
                values = values.cast(pa.int64())
            found.update(json.dumps([name, column, values.to_pylist()]).encode())
    return found.hexdigest()


@pytest.fixture(scope="module")
def data() -> DemoData:
    return demo_data()


@pytest.fixture(scope="module")
def users(data: DemoData) -> list[Row]:
    return list(data.users.to_pylist())


@pytest.fixture(scope="module")
def posts(data: DemoData) -> list[Row]:
    return list(data.posts.to_pylist())


def instants_by_author(posts: Iterable[Row]) -> dict[str, list[datetime]]:
    found = defaultdict(list)
    for post in posts:
        found[post["author_id"]].append(post["created_at"])
    return {author: sorted(instants) for author, instants in found.items()}


def posts_by_day(posts: Iterable[Row]) -> Counter[date]:
    return Counter(post["created_at"].date() for post in posts)


def test_the_small_set_is_the_one_it_always_was() -> None:
    assert digest(demo_data(SMALL)) == SMALL_DIGEST


def test_processes_with_other_hash_seeds_make_the_same_bytes(data: DemoData) -> None:
    code = "from test_demo import *; print(digest(demo_data(SMALL)), digest(demo_data()))"
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=Path(__file__).parent,
            env=os.environ | {"PYTHONHASHSEED": hash_seed},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed in ("0", "4242")
    ]
    found = [run.communicate(timeout=120)[0].split() for run in runs]
    assert found == [[SMALL_DIGEST, digest(data)]] * 2


def test_another_seed_shares_no_ids() -> None:
    one, other = demo_data(SMALL), demo_data(SMALL, seed=1)
    for name in TABLES:
        assert not set(getattr(one, name)["id"].to_pylist()) & set(
            getattr(other, name)["id"].to_pylist()
        )


@pytest.mark.parametrize("name", TABLES)
def test_columns_are_those_of_the_schema(data: DemoData, name: str) -> None:
    assert getattr(data, name).column_names == getattr(schema, name).c.keys()


@pytest.mark.parametrize("name", TABLES)
def test_no_rows_have_the_same_types_as_many(data: DemoData, name: str) -> None:
    assert getattr(demo_data(0), name).schema == getattr(data, name).schema


def test_types_are_text_booleans_and_instants_in_utc(data: DemoData) -> None:
    instant = pa.timestamp("us", tz="UTC")
    for name in TABLES:
        for field in getattr(data, name).schema:
            if field.name.endswith("_at"):
                assert field.type == instant
            elif field.name in ("published", "email_verified"):
                assert field.type == pa.bool_()
            else:
                assert field.type == pa.string()


@pytest.mark.parametrize(
    ("rows", "members"), [(0, 0), (1, 20), (500, 25), (40_000, 2_000), (10**6, 2_000)]
)
def test_smaller_sets_have_fewer_members(rows: int, members: int) -> None:
    assert users_for(rows) == members


@pytest.mark.parametrize(("rows", "members"), [(0, 0), (0, 7), (1, 1), (300, 1), (60, 3_000)])
def test_there_are_as_many_rows_as_asked_for(rows: int, members: int) -> None:
    made = demo_data(rows, members)
    assert (made.posts.num_rows, made.users.num_rows) == (rows, members)
    assert len(set(made.users["email"].to_pylist())) == members


@pytest.mark.parametrize("wrong", [-1, True, 1.5, "500", None, 2**31])
def test_a_number_of_posts_that_makes_no_sense_is_refused(wrong: object) -> None:
    with pytest.raises(InvalidInput, match="posts: needs a whole number"):
        demo_data(wrong)  # type: ignore[arg-type]  # the point of the test


def test_posts_without_any_member_are_refused() -> None:
    with pytest.raises(InvalidInput, match="users: needs at least 1"):
        demo_data(10, 0)
    with pytest.raises(InvalidInput, match="seed: needs a whole number"):
        demo_data(10, seed=-1)


def test_ids_are_unique_canonical_uuids(data: DemoData) -> None:
    ids = [value for name in TABLES for value in getattr(data, name)["id"].to_pylist()]
    assert len(set(ids)) == len(ids)
    assert all(str(UUID(value)) == value and UUID(value).version == 5 for value in ids)


def test_addresses_are_unique_and_reach_nobody(users: list[Row]) -> None:
    addresses = [user["email"] for user in users]
    assert len(set(addresses)) == len(addresses)
    pattern = re.compile(r"[a-z]+\.[a-z]+\d*@example\.(com|org|net)")
    assert all(pattern.fullmatch(address) for address in addresses)


def test_names_have_accents_and_apostrophes(users: list[Row]) -> None:
    names = [user["name"] for user in users]
    assert sum(not name.isascii() for name in names) > len(names) / 10
    assert any("'" in name for name in names)
    assert len(set(names)) == len(names)


def test_preferences_are_those_of_the_application_or_missing(users: list[Row]) -> None:
    found = [user["preferences"] for user in users]
    assert 0.2 < found.count(None) / len(found) < 0.4
    for text in filter(None, found):
        preferences = json.loads(text)
        assert preferences["theme"] in ("light", "dark")
        assert {type(value) for value in preferences["notifications"].values()} == {bool}
        assert set(preferences["notifications"]) == {"email", "push"}


def test_roles_are_known_and_few_are_special(users: list[Row]) -> None:
    roles = Counter(user["role"] for user in users)
    assert set(roles) == set(schema.USER_ROLES)
    assert roles["user"] > 0.98 * len(users)


def test_a_post_is_published_exactly_when_its_status_says_so(posts: list[Row]) -> None:
    assert all(post["published"] == (post["status"] == "published") for post in posts)


def test_seven_titles_in_ten_are_distinct(posts: list[Row]) -> None:
    assert len({post["title"] for post in posts}) > 0.7 * len(posts)


def test_one_post_in_eight_is_a_draft_and_one_in_sixteen_archived(posts: list[Row]) -> None:
    statuses = Counter(post["status"] for post in posts)
    assert set(statuses) == set(schema.POST_STATUSES)
    assert 0.11 < statuses["draft"] / len(posts) < 0.13
    assert 0.05 < statuses["archived"] / len(posts) < 0.07


def test_every_reference_has_its_row(data: DemoData, posts: list[Row]) -> None:
    assert {post["author_id"] for post in posts} <= set(data.users["id"].to_pylist())
    categories = set(data.categories["id"].to_pylist())
    assert {post["category_id"] for post in posts} == categories | {None}


def test_the_default_categories_come_first(data: DemoData) -> None:
    found = data.categories.select(["name", "slug", "description"]).to_pylist()
    assert [tuple(row.values()) for row in found[:3]] == list(schema.DEFAULT_CATEGORIES)
    assert len({row["slug"] for row in found}) == len(found) > 5


def test_instants_are_in_the_eighteen_months_and_in_order(data: DemoData) -> None:
    for name in TABLES:
        rows = getattr(data, name).to_pylist()
        created = [row["created_at"] for row in rows]
        assert created == sorted(created)
        assert all(FIRST <= instant < END for instant in created)
        assert all(row["created_at"] <= row.get("updated_at", END) <= END for row in rows)
        assert all(row.get("updated_at", FIRST) < END for row in rows)


def test_microseconds_vary(posts: list[Row]) -> None:
    assert len({post["created_at"].microsecond for post in posts}) > 0.9 * len(posts)


@pytest.mark.parametrize("rows", [300, 5_000])
def test_nobody_writes_before_their_sign_up(rows: int) -> None:
    made = demo_data(rows)
    joined = dict(
        zip(made.users["id"].to_pylist(), made.users["created_at"].to_pylist(), strict=True)
    )
    assert all(post["created_at"] >= joined[post["author_id"]] for post in made.posts.to_pylist())


def test_every_quarter_has_more_posts_than_the_one_before(posts: list[Row]) -> None:
    quarters = Counter(
        (post["created_at"].year, (post["created_at"].month - 1) // 3) for post in posts
    )
    counts = [quarters[key] for key in sorted(quarters)]
    assert len(counts) == 6
    assert all(before < after for before, after in pairwise(counts))
    assert counts[-1] > 3 * counts[0]


def test_weekends_and_nights_are_quiet_but_no_day_is_empty(posts: list[Row]) -> None:
    days = posts_by_day(posts)
    assert len(days) == (END - FIRST).days
    weekend = [count for day, count in days.items() if day.weekday() >= 5]
    week = [count for day, count in days.items() if day.weekday() < 5]
    assert sum(weekend) / len(weekend) < 0.6 * sum(week) / len(week)
    hours = Counter(post["created_at"].hour for post in posts)
    assert max(hours[hour] for hour in range(6)) < 0.3 * min(hours[hour] for hour in range(9, 18))


def test_the_launch_the_outage_and_the_holidays_stand_out(posts: list[Row]) -> None:
    days, week = posts_by_day(posts), timedelta(days=7)
    launch, outage = date(2025, 9, 16), date(2025, 11, 12)
    assert days[launch] > 2 * days[launch - week]
    assert days[outage] < 0.3 * min(days[outage - week], days[outage + week])
    christmas = sum(days[date(2025, 12, day)] for day in range(22, 29))
    assert christmas < 0.6 * sum(days[date(2025, 12, day)] for day in range(8, 15))


def test_a_few_authors_write_most_and_a_third_of_the_members_nothing(
    users: list[Row], posts: list[Row]
) -> None:
    counts = sorted(Counter(post["author_id"] for post in posts).values(), reverse=True)
    assert 0.25 < 1 - len(counts) / len(users) < 0.45
    assert 0.02 < counts[0] / len(posts) < 0.08
    assert 0.5 < sum(counts[: len(counts) // 10]) / len(posts) < 0.75
    ascending = sum(rank * count for rank, count in enumerate(reversed(counts), 1))
    gini = 2 * ascending / (len(counts) * len(posts)) - (len(counts) + 1) / len(counts)
    assert 0.6 < gini < 0.85


def test_authors_pause_and_return_or_stay_away(posts: list[Row]) -> None:
    written = instants_by_author(posts).values()
    pause = timedelta(days=60)
    returned = sum(
        any(after - before > pause for before, after in pairwise(instants)) for instants in written
    )
    gone = sum(instants[-1] < END - timedelta(days=90) for instants in written)
    assert returned > 200
    assert gone > 300
    assert sum(instants[-1] > END - timedelta(days=30) for instants in written) > 300


def test_each_month_has_new_returning_resurrected_and_dormant_authors(posts: list[Row]) -> None:
    months: dict[tuple[int, int], set[str]] = defaultdict(set)
    for post in posts:
        months[post["created_at"].year, post["created_at"].month].add(post["author_id"])
    active = [months[key] for key in sorted(months)]
    for number in range(6, len(active)):
        earlier = set().union(*active[:number])
        before, now = active[number - 1], active[number]
        groups = (now - earlier, now & before, (now & earlier) - before, before - now)
        assert min(map(len, groups)) >= 10
