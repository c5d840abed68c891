"""What may be written is checked when it is made, and errors hold no value."""

from __future__ import annotations

import json
import traceback
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, get_args
from uuid import UUID, uuid4

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.errors import InvalidInput
from echo_analytics.models import (
    CategoryChanges,
    NewCategory,
    NewPost,
    NewUser,
    PostChanges,
    PostStatus,
    User,
    UserChanges,
    UserPreferences,
    UserRole,
)
from echo_analytics.models.fields import MOST_INDEXED_BYTES
from echo_analytics.schema import POST_STATUSES, USER_ROLES

if TYPE_CHECKING:
    from echo_analytics.models.base import Input

ADA: dict[str, Any] = {"email": "ada@example.org", "name": "Ada"}
POST: dict[str, Any] = {"title": "Hello", "content": ""}
GENERAL: dict[str, Any] = {"name": "General", "slug": "general"}
SECRET = "s3cr3t"
DARK = {"theme": "dark", "notifications": {"email": True, "push": False}}

WRONG: list[tuple[type[Input], dict[str, Any], str]] = [
    (NewUser, {**ADA, "email": SECRET}, "email"),
    (NewUser, {**ADA, "email": f"{SECRET}@"}, "email"),
    (NewUser, {**ADA, "email": f"a b@{SECRET}"}, "email"),
    (NewUser, {**ADA, "email": f"a@{SECRET}\u200b"}, "email"),
    (NewUser, {**ADA, "email": f"a@b@{SECRET}"}, "email"),
    (NewUser, {**ADA, "email": f"a@.{SECRET}"}, "email"),
    (NewUser, {**ADA, "email": f"a@b..{SECRET}"}, "email"),
    (NewUser, {**ADA, "email": f"a@{SECRET}."}, "email"),
    (NewUser, {**ADA, "email": f"Ada<a@{SECRET}>"}, "email"),
    (NewUser, {**ADA, "email": f"a@b,{SECRET}"}, "email"),
    (NewUser, {**ADA, "email": f"{SECRET}@{'x' * 3000}"}, "email"),
    (NewUser, {"email": f"{SECRET}@b.c"}, "name"),
    (NewUser, {**ADA, "name": " \t\n"}, "name"),
    (NewUser, {**ADA, "name": f"{SECRET}\0"}, "name"),
    (NewUser, {**ADA, "name": f"{SECRET}\ud800"}, "name"),
    (NewUser, {**ADA, "name": 5}, "name"),
    (NewUser, {**ADA, "bio": f"{SECRET}\0"}, "bio"),
    (NewUser, {**ADA, "avatar": f"{SECRET}\ud800"}, "avatar"),
    (NewUser, {**ADA, "role": SECRET}, "role"),
    (NewUser, {**ADA, "email_verified": 1}, "email_verified"),
    (NewUser, {**ADA, "email_verified": None}, "email_verified"),
    (NewUser, {**ADA, "id": SECRET}, "id"),
    (NewUser, {**ADA, "created_at": SECRET}, "created_at"),
    (NewUser, {**ADA, "created_at": 1_700_000_000}, "created_at"),
    (NewUser, {**ADA, "created_at": pd.NaT}, "created_at"),
    (NewUser, {**ADA, "created_at": "0001-01-01T00:00+12:00"}, "created_at"),
    (NewUser, {**ADA, "nickname": SECRET}, "nickname"),
    (NewUser, {**ADA, "updated_at": datetime.now(UTC)}, "updated_at"),
    (NewUser, {**ADA, "preferences": SECRET}, "preferences"),
    (NewUser, {**ADA, "preferences": {**DARK, "theme": SECRET}}, "preferences.theme"),
    (NewUser, {**ADA, "preferences": {**DARK, "font": SECRET}}, "preferences.font"),
    (
        NewUser,
        {**ADA, "preferences": {**DARK, "notifications": {"email": SECRET, "push": True}}},
        "preferences.notifications.email",
    ),
    (UserChanges, {"email": SECRET}, "email"),
    (UserChanges, {"name": None}, "name"),
    (UserChanges, {"role": None}, "role"),
    (UserChanges, {"id": uuid4()}, "id"),
    (UserChanges, {"created_at": datetime.now(UTC)}, "created_at"),
    (UserChanges, {"updated_at": datetime.now(UTC)}, "updated_at"),
    (NewPost, {**POST, "title": ""}, "title"),
    (NewPost, {**POST, "title": SECRET + "x" * MOST_INDEXED_BYTES}, "title"),
    (NewPost, {**POST, "content": f"{SECRET}\0"}, "content"),
    (NewPost, {**POST, "content": None}, "content"),
    (NewPost, {**POST, "status": SECRET}, "status"),
    (NewPost, {**POST, "published": SECRET}, "published"),
    (NewPost, {**POST, "author_id": SECRET}, "author_id"),
    (PostChanges, {"author_id": None}, "author_id"),
    (PostChanges, {"id": uuid4()}, "id"),
    (NewCategory, {**GENERAL, "slug": f"{SECRET} {SECRET}"}, "slug"),
    (NewCategory, {**GENERAL, "slug": "-general"}, "slug"),
    (NewCategory, {**GENERAL, "slug": "General"}, "slug"),
    (NewCategory, {**GENERAL, "name": ""}, "name"),
    (CategoryChanges, {"slug": None}, "slug"),
    (CategoryChanges, {"description": f"{SECRET}\0"}, "description"),
]


def refusal(model: type[Input], values: object) -> InvalidInput:
    with pytest.raises(InvalidInput) as caught:
        model.model_validate(values)
    return caught.value


@pytest.mark.parametrize(("model", "values", "argument"), WRONG)
def test_a_wrong_field_is_named_and_its_value_is_not(
    model: type[Input], values: dict[str, Any], argument: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        model(**values)
    for error in (caught.value, refusal(model, values)):
        assert error.argument == argument
        assert SECRET not in str(error) + repr(error) + repr(error.args)
        assert error.__cause__ is None
        assert error.__context__ is None
        assert "Traceback" in (shown := "".join(traceback.format_exception(error)))
        assert "pydantic_core" not in shown


def test_what_is_no_object_is_refused_under_the_name_of_the_model() -> None:
    assert refusal(NewUser, [SECRET]).argument == "NewUser"
    with pytest.raises(InvalidInput, match=r"^NewUser: is not valid JSON$"):
        NewUser.model_validate_json("{" + SECRET)


def test_json_is_read_and_checked_like_values() -> None:
    ident = uuid4()
    text = json.dumps(
        {**ADA, "id": str(ident), "created_at": "2026-01-01T01:00:00+01:00", "preferences": DARK}
    )
    read = NewUser.model_validate_json(text)
    assert (read.id, read.created_at) == (ident, datetime(2026, 1, 1, tzinfo=UTC))
    assert read.preferences == UserPreferences.model_validate(DARK)
    with pytest.raises(InvalidInput, match=r"^role: needs one of 'user', 'admin' or 'moderator'$"):
        NewUser.model_validate_json(json.dumps({**ADA, "role": SECRET}))


def test_an_address_is_kept_as_written() -> None:
    assert NewUser(email="Ada.L+x@Example.ORG", name="Ada").email == "Ada.L+x@Example.ORG"


def test_a_name_keeps_the_blanks_around_it() -> None:
    assert NewUser(email="a@b", name=" Ada ").name == " Ada "


@pytest.mark.parametrize("letter", ["x", "ü", "😀"])
def test_the_length_of_a_title_counts_bytes(letter: str) -> None:
    most = MOST_INDEXED_BYTES // len(letter.encode())
    assert NewPost(title=letter * most, content="").title == letter * most
    assert refusal(NewPost, {"title": letter * (most + 1), "content": ""}).argument == "title"


def test_the_labels_are_those_of_the_schema() -> None:
    assert get_args(UserRole) == USER_ROLES
    assert get_args(PostStatus) == POST_STATUSES


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1)), st.integers(-23, 23))  # noqa: DTZ001
def test_an_instant_becomes_the_same_one_in_utc(naive: datetime, hours: int) -> None:
    moment = naive.replace(tzinfo=timezone(timedelta(hours=hours)))
    made = NewUser(**ADA, created_at=moment).created_at
    assert made == moment
    assert made is not None
    assert made.tzinfo is UTC


def test_an_instant_of_pandas_becomes_a_plain_datetime() -> None:
    moment = pd.Timestamp("2026-01-01 10:00:00.000001", tz="Europe/Berlin")
    made = NewUser(**ADA, created_at=moment).created_at
    assert made == datetime(2026, 1, 1, 9, 0, 0, 1, tzinfo=UTC)
    assert type(made) is datetime


def test_a_naive_datetime_is_refused() -> None:
    error = refusal(NewUser, {**ADA, "created_at": datetime(2026, 1, 1)})  # noqa: DTZ001
    assert error.argument == "created_at"


@pytest.mark.parametrize(
    ("given_fields", "status", "published"),
    [
        ({}, "draft", False),
        ({"status": "draft"}, "draft", False),
        ({"status": "published"}, "published", True),
        ({"status": "archived"}, "archived", False),
        ({"published": False}, "draft", False),
        ({"published": True}, "published", True),
        ({"status": "published", "published": True}, "published", True),
        ({"status": "archived", "published": False}, "archived", False),
    ],
)
def test_status_and_published_of_a_new_post_agree(
    given_fields: dict[str, Any], status: str, published: bool
) -> None:
    post = NewPost(**POST, **given_fields)
    assert (post.status, post.published) == (status, published)


@pytest.mark.parametrize("model", [NewPost, PostChanges])
@pytest.mark.parametrize(
    ("status", "published"), [("draft", True), ("archived", True), ("published", False)]
)
def test_a_contradiction_of_status_and_published_is_refused(
    model: type[Input], status: str, published: bool
) -> None:
    values = {"status": status, "published": published}
    error = refusal(model, {**POST, **values} if model is NewPost else values)
    assert (error.argument, error.problem) == ("status", "contradicts published")


def test_changes_know_which_fields_were_given() -> None:
    changes = UserChanges(bio=None, name="Ada")
    assert changes.model_fields_set == {"bio", "name"}
    assert repr(changes) == "UserChanges(bio=None, name='Ada')"
    assert UserChanges() != UserChanges(bio=None)


def test_a_copy_is_checked_too() -> None:
    user = NewUser(**ADA)
    assert user.model_copy(update={"name": "Countess"}).name == "Countess"
    with pytest.raises(InvalidInput, match=r"^email: "):
        user.model_copy(update={"email": SECRET})


@pytest.mark.parametrize(
    ("before", "update", "status"),
    [
        ({}, {"published": True}, "published"),
        ({"status": "draft"}, {"status": "published"}, "published"),
        ({"published": True}, {"status": "archived"}, "archived"),
        ({"published": True}, {"published": False}, "draft"),
        ({"status": "archived"}, {"title": "Hello again"}, "archived"),
    ],
)
def test_a_copy_with_another_status_or_published_has_both_of_them_new(
    before: dict[str, Any], update: dict[str, Any], status: str
) -> None:
    post = NewPost(**POST, **before).model_copy(update=update)
    assert (post.status, post.published) == (status, status == "published")


def test_a_copy_of_changes_unpublishes_without_saying_to_what() -> None:
    changes = PostChanges(status="published", title="x").model_copy(update={"published": False})
    assert changes == PostChanges(published=False, title="x")


def test_models_are_frozen() -> None:
    user = NewUser(**ADA)
    with pytest.raises(InvalidInput) as caught:
        user.name = SECRET
    assert SECRET not in str(caught.value)
    with pytest.raises(InvalidInput, match=r"^name: cannot be deleted"):
        del user.name


def test_strings_are_checked_like_values() -> None:
    assert NewUser.model_validate_strings({**ADA, "role": "admin"}).role == "admin"
    with pytest.raises(InvalidInput, match=r"^email: is not an e-mail address$"):
        NewUser.model_validate_strings({**ADA, "email": SECRET})


def test_a_user_whose_preferences_are_an_object_has_a_hash() -> None:
    fields: dict[str, Any] = {
        "id": UUID(int=1),
        "email": "",
        "name": "",
        "email_verified": False,
        "avatar": None,
        "bio": None,
        "preferences": None,
        "role": "emperor",
        "created_at": datetime.now(UTC),
        "updated_at": datetime.now(UTC),
    }
    users = {User(**fields, raw_preferences={"a": []}), User(**fields, raw_preferences={"a": []})}
    assert len(users) == 1
