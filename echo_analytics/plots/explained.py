"""The figure of what a search makes of a query."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
import pyarrow as pa

from echo_analytics.plots.columns import read
from echo_analytics.plots.origin import described
from echo_analytics.plots.template import blank, no_data, palette
from echo_analytics.plots.text import count, paragraph, short

if TYPE_CHECKING:
    from echo_analytics.plots.columns import Columns, Frame
    from echo_analytics.plots.origin import Origin
    from echo_analytics.plots.template import Palette, Theme

EXPLAINED = {
    "term": pa.string(),
    "lexeme": pa.string(),
    "kind": pa.string(),
    "role": pa.string(),
    "document_frequency": pa.int64(),
    "weight": pa.float64(),
    "ignored": pa.bool_(),
    "reason": pa.string(),
    "corrected_to": pa.string(),
}
"""The columns of the analysis."""

_TITLE = "What is looked for"
_HOVER = "<b>%{customdata[0]}</b><br>%{customdata[1]}<br>Weight: %{x:.2f}<extra></extra>"
_LONGEST_TERM = 40


def explain_search(
    frame: Frame,
    *,
    query: str | None = None,
    theme: Theme = "light",
    meta: Origin | None = None,
) -> go.Figure:
    """Draw what each term of a query counts, and say what it stands for.

    Parameters
    ----------
    frame
        What the analysis of the same name returns.
    query
        What was looked for, for the title.
    theme
        "light" or "dark".
    meta
        Where the frame came from, for ``layout.meta``.

    Returns
    -------
    plotly.graph_objects.Figure
        A bar a term from the top, as long as its weight, and beside it how many posts have it, or
        why it does not count.

    Raises
    ------
    InvalidInput
        A column is missing or of another type.

    Examples
    --------
    >>> explain_search(explained, query="the migratons").layout.title.text
    'What is looked for by “the migratons”'
    """
    colours, columns = palette(theme), read(frame, EXPLAINED)
    title = _TITLE if query is None else f"{_TITLE} by “{short(query, 40)}”"
    number = len(columns["term"])
    if not number:
        return described(no_data(theme, title), "explain_search", columns, meta)
    subtitle = f"{count(number, 'term')} · weight of an occurrence, before how often it occurs"
    figure = blank(theme, title, subtitle, 110 + 34 * number)
    figure.add_trace(_bars(columns, colours))
    return described(_with_axes(figure, columns, colours), "explain_search", columns, meta)


def _sentences(columns: Columns) -> list[str]:
    """Return for each term what it stands for, or why it does not count."""
    rows = zip(*(columns[name] for name in EXPLAINED), strict=True)
    return [_sentence(dict(zip(EXPLAINED, row, strict=True))) for row in rows]


def _sentence(row: dict[str, object]) -> str:
    if row["ignored"]:
        return f"ignored: {row['reason']}"
    posts = row["document_frequency"]
    said = [count(posts if isinstance(posts, int) else 0, "post")]
    if row["corrected_to"] is not None:
        said.append(f"read as “{row['corrected_to']}”")
    if row["role"] == "required":
        said.append("must occur")
    if row["role"] == "excluded":
        said.append("must not occur")
    return ", ".join(said)


def _bars(columns: Columns, colours: Palette) -> go.Bar:
    said = _sentences(columns)
    return go.Bar(
        orientation="h",
        x=[weight or 0 for weight in columns["weight"]],
        y=list(range(len(said))),
        width=0.6,
        text=[f"  {short(sentence, 70)}" for sentence in said],
        textposition="outside",
        constraintext="none",
        textfont={"color": colours.quiet, "size": 12},
        cliponaxis=False,
        customdata=list(zip(map(paragraph, columns["term"]), map(paragraph, said), strict=True)),
        hovertemplate=_HOVER,
        marker={"color": colours.others[0], "line": {"width": 0}},
        showlegend=False,
    )


def _with_axes(figure: go.Figure, columns: Columns, colours: Palette) -> go.Figure:
    places = list(range(len(columns["term"])))
    most = max([0.01, *(weight or 0 for weight in columns["weight"])])
    return figure.update_layout(
        hovermode="closest",
        margin={"b": 34},
        xaxis={"range": [0, most * 1.6], "fixedrange": True, "nticks": 6},
        yaxis={
            "range": [len(places) - 0.4, -0.6],
            "tickmode": "array",
            "tickvals": places,
            "ticktext": [f"{short(term, _LONGEST_TERM)}  " for term in columns["term"]],
            "tickfont": {"color": colours.text, "size": 13},
            "showgrid": False,
            "fixedrange": True,
        },
    )
