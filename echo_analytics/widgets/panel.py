"""What all widgets have in common: they ask off the main thread and show what was answered."""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, ClassVar, Generic, Self, TypeVar

import ipywidgets as ipw
import pyarrow as pa

from echo_analytics.errors import EchoError
from echo_analytics.plots.text import moment
from echo_analytics.widgets.answers import words
from echo_analytics.widgets.controls import Quiet
from echo_analytics.widgets.display import (
    alert,
    chart_place,
    chart_style,
    close_all,
    show_figure,
    shown,
    shown_in_a_cell,
    status_line,
)
from echo_analytics.widgets.worker import Pause, Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import plotly.graph_objects as go

    from echo_analytics.plots import Theme
    from echo_analytics.source import Source
    from echo_analytics.widgets.answers import Answer
    from echo_analytics.widgets.scope import Scope

F = TypeVar("F")

logger = logging.getLogger("echo_analytics.widgets")

LOADING = "Loading …"
_PAUSE = 0.2


class Panel(Generic[F]):
    """Controls, a line that says how things stand, and sections of a chart and a table.

    Parameters
    ----------
    source
        A database, or a snapshot of one.
    scope
        The controls for range, zone and category.
    controls
        The widget's own.
    theme
        "light" or "dark".
    shared
        Whether the scope is somebody else's, who shows and closes it.
    typed
        Those of the controls that are written into: they wait for a pause.
    """

    widths: ClassVar[tuple[int, ...]] = (500,)
    """How wide the table of each section likes to be, in pixels."""

    def __init__(
        self,
        source: Source[F],
        scope: Scope,
        controls: Sequence[ipw.Widget],
        theme: Theme,
        *,
        shared: bool = False,
        typed: Sequence[ipw.Widget] = (),
    ) -> None:
        self._source, self._theme = source, theme
        # pandas first imported on another thread takes itself to be in a terminal, and cuts frames.
        source.as_frame(pa.table({}))
        self.scope, self._shared = scope, shared
        self._worker, self._quiet = Worker(), Quiet()
        self._pause = Pause(_PAUSE, self._ask)
        self._lock = threading.RLock()
        self._asked = 0
        # A dashboard shows one of its widgets at a time.
        self._active, self._stale, self._closed = not shared, True, False
        self.frame: F | None = None
        self.figure: go.Figure | None = None
        self.error: EchoError | None = None
        self._build(controls, typed)

    @abstractmethod
    def _answer(self) -> Answer[F]:
        """Ask the source and draw; runs on the worker's thread."""

    def refresh(self) -> None:
        """Ask again, also for what there is to choose from."""
        self.scope.forget()
        self._ask()

    def wait(self, timeout: float | None = 60) -> Self:
        """Wait until what the controls ask for is shown.

        Raises
        ------
        TimeoutError
            That takes longer than ``timeout`` seconds.
        """
        self._pause.end()
        if not self._worker.wait(timeout):
            raise TimeoutError(f"no answer within {timeout:g} s")
        return self

    def close(self) -> None:
        """Free threads, observers and models; an answer that comes later is dropped."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._asked += 1
        self._pause.close()
        self._worker.close()
        self.scope.untell(self._changed)
        close_all(self.view)
        if not self._shared:
            self.scope.close()

    def __repr__(self) -> str:
        state = "closed" if self._closed else "failed" if self.error else "open"
        return f"<{type(self).__name__}, {state}>"

    # Any: what Jupyter hands on.
    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:  # noqa: ANN401
        return shown_in_a_cell(self, None if self._closed else self.view, options)

    def _build(self, controls: Sequence[ipw.Widget], typed: Sequence[ipw.Widget]) -> None:
        self._status = ipw.HTML(status_line(LOADING))
        self._alert = ipw.HTML(layout=ipw.Layout(flex="1 1 auto"))
        self._retry = ipw.Button(description="Try again", layout=ipw.Layout(width="auto"))
        self._trouble = ipw.HBox(
            [self._alert, self._retry],
            layout=ipw.Layout(display="none", align_items="center", grid_gap="12px"),
        )
        self._charts = [chart_place() for _ in self.widths]
        self._tables = [_table(width) for width in self.widths]
        self._sections = [
            _side_by_side(*each) for each in zip(self._charts, self._tables, strict=True)
        ]
        row = ipw.Layout(flex_flow="row wrap", grid_gap="4px 16px", align_items="center")
        tops = [] if self._shared else [self.scope.view]
        if controls:
            tops.append(ipw.Box(list(controls), layout=row))
        self.view = ipw.VBox([*tops, self._trouble, self._status, *self._sections, chart_style()])
        self._retry.on_click(lambda _: self.refresh())
        for control in controls:
            if control.has_trait("value"):
                changed = self._typed if control in typed else self._changed
                control.observe(changed, names="value")
        self.scope.tell(self._changed)

    # Any: what ipywidgets tells of a change.
    def _changed(self, _change: Any = None) -> None:  # noqa: ANN401
        if not self._quiet.here:
            self._ask()

    def _typed(self, _change: Any) -> None:  # noqa: ANN401
        if not self._quiet.here:
            with self._lock:
                self._asked += 1  # what is asked for meanwhile is not wanted any more
                self._status.value = status_line(LOADING)
            self._pause.restart()

    def activate(self, active: bool) -> None:
        """Ask only while somebody looks; what changed in the meantime is asked for then."""
        self._active = active
        if active and self._stale:
            self._ask()

    def _ask(self) -> None:
        with self._lock:
            self._stale = not self._active
            if self._closed or self._stale:
                return
            self._asked += 1
            number = self._asked
            self._status.value = status_line(LOADING)
        self._worker.ask(lambda: self._run(number))

    def _run(self, number: int) -> None:
        try:
            self.scope.load(self._source)
            if number != self._asked:
                return
            answer = self._answer()
            # Whoever looks sees the charts first: tables take longer to write.
            if self._publish(number, lambda: self._show_charts(answer)):
                tables = ["" if part is None else part.written() for part in answer.parts]
                if self._publish(number, lambda: self._show_tables(answer, tables)):
                    self._finish(number, answer)
        except EchoError as failure:
            error = failure
            self._publish(number, lambda: self._complain(error))
        except Exception as failure:
            logger.exception("a widget could not be drawn")
            unexpected = EchoError(f"something unexpected happened ({type(failure).__name__})")
            self._publish(number, lambda: self._complain(unexpected))

    def _finish(self, number: int, answer: Answer[F]) -> None:
        if answer.rest is not None:
            show = answer.rest()
            self._publish(number, show)

    def _publish(self, number: int, show: Callable[[], None]) -> bool:
        """Show something, unless something else is wanted by now; return whether it was shown."""
        with self._lock:
            wanted = number == self._asked and not self._closed
            if wanted:
                show()
            return wanted

    def _show_charts(self, answer: Answer[F]) -> None:
        first = answer.parts[0]
        self.frame = answer.frame
        self.figure = None if first is None else first.figure
        for place, part in enumerate(answer.parts):
            # What is drawn where it cannot be seen has no width.
            shown(self._sections[place], part is not None)
            show_figure(self._charts[place], None if part is None else part.figure)

    def _show_tables(self, answer: Answer[F], tables: Sequence[str]) -> None:
        self.error = None
        for place, table in enumerate(tables):
            self._tables[place].value = table
        shown(self._trouble, False)
        asked = moment(self.scope.now or datetime.now(UTC))
        self._status.value = status_line(answer.said or f"As of {asked}")

    def _complain(self, error: EchoError) -> None:
        self.error = error
        before = "" if self.frame is None else " What is shown is from before."
        self._alert.value = alert(f"{words(error)}{before}")
        shown(self._trouble, True)
        self._status.value = status_line("")


def _table(width: int) -> ipw.HTML:
    return ipw.HTML(layout=ipw.Layout(flex=f"1 1 {width}px", min_width="0", overflow="auto"))


def _side_by_side(chart: ipw.Output, table: ipw.HTML) -> ipw.Box:
    """A chart and its table: next to each other where there is room, else one below the other."""
    layout = ipw.Layout(
        display="none", flex_flow="row wrap", grid_gap="8px 24px", align_items="flex-start"
    )
    return ipw.Box([chart, table], layout=layout)
