"""What a bulk load accepts is what the models accept, cell by cell."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.bulk.checking import Checker
from echo_analytics.bulk.inputs import Batch
from echo_analytics.bulk.problems import Problems
from echo_analytics.bulk.tables import CATEGORIES, POSTS, USERS
from echo_analytics.errors import InvalidInput

if TYPE_CHECKING:
    from echo_analytics.bulk.tables import Loadable

AUTHOR = "0190f3c0-0000-7000-8000-000000000001"
RIGHT: dict[str, dict[str, object]] = {
    "users": {"email": "ada@example.org", "name": "Ada"},
    "posts": {"title": "Hello", "content": "", "author_id": AUTHOR},
    "categories": {"name": "News", "slug": "news"},
}

TEXTS = [
    "",
    " ",
    "\u2003\x1c",
    "\u200b",
    "a",
    "a\0b",
    "é" * 1_346,
    "é" * 1_347,
    "x" * 2_692,
    "x" * 2_693,
    "ab-c",
    "ab--c",
    "-a",
    "a-",
    "a\n",
    "Ab",
    "ñ",
    "٣",
    "user",
    "User",
    "draft",
    "published ",
]
ADDRESSES = [
    "a@b",
    "a@b.c",
    "@b.c",
    "a@",
    "a@b@c",
    "a@b.",
    "a@.b",
    "a@b..c",
    "a b@c.d",
    "a@b.c\n",
    "<a@b.c>",
    "a@b.c, d@e.f",
    "A <a@b.c>",
    "é@example.org",
    "a@exämple.org",
    "a\u00a0b@c.d",
    "a\u200b@c.d",
    "a@b\u2028.c",
    "a\x7f@b.c",
    "😀@b.c",
    "x" * 2_688 + "@b.c",
    "x" * 2_689 + "@b.c",
]
IDS = [
    AUTHOR,
    AUTHOR.upper(),
    AUTHOR.replace("-", ""),
    f"{{{AUTHOR}}}",
    f"urn:uuid:{AUTHOR}",
    AUTHOR[:-1],
    AUTHOR + "0",
    AUTHOR + "\n",
    AUTHOR.replace("0", "g"),
    "",
]
INSTANTS = [
    "2024-02-29T12:00:00Z",
    "2024-02-29 12:00:00+00:00",
    "2024-02-29T12:00:00.123456+05:30",
    "2024-02-29T12:00:00.123456789Z",
    "2024-02-29T12:00Z",
    "20240229T120000Z",
    "2024-02-29T12:00:00+0530",
    "2023-02-29T12:00:00Z",
    "2024-02-29T25:00:00Z",
    "2024-02-29T12:00:00",
    "2024-02-29",
    "0001-01-01T00:00:00+01:00",
    "9999-12-31T23:59:59-01:00",
    "0001-01-01T00:00:00Z",
    "now",
    "",
]
PREFERENCES = [
    {"theme": "dark", "notifications": {"email": True, "push": False}},
    {"theme": "light", "notifications": {"email": False, "push": False}},
    {"theme": "blue", "notifications": {"email": True, "push": False}},
    {"theme": "dark", "notifications": {"email": True}},
    {"theme": "dark"},
    {"theme": "dark", "notifications": {"email": 1, "push": False}},
    {"theme": "dark", "notifications": {"email": True, "push": False, "fax": True}},
    {"theme": "dark", "notifications": {"email": True, "push": False}, "font": "a"},
    {},
]

CASES = [
    *[(USERS, "email", value) for value in [*ADDRESSES, *TEXTS]],
    *[(USERS, name, value) for name in ("name", "bio", "avatar", "role") for value in TEXTS],
    *[(POSTS, name, value) for name in ("title", "content", "status") for value in TEXTS],
    *[(CATEGORIES, name, value) for name in ("name", "slug", "description") for value in TEXTS],
    *[(POSTS, name, value) for name in ("id", "author_id", "category_id") for value in IDS],
    *[(USERS, "created_at", value) for value in INSTANTS],
]


# Any: the value of any cell.
def loaded(kind: Loadable, values: dict[str, Any]) -> dict[str, Any] | None:
    """What the check makes of one row, None where it refuses."""
    problems = Problems(kind.name)
    columns = {name: pa.array([value]) for name, value in values.items()}
    checker = Checker(kind, key_needed=False)
    try:
        checker.written(list(columns))
        row: dict[str, Any] = checker.check(Batch(columns, 1), 0, problems).to_pylist()[0]
        problems.check()
    except InvalidInput:
        return None
    return row


def modelled(kind: Loadable, values: dict[str, Any]) -> dict[str, Any] | None:
    """What the model makes of one row, None where it refuses."""
    try:
        return kind.model(**values).model_dump()
    except InvalidInput:
        return None


def agree(kind: Loadable, name: str, value: object) -> None:
    values = {**RIGHT[kind.name], name: value}
    by_model, by_column = modelled(kind, values), loaded(kind, values)
    assert (by_column is None) == (by_model is None)
    if by_model is not None and by_column is not None:
        found = by_column[name]
        assert found == getattr(by_model[name], "bytes", by_model[name])


@pytest.mark.parametrize(("kind", "name", "value"), CASES)
def test_a_cell_is_accepted_where_the_model_accepts_it(
    kind: Loadable, name: str, value: str
) -> None:
    agree(kind, name, value)


@given(st.text(st.characters(codec="utf-8"), max_size=6), st.text(max_size=3))
def test_any_address_is_accepted_where_the_model_accepts_it(local: str, domain: str) -> None:
    try:
        f"{local}{domain}".encode()
    except UnicodeEncodeError:
        return
    agree(USERS, "email", f"{local}@{domain}")


@given(st.text(st.characters(codec="utf-8"), max_size=4))
def test_any_title_is_accepted_where_the_model_accepts_it(title: str) -> None:
    agree(POSTS, "title", title)


@pytest.mark.parametrize("told", PREFERENCES)
@pytest.mark.parametrize("form", ["structure", "JSON"])
def test_preferences_are_accepted_where_the_model_accepts_them(
    told: dict[str, object], form: str
) -> None:
    values = RIGHT["users"]
    by_model = modelled(USERS, {**values, "preferences": told})
    cell = told if form == "structure" else json.dumps(told)
    by_column = loaded(USERS, {**values, "preferences": cell})
    assert (by_model is None) == (by_column is None)
    if by_model is not None and by_column is not None:
        assert json.loads(by_column["preferences"]) == by_model["preferences"] == told
        assert " " not in by_column["preferences"]


@pytest.mark.parametrize("status", [None, "draft", "published", "archived"])
@pytest.mark.parametrize("published", [None, False, True])
def test_status_and_published_stand_for_each_other(
    status: str | None, published: bool | None
) -> None:
    told = {"status": status, "published": published}
    told = {name: value for name, value in told.items() if value is not None}
    by_model = modelled(POSTS, {**RIGHT["posts"], **told})
    nulls = {"status": pa.nulls(1), "published": pa.nulls(1)}
    problems = Problems("posts")
    columns = {
        **{name: pa.array([value]) for name, value in RIGHT["posts"].items()},
        **nulls,
        **{name: pa.array([value]) for name, value in told.items()},
    }
    row = Checker(POSTS, key_needed=False).check(Batch(columns, 1), 0, problems).to_pylist()[0]
    if by_model is None:
        with pytest.raises(InvalidInput, match=r"posts\.status: contradicts published \(row 0\)"):
            problems.check()
    else:
        problems.check()
        assert (row["status"], row["published"]) == (by_model["status"], by_model["published"])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_instants_of_every_unit_are_cut_to_the_microsecond(unit: str) -> None:
    moment = pa.array([datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)], pa.timestamp(unit, "UTC"))
    if unit == "ns":
        moment = pa.array([-1], pa.timestamp("ns", "America/Havana"))
    columns = {**{n: pa.array([v]) for n, v in RIGHT["users"].items()}, "created_at": moment}
    problems = Problems("users")
    row = Checker(USERS, key_needed=False).check(Batch(columns, 1), 0, problems).to_pylist()[0]
    problems.check()
    expected = datetime(1969, 12, 31, 23, 59, 59, 999999 if unit == "ns" else 0, UTC)
    assert row["created_at"] == row["updated_at"] == expected


def test_a_text_that_is_no_unicode_is_named_by_its_row() -> None:
    names = pa.array([b"good", b"\xff"]).view(pa.string())
    columns = {"name": names, "email": pa.array(["a@example.org", "b@example.org"])}
    problems = Problems("users")
    Checker(USERS, key_needed=False).check(Batch(columns, 2), 10, problems)
    with pytest.raises(InvalidInput, match=r"users\.name: is not valid Unicode \(row 11\)"):
        problems.check()
