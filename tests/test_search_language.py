"""What people type, and what becomes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_analytics.queries.search.grammar import MOST_CLAUSES, Clause, Query, parse
from echo_analytics.queries.search.words import all_of, any_of, phrase, quoted


def word(text: str, *, title: bool = False) -> Clause:
    return Clause(text, "word", title)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lock  timeout", Query((word("lock"), word("timeout")))),
        ('"lock  timeout"', Query((Clause("lock timeout", "phrase"),), ((0,),))),
        ("“lock timeout” x", Query((Clause("lock timeout", "phrase"), word("x")), ((0,),))),
        ('"never closed', Query((Clause("never closed", "phrase"),), ((0,),))),
        ("a -b", Query((word("a"),), (), (word("b"),))),
        (
            '-"a b" -c* -title:d',
            Query((), (), (Clause("a b", "phrase"), Clause("c", "prefix"), word("d", title=True))),
        ),
        ("--force -x --", Query((word("force"),), (), (word("x"),))),
        ("'map' ‘set’ it's o’neil", Query(tuple(map(word, ("map", "set", "it's", "o’neil"))))),
        ("time*", Query((Clause("time", "prefix"),))),
        ("title:lock rest", Query((word("lock", title=True), word("rest")), ((0,),))),
        ("TITLE:lock", Query((word("lock", title=True),), ((0,),))),
        ('title:"a b"', Query((Clause("a b", "phrase", True),), ((0,),))),
        ("title:a/b", Query((word("a", title=True), word("b", title=True)), ((0,), (1,)))),
        ('"a b" OR c d', Query((Clause("a b", "phrase"), word("c"), word("d")), ((0, 1),))),
        ("a OR b", Query((word("a"), word("b")))),
        ("a OR title:b OR c", Query((word("a"), word("b", title=True), word("c")), ((0, 1, 2),))),
        ("OR a OR", Query((word("a"),))),
        ("a or b", Query((word("a"), word("or"), word("b")))),
        ("C++ C# .NET node.js", Query(tuple(map(word, ("C++", "C#", ".NET", "node.js"))))),
        ("snake_case full-text R&D", Query(tuple(map(word, ("snake_case", "full-text", "R&D"))))),
        ("v1.2.3 jane.doe@example.com", Query((word("v1.2.3"), word("jane.doe@example.com")))),
        ("this/that (a,b)?", Query(tuple(map(word, ("this", "that", "a", "b"))))),
        ("https://docs.example.com/x", Query(tuple(map(word, ("https", "docs.example.com", "x"))))),
        ("O'Brien", Query((word("O'Brien"),))),
        ("cafe\u0301", Query((word("café"),))),
        ("データ ≠ हिन्दी", Query((word("データ"), word("≠"), word("हिन्दी")))),
        ('"" - -- * ** ! title: ()', Query((word("title"),))),
        ("", Query()),
    ],
)
def test_a_text_is_read_as_people_mean_it(text: str, expected: Query) -> None:
    assert parse(text) == expected


@given(st.text(max_size=200) | st.text(alphabet='ab"-* ORtile:', max_size=60))
def test_every_text_is_a_query(text: str) -> None:
    query = parse(text)
    assert all(clause.text for clause in (*query.clauses, *query.excluded))
    assert all(place < len(query.clauses) for group in query.alternatives for place in group)


def test_only_so_many_clauses_are_read() -> None:
    query = parse(" ".join(f'w{number} OR "a b"' for number in range(MOST_CLAUSES)))
    assert len(query.clauses) == MOST_CLAUSES
    assert all(place < MOST_CLAUSES for group in query.alternatives for place in group)


def test_lexemes_are_quoted_whatever_they_hold() -> None:
    assert quoted("it's") == "'it''s'"
    assert quoted("a\\b", ":*") == "'a\\\\b':*"
    assert phrase(["'a'", "'b'", "'c'"], [1, 2, 5]) == "('a' <1> 'b' <3> 'c')"
    assert phrase(["'a'"], [7]) == "'a'"
    assert any_of(["'a'", "", "'a'", "'b'"]) == "('a' | 'b')"
    assert all_of([]) == ""
