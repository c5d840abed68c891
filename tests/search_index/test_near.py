"""Near words, asked of an index with words of the tests' own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest
from drizzle_database import USER, connect, role, rows, run

import echo_analytics as echo
from echo_analytics.search_index import near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KNOWN = {
    "database": 5,
    "databases": 3,
    "postgres": 4,
    "retrieval": 2,
    "tea": 9,
    "ten": 2,
    "the": 8,
    "accommodation": 1,
    "recommendation": 1,
    "größe": 1,
    "кошка": 1,
    "of": 20,
}
CORRECTED = {
    "databse": "database",
    "posgres": "postgres",
    "retreival": "retrieval",
    "databasee": "database",
    "xatabase": "database",
    "dtaabase": "database",
    "teb": "tea",
    "accomodatoin": "accommodation",
    "кошкв": "кошка",
    "größre": "größe",
}
LEFT = ("o", "fo", "xyzzyx", "", "database1", "a_b", "'; drop table posts; --", "o\0f", "x" * 41)


@pytest.fixture(scope="module")
def known(create_database: Callable[..., str], indexed_template: str) -> str:
    """A database whose index knows certain words."""
    url = create_database(indexed_template)
    with psycopg.connect(url) as connection:
        connection.execute("delete from analytics.post_search_word")
        connection.cursor().executemany(
            "insert into analytics.post_search_word values (%s, %s)", KNOWN.items()
        )
    return url


@pytest.fixture(scope="module")
def db(known: str) -> Iterator[echo.Database[object]]:
    with echo.connect(known, frame="arrow") as db:
        yield db


def found(db: echo.Database[object], *words: str, schema: str | None = "analytics") -> object:
    table = db.arrow(near.near_words(words, schema))
    assert table.column_names == ["typed", "word"]
    return dict(zip(*(column.to_pylist() for column in table.columns), strict=True))


def test_the_schema_of_the_trigrams_is_told(db: echo.Database[object], database_url: str) -> None:
    assert db.arrow(near.trigrams()).column("schema").to_pylist() == ["analytics"]
    with echo.connect(database_url, frame="arrow") as without:
        assert without.arrow(near.trigrams()).num_rows == 0


def test_each_word_has_the_near_word_that_it_was_meant_to_be(db: echo.Database[object]) -> None:
    assert found(db, *CORRECTED) == CORRECTED


def test_of_words_as_near_the_more_frequent_one_is_chosen_then_the_first(
    db: echo.Database[object], known: str
) -> None:
    assert found(db, "tex") == {"tex": "tea"}
    run(known, "insert into analytics.post_search_word values ('tee', 9), ('teb', 9)")
    assert found(db, "tex") == {"tex": "tea"}
    run(known, "update analytics.post_search_word set posts = 10 where word = 'ten'")
    assert found(db, "tex") == {"tex": "ten"}
    run(known, "delete from analytics.post_search_word where word in ('tee', 'teb')")


def test_one_slip_comes_before_many_trigrams_in_common(
    db: echo.Database[object], known: str
) -> None:
    run(known, "insert into analytics.post_search_word values ('abcdefgh', 1), ('abcdefxgh', 99)")
    assert found(db, "abcdefhg") == {"abcdefhg": "abcdefgh"}


@pytest.mark.parametrize("word", LEFT)
def test_other_words_have_none(db: echo.Database[object], word: str) -> None:
    assert found(db, word) == {}
    assert found(db, word, "databse") == {"databse": "database"}


def test_without_trigrams_words_one_slip_away_are_found(db: echo.Database[object]) -> None:
    assert found(db, "databse", "accomodatoin", schema=None) == {"databse": "database"}


def test_no_more_words_are_corrected_than_there_is_time_for(db: echo.Database[object]) -> None:
    typed = [f"databas{letter}" for letter in "abcdfghijklmnopqrstuvwxyz"]
    assert len(dict(found(db, *typed))) == near.MOST  # type: ignore[call-overload]  # a dict


def test_words_of_posts_that_were_just_written_are_known(
    db: echo.Database[object], known: str
) -> None:
    assert found(db, "zygomorhpic", "zygomorphicly") == {}
    with connect(known) as connection:
        insert = "insert into public.posts (title, content, author_id) values ('t', %s, %s)"
        connection.execute(insert, ("Zygomorphic, of course", USER))
    typed = {"zygomorhpic": "zygomorphic", "zygomorphicly": "zygomorphic"}
    assert found(db, *typed) == typed


def test_a_role_that_may_only_read_can_ask(known: str) -> None:
    with role(known) as url:
        name = psycopg.conninfo.conninfo_to_dict(url)["user"]
        run(
            known,
            f"grant usage on schema analytics to {name}",
            f"grant select on all tables in schema analytics, public to {name}",
        )
        with echo.connect(url, frame="arrow") as reader:
            assert found(reader, "databse", "accomodatoin") == {
                "databse": "database",
                "accomodatoin": "accommodation",
            }


@pytest.mark.parametrize(
    ("word", "number"), [("abc", 3 + 2 + 3 * 25 + 4 * 26 - 3), ("aa", 1 + 2 * 25 + 3 * 25 + 1)]
)
def test_slips_are_all_that_one_key_can_do(word: str, number: int) -> None:
    slips = near.slips(word)
    assert word not in slips
    assert len(slips) == number
    letters = "abcdefghijklmnopqrstuvwxyz"
    assert all(one_apart(word, slip) for slip in slips)
    assert {letter + word for letter in letters} | {word + letter for letter in letters} <= slips


def one_apart(one: str, other: str) -> bool:
    """Whether two words differ by what lies between the same beginning and the same end."""
    start = next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )
    rest, other_rest = one[start:], other[start:]
    return (
        rest[1:] == other_rest
        or rest == other_rest[1:]
        or rest[1:] == other_rest[1:]
        or (rest[:2] == other_rest[:2][::-1] and rest[2:] == other_rest[2:])
    )


def test_a_build_counts_the_posts_of_each_word(known: str) -> None:
    with echo.connect(known) as db:
        db.search_index.build("simple")
    expected = rows(
        known,
        'select lexeme collate "C", count(*)::int from public.posts,'
        " unnest(to_tsvector('simple', title || ' ' || content))"
        " where length(lexeme) >= 3 and lexeme !~ '[^a-zA-Z]' group by 1 order by 1",
    )
    select = "select word, posts from analytics.post_search_word where word !~ '[^a-zA-Z]'"
    assert rows(known, select + " order by 1") == expected
