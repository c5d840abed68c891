"""Write docs/reference.md from the docstrings of the public names.

python scripts/write_reference.py
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from pathlib import Path

import echo_analytics as echo
from echo_analytics import plots, search, tables, widgets

DOCUMENT = Path(__file__).parent.parent / "docs" / "reference.md"
GROUPS = {
    "Opening a database": ("connect", "Database", "View", "Health"),
    "A role for reading": ("create_reader_role", "reader_role_sql", "ReaderRole"),
    "Rollups": ("Rollups", "RollupStatus"),
    "The search index": ("SearchIndex", "SearchIndexStatus"),
    "Analyses": (
        "user_stats",
        "daily_posts",
        "posts_over_time",
        "overview",
        "top_authors",
        "category_summary",
        "posting_heatmap",
        "post_anomalies",
        "author_retention",
        "author_lifecycle",
        "stickiness",
        "publishing_funnel",
        "search_posts",
        "search_count",
        "MatchCount",
        "search_facets",
        "explain_search",
        "explain_post",
        "PostExplanation",
        "search_terms",
        "posts_with_authors",
        "posts",
        "posts_batches",
        "next_cursor",
        "sql",
        "Statement",
    ),
    "Data": ("import_posts", "bulk_create", "BulkReport", "load_demo"),
    "Backfills": ("backfill_preferences", "run_backfill", "Backfill", "BackfillReport"),
}


def reference() -> str:
    """Return the whole document."""
    parts = [
        "# Reference",
        (
            "Made from the docstrings by `scripts/write_reference.py`. The types are those of the "
            "result in Arrow; [frames](frames.md) says what pandas and polars make of them."
        ),
    ]
    for title, names in GROUPS.items():
        parts.append(f"## {title}")
        parts += [entry(f"{name}", getattr(echo, name)) for name in names]
    parts += ["## Judging the search", plain(inspect.getdoc(search) or "")]
    parts += [entry("search.evaluate", search.evaluate)]
    parts += ["## Figures", plain(inspect.getdoc(plots) or "")]
    parts += [
        entry(f"plots.{name}", getattr(plots, name))
        for name in plots.__all__
        if inspect.isfunction(getattr(plots, name))
    ]
    parts += ["## Tables", plain(inspect.getdoc(tables) or "")]
    parts += [entry(f"tables.{name}", getattr(tables, name)) for name in tables.__all__]
    parts += ["## Widgets", plain(inspect.getdoc(widgets) or "")]
    parts += [entry(f"widgets.{name}", getattr(widgets, name)) for name in widgets.__all__]
    parts += ["## Errors", "`EchoError` is the base of all of them.", errors()]
    parts += ["`__version__` is the version of the package."]
    return "\n\n".join(parts) + "\n"


def entry(name: str, thing: object) -> str:
    """Return heading, signature and text of one name, with its public methods."""
    parts = [f"### `{name}`"]
    if not inspect.isclass(thing):
        parts.append(f"```python\n{signature(name, thing)}\n```")
    parts.append(plain(inspect.getdoc(thing) or ""))
    if inspect.isclass(thing) and not dataclasses.is_dataclass(thing):
        lines = (member(name, *found) for found in inspect.getmembers(thing))
        parts.append("\n".join(filter(None, lines)))
    return "\n\n".join(parts)


def member(owner: str, name: str, value: object) -> str:
    """Return a line about a public method or property, nothing about anything else."""
    if name.startswith("_") or not (callable(value) or isinstance(value, property)):
        return ""
    shown = "" if isinstance(value, property) else "()"
    return f"- `{owner}.{name}{shown}`: {plain(first_line(value))}"


def signature(name: str, thing: object) -> str:
    """Return how it is called, with the types as they are written in the code."""
    assert callable(thing)
    found = inspect.signature(thing)
    parts, keyword_only = [], False
    for parameter in found.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            parts.append("*")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        parts.append(f"{parameter.name}: {parameter.annotation}{default}")
    return (
        f"{name}(\n"
        + "".join(f"    {part},\n" for part in parts)
        + f") -> {found.return_annotation}"
    )


def first_line(thing: object) -> str:
    """Return what a docstring begins with."""
    return (inspect.getdoc(thing) or "").split("\n")[0]


def plain(docstring: str) -> str:
    """Return a numpy docstring as Markdown."""
    lines: list[str] = []
    section = ""
    text = docstring.splitlines()
    for number, line in enumerate(text):
        following = text[number + 1] if number + 1 < len(text) else ""
        if following and set(following) == {"-"}:
            section = line
            lines += ["", f"**{line}**", ""]
        elif line and set(line) == {"-"}:
            continue
        elif section == "Examples":
            lines.append(f"    {line}" if line else "")
        elif section and line and not line.startswith(" "):
            lines.append(f"- `{line}`")
        else:
            lines.append(line.removeprefix("    ") if "- " in line else line)
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).replace("``", "`")


def errors() -> str:
    """Return a list of the errors and when they come."""
    kinds = [getattr(echo, name) for name in echo.__all__ if name[0].isupper()]
    return "\n".join(
        f"- `{kind.__name__}`: {first_line(kind)}" for kind in kinds if issubclass(kind, Exception)
    )


if __name__ == "__main__":
    DOCUMENT.write_text(reference())
