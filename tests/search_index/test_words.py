"""How texts become words, asked of the function that the index is made by."""

from __future__ import annotations

import random
import unicodedata
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from drizzle_database import run

from echo_analytics.search_index import text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Connection = psycopg.Connection[Any]

WHOLES = {
    "C++": ["c++"],
    "We use C#, F# and C++.": ["c#", "f#", "c++"],
    ".NET and Node.js": [".net", "node.js"],
    "snake_case": ["snake_case"],
    "__init__": ["__init__"],
    "my-lib_x.y": ["my-lib_x.y"],
    "v1.2.3": ["v1.2.3", "1.2.3"],
    "1.2.3-beta": ["1.2.3-beta", "1.2.3"],
    "1.2.3": ["1.2.3"],
    "see ...snake_case, ..x_y": ["snake_case", "x_y"],
    "python3.11": ["python3.11"],
    "AT&T": ["at&t"],
    "docs/search_index.md": ["search_index.md"],
    "https://docs.example.com/guide?x=1#top": ["docs.example.com", "example.com"],
    "mailto:jane.doe@mail.example.com": ["jane.doe@mail.example.com", "jane.doe"],
    "Crème_brûlée": ["creme_brulee"],
}
PARTS = {
    "full-text": "full text",
    "state-of-the-art": "state of the art",
    "docs/search_index.md": "docs search index md",
    "https://docs.example.com/guide?x=1#top": "https docs example com guide x 1 top",
    "jane.doe@example.com": "jane doe example com",
    "AT&T": "at t",
    "tom&amp;jerry": "tom amp jerry",
    "a=b": "a b",
    "foo/bar": "foo bar",
    "1/2": "1 2",
    "one,two;three|four": "one two three four",
    "word?word!word": "word word word",
    "-5": "5",
    "+5": "5",
    "5-6": "5 6",
    "-1e5": "1e5",
    "2026-07-02T10:00": "2026 07 02t10 00",
    "--no-verify -v": "no verify v",
    "~user a~b": "user a b",
    "<b>bold</b>": "b bold b",
    '<a href="x.html">link</a>': "a href x html link a",
    "x<y and z>y": "x y and z y",
    "end.Next sentence...And": "end next sentence and",
    "node.js": "node js",
    "python3.11": "python3 11",
    "3.x": "3 x",
    "C:\\Users\\me": "c users me",
    "O'Brien": "o brien",
    "O\u2019Brien": "o brien",
    "Über-Größe": "uber grosse",
    "naïve café": "naive cafe",
    "\u201cquoted\u201d\u2014dash\u2026": "quoted dash",
    "full\u2011text": "full text",
    "no\u00a0break": "no break",
    "soft\u00adhyphen": "softhyphen",
    "Echo\u2122": "echo",
    "\u20ac5": "5",
    "party\U0001f389time": "party time",
    "x\u00b2": "x2",
    "Кошка\u2014собака": "кошка собака",
    "слово.слово": "слово слово",
    "слово_слово/слово-слово": "слово слово слово слово",
}
"""The words that a text consists of, as plain text."""


@pytest.fixture(scope="module")
def simple(create_database: Callable[..., str], indexed_template: str) -> Iterator[Connection]:
    """A database whose index neither stems words nor leaves any out."""
    url = create_database(indexed_template)
    run(
        url,
        "do $do$ begin execute replace(pg_get_functiondef('analytics.search_document(text, text)'"
        "::regprocedure), 'pg_catalog.english', 'pg_catalog.simple'); end $do$",
    )
    with psycopg.connect(url) as connection:
        yield connection


def _drawn(rng: random.Random, characters: str) -> str:
    return "".join(rng.choices(characters, k=rng.randint(1, 14)))


def words(connection: Connection, content: str) -> dict[str, list[int]]:
    """The words of a content with their positions."""
    select = "select lexeme, positions from unnest((analytics.search_document('', %s)).words)"
    return dict(connection.execute(select, (content,)).fetchall())


@pytest.mark.parametrize("content", WHOLES)
@pytest.mark.parametrize("around", ["{}", "({}).", "before\n{}, after"])
def test_a_compound_is_found_as_a_whole(simple: Connection, content: str, around: str) -> None:
    assert set(WHOLES[content]) <= set(words(simple, around.format(content)))


@pytest.mark.parametrize("content", PARTS)
def test_a_text_has_the_words_of_its_plain_parts_in_their_order(
    simple: Connection, content: str
) -> None:
    plain = words(simple, PARTS[content])
    assert plain == {
        word: positions for word, positions in words(simple, content).items() if word in plain
    }


@pytest.mark.parametrize("content", PARTS)
def test_a_text_has_no_other_words_than_its_parts_and_wholes(
    simple: Connection, content: str
) -> None:
    others = set(words(simple, content)) - set(words(simple, PARTS[content]))
    assert all(set(other) & set("._@&+#") for other in others)


def test_the_words_of_a_long_text_are_those_of_its_beginning(
    simple: Connection,
) -> None:
    content = "inside".ljust(text.LONGEST_CONTENT) + " outside"
    assert set(words(simple, content)) == {"inside"}


def test_texts_of_any_signs_have_the_same_words_with_the_index_and_without(
    simple: Connection,
) -> None:
    """Of texts with many signs, and of letters with accents that are and are not in one piece."""
    rng = random.Random(5)  # noqa: S311 - texts to try
    signs = [_drawn(rng, "ab1._@&+#-~/< v,\u2019") for _ in range(1_500)]
    letters = [
        _drawn(rng, "ae \u00e9\u00f6\u00df\u00f8\u0439\u0438\u0306e\u0301\u0323\u304c\uac01\ufb01")
        for _ in range(500)
    ]
    select = text.document("p.title", "p.content", "'pg_catalog.simple'")
    columns = ("words", "title_words", "length", "title_length")
    there, here = (", ".join(f"{of}.{name}" for name in columns) for of in ("document", "h"))
    differing = f"""
        select p.content from unnest(%s::text[]) as u (typed),
            lateral (select 'Title of ' || typed as title, typed as content) as p, {select},
            lateral analytics.search_document(p.title, p.content) as h
        where ({there}) is distinct from ({here}) or h.title_length = 0"""
    statement = differing.replace("%", "%%").replace("%%s", "%s").encode()
    assert simple.execute(statement, ([*signs, *letters],)).fetchall() == []


def test_no_normalisation_changes_letters_that_are_said_to_be_settled(simple: Connection) -> None:
    every = [chr(code) for code in range(1, 0x3100) if not 0xD800 <= code < 0xE000]
    settled = simple.execute(
        f"select letter from unnest(%s::text[]) as u (letter) where {text.is_settled('letter')}",
        (every,),
    )
    found = {letter for (letter,) in settled}
    assert len(found) > 500
    for letter in found:
        assert unicodedata.normalize("NFKD", letter) == letter
        assert not unicodedata.combining(letter)
    seconds = {
        pieces[1] for letter in every if len(pieces := unicodedata.normalize("NFD", letter)) == 2
    }
    assert not found & seconds


@pytest.mark.parametrize("content", sorted({*WHOLES, *PARTS}))
def test_searches_without_the_index_have_the_same_words(simple: Connection, content: str) -> None:
    """The SELECT that they use, and the function, are two ways to say the same."""
    select = text.document("p.title", "p.content", "'pg_catalog.simple'").replace("%", "%%")
    values = (f"Title of {content}", content)
    columns = "select document.words, title_words, length, title_length from"
    there = simple.execute(
        f"{columns} (values (%s, %s)) as p (title, content), {select}".encode(), values
    )
    here = simple.execute(f"{columns} analytics.search_document(%s, %s) as document", values)
    assert there.fetchall() == here.fetchall()


COUNTED = {
    "no words": "",
    "one": "word",
    "repeated": "word other word word",
    "odd and even": "a bb ccc dddd eeeee ffffff a ccc",
    "very often": "word " * 120 + "other",
    "long": " ".join(f"w{number}" for number in range(6_000)),
}


@pytest.mark.parametrize("content", COUNTED.values(), ids=COUNTED)
def test_repeated_words_count_into_the_length(simple: Connection, content: str) -> None:
    select = (
        "select length - title_length, title_length, (select coalesce(sum(cardinality(positions)),"
        " 0) from unnest(to_tsvector('simple', %(content)s)))"
        " from analytics.search_document('The title', %(content)s)"
    )
    ((length, title, expected),) = simple.execute(select, {"content": content}).fetchall()
    assert (length, title) == (expected, 2)


def test_the_length_of_very_long_texts_is_near_the_number_of_words(simple: Connection) -> None:
    content = " ".join(f"w{number}" for number in range(12_000))
    (length,) = simple.execute(
        "select length from analytics.search_document('', %s)", (content,)
    ).fetchall()[0]
    assert 0.5 * 12_000 <= length <= 12_000
