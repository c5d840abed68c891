"""What may be loaded into a table: its columns, with the rules of the models."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from echo_analytics import schema
from echo_analytics.bulk import cells
from echo_analytics.bulk.cells import TEXT, Cells
from echo_analytics.bulk.preferences import preferences
from echo_analytics.models import NewCategory, NewPost, NewUser
from echo_analytics.models.fields import MOST_INDEXED_BYTES, address

if TYPE_CHECKING:
    import sqlalchemy as sa

    from echo_analytics.models.base import Input

Convert: TypeAlias = Callable[[pa.Array], Cells]
Rule: TypeAlias = tuple[Callable[[pa.Array], pa.Array], str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that may be given.

    Parameters
    ----------
    convert
        Makes of it what the table holds.
    rules
        Masks of what may not be, and what is wrong with it.
    required
        Whether there is no row without it.
    default
        What a null stands for, None for NULL itself.
    """

    convert: Convert
    rules: tuple[Rule, ...] = ()
    required: bool = False
    default: str | bool | None = None


@dataclass(frozen=True, slots=True)
class Loadable:
    """A table that may be loaded.

    Parameters
    ----------
    name
        Of the table, and of the argument.
    singular
        What one row is called.
    table
        The table.
    model
        The model whose rules hold.
    key
        The column by which an update finds a row that is there.
    columns
        What may be given, by name.
    """

    name: str
    singular: str
    table: sa.Table
    model: type[Input]
    key: str
    columns: dict[str, Column]


def _is_blank(texts: pa.Array) -> pa.Array:
    return pc.equal(pc.utf8_trim_whitespace(texts), "")


def _is_long(texts: pa.Array) -> pa.Array:
    return pc.greater(pc.binary_length(texts), MOST_INDEXED_BYTES)


def _is_no_address(texts: pa.Array) -> pa.Array:
    usual = pc.match_substring_regex(texts, r"^[^@\s<>,;]+@[^@\s<>,;.]+(?:\.[^@\s<>,;.]+)*\z")
    wrong = pc.invert(pc.and_(usual, pc.match_substring_regex(texts, r"^[!-~]*\z")))
    # What is printable beyond ASCII, Python knows.
    doubtful = pc.and_(wrong, pc.invert(pc.string_is_ascii(texts)))
    if not pc.any(doubtful).as_py():
        return wrong
    doubtful = pc.fill_null(doubtful, False)
    asked = texts.filter(doubtful).to_pylist()
    settled = pa.array([not cells.converts(address, text) for text in asked])
    return pc.replace_with_mask(wrong, doubtful, settled)


def _is_no_slug(texts: pa.Array) -> pa.Array:
    return pc.invert(pc.match_substring_regex(texts, r"^[a-z0-9]+(?:-[a-z0-9]+)*\z"))


def _one_of(labels: tuple[str, ...]) -> Rule:
    # Null is one of them too: that is for others to say.
    known = pa.array([*labels, None], TEXT)

    def is_none(texts: pa.Array) -> pa.Array:
        return pc.invert(pc.is_in(texts, value_set=known))

    return is_none, f"is none of {', '.join(labels)}"


_BLANK: Rule = (_is_blank, "is empty")
_LONG: Rule = (_is_long, f"is longer than {MOST_INDEXED_BYTES:,} bytes")
_ADDRESS: Rule = (_is_no_address, "is not an e-mail address")
_SLUG: Rule = (_is_no_slug, "needs lower-case letters and digits, joined by single hyphens")

_TEXT = Column(cells.texts)
_ID = Column(cells.uuids)
_INSTANT = Column(cells.instants)
_INDEXED = Column(cells.texts, (_BLANK, _LONG), required=True)

USERS = Loadable(
    "users",
    "user",
    schema.users,
    NewUser,
    "email",
    {
        "email": Column(cells.texts, (_ADDRESS, _LONG), required=True),
        "name": Column(cells.texts, (_BLANK,), required=True),
        "email_verified": Column(cells.booleans, default=False),
        "avatar": _TEXT,
        "bio": _TEXT,
        "preferences": Column(preferences),
        "role": Column(cells.texts, (_one_of(schema.USER_ROLES),), default="user"),
        "id": _ID,
        "created_at": _INSTANT,
    },
)
POSTS = Loadable(
    "posts",
    "post",
    schema.posts,
    NewPost,
    "id",
    {
        "title": _INDEXED,
        "content": Column(cells.texts, required=True),
        "author_id": Column(cells.uuids, required=True),
        "category_id": _ID,
        "status": Column(cells.texts, (_one_of(schema.POST_STATUSES),)),
        "published": Column(cells.booleans),
        "id": _ID,
        "created_at": _INSTANT,
    },
)
CATEGORIES = Loadable(
    "categories",
    "category",
    schema.categories,
    NewCategory,
    "slug",
    {
        "name": _INDEXED,
        "slug": Column(cells.texts, (_SLUG, _LONG), required=True),
        "description": _TEXT,
        "id": _ID,
        "created_at": _INSTANT,
    },
)
