"""What the search index holds, compared with what it would hold if it were made now."""

from __future__ import annotations

from drizzle_database import rows

_STORED = """
select post_id, author_id, category_id, created_at, status, length, title_length, words::text,
    title_words::text
from analytics.post_search order by post_id
"""
# The trigger's rule, written down once more.
_MADE_NOW = """
select p.id, p.author_id, p.category_id, p.created_at,
    case when p.status = 'archived' then 'archived'
        when p.published or p.status = 'published' then 'published' else 'draft' end,
    d.length, d.title_length, d.words::text, d.title_words::text
from public.posts as p, analytics.search_document(p.title, p.content) as d order by p.id
"""


def assert_exact(url: str) -> None:
    """The index holds each post as it is, and no other."""
    assert rows(url, _STORED) == rows(url, _MADE_NOW)


def noted(url: str) -> int:
    """How many posts the triggers have noted."""
    found = rows(url, "select count(*) from analytics.post_search_todo")[0][0]
    assert isinstance(found, int)
    return found
