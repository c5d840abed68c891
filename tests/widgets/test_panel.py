from __future__ import annotations

import gc
import json
import subprocess
import sys
import threading
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import ipywidgets
import pytest

import echo_analytics as echo
from echo_analytics import ConnectionFailed, InvalidInput, widgets
from widgets.gated_source import Gated

if TYPE_CHECKING:
    from collections.abc import Iterator

NOW = datetime(2026, 6, 24, 12, tzinfo=UTC)
JUNE = date(2026, 6, 1), date(2026, 6, 30)
ZONE = "Pacific/Auckland"
ATTACK = "<script>alert(1)</script>"
NIL = "00000000-0000-0000-0000-000000000000"
KINDS: list[Any] = [widgets.PostsOverTime, widgets.UserExplorer, widgets.PostSearch]
LOST = ConnectionFailed(f"nothing answers at {ATTACK}")


def models() -> set[str]:
    return set(ipywidgets.widgets.widget._instances)


def test_an_empty_database_shows_that_there_is_nothing(database_url: str, made: list[Any]) -> None:
    with echo.connect(database_url) as db:
        days: Any = widgets.PostsOverTime(db).wait()
        people: Any = widgets.UserExplorer(db).wait()
        made += [days, people]
        assert (days.error, people.error) == (None, None)
        assert days.frame["total_posts"].sum() == 0
        assert len(people.frame) == 0
        days.scope.length.value = "All posts"
        assert days.wait().error is None


@pytest.mark.parametrize("kind", KINDS)
def test_the_library_of_frames_is_imported_where_the_widget_is_made(
    kind: Any,  # noqa: ANN401
    gated: Gated,
    made: list[Any],
) -> None:
    gated.gate.clear()
    made.append(kind(gated))
    assert gated.first_frame_by is threading.current_thread()
    gated.gate.set()
    made[-1].wait()


def test_queries_run_off_the_main_thread_and_one_at_a_time(gated: Gated, made: list[Any]) -> None:
    gated.gate.clear()
    shown: Any = widgets.PostsOverTime(gated, *JUNE, now=NOW)
    made.append(shown)
    for every in ("week", "month", "quarter", "year"):
        shown.every.value = every
    assert "Loading" in shown._status.value
    assert not shown.figure
    gated.gate.set()
    shown.wait()
    assert gated.most_at_once == 1
    assert threading.main_thread() not in gated.threads
    # What there is to choose from takes two; of what was asked for only the last was counted.
    assert gated.queries == 3
    assert len(shown.frame) == 1
    assert "Loading" not in shown._status.value


def test_an_answer_that_comes_too_late_is_never_shown(gated: Gated, made: list[Any]) -> None:
    shown: Any = widgets.PostsOverTime(gated, *JUNE, now=NOW).wait()
    made.append(shown)
    seen: list[int] = []
    shown._charts[0].observe(lambda _: seen.append(len(shown.frame)), names="outputs")
    gated.gate.clear()
    shown.every.value = "week"
    shown.every.value = "month"
    gated.gate.set()
    shown.wait()
    assert seen == [1]


@pytest.mark.parametrize("failure", [LOST, RuntimeError(ATTACK)])
def test_a_failure_is_said_and_can_be_tried_again(
    gated: Gated, failure: Exception, made: list[Any]
) -> None:
    shown: Any = widgets.PostsOverTime(gated, *JUNE, now=NOW).wait()
    made.append(shown)
    gated.failure = failure
    shown.every.value = "week"
    shown.wait()
    assert issubclass(type(shown.error), echo.EchoError)
    assert shown._trouble.layout.display is None
    assert 'role="alert"' in shown._alert.value
    assert "from before" in shown._alert.value
    assert ATTACK not in shown._alert.value
    assert len(shown.frame) == 30
    gated.failure = None
    shown._retry.click()
    assert len(shown.wait().frame) == 5
    assert shown.error is None
    assert shown._trouble.layout.display == "none"


def test_a_database_that_cannot_be_reached_from_the_start_can_be_tried_again(
    gated: Gated, made: list[Any]
) -> None:
    gated.failure = LOST
    shown: Any = widgets.UserExplorer(gated, now=NOW).wait()
    made.append(shown)
    assert "cannot be reached" in shown._alert.value
    assert "from before" not in shown._alert.value
    assert shown._sections[0].layout.display == "none"
    gated.failure = None
    shown._retry.click()
    assert len(shown.wait().frame) > 0
    assert shown._sections[0].layout.display is None


def test_a_range_that_is_none_is_said_and_asks_nothing(gated: Gated, made: list[Any]) -> None:
    shown: Any = widgets.PostsOverTime(gated, *JUNE, now=NOW).wait()
    made.append(shown)
    before = gated.queries
    shown.scope.start.value = None
    assert "The first day is missing" in shown.wait()._alert.value
    shown.scope.start.value = date(2026, 7, 1)
    assert "The first day is after the last day" in shown.wait()._alert.value
    assert gated.queries == before
    shown.scope.start.value = date(2026, 6, 30)
    assert len(shown.wait().frame) == 1


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ({"start": "2026-07-01", "end": "2026-06-01"}, "start"),
        ({"start": "yesterday"}, "start"),
        ({"timezone": "Mars/Base"}, "timezone"),
        ({"every": "fortnight"}, "every"),
        ({"by": "weather"}, "by"),
        ({"rolling": 0}, "rolling"),
        ({"compare": "never"}, "compare"),
        ({"category_id": "5"}, "category_id"),
        ({"now": datetime(2026, 1, 1)}, "now"),  # noqa: DTZ001 - wrong on purpose
        ({"theme": "pink"}, "theme"),
    ],
)
def test_wrong_arguments_are_refused_before_anything_is_asked(
    gated: Gated, arguments: dict[str, Any], named: str
) -> None:
    before = models()
    with pytest.raises(InvalidInput) as refused:
        widgets.PostsOverTime(gated, **arguments)
    assert refused.value.argument == named
    assert gated.queries == 0
    assert models() == before


def test_an_unknown_category_is_said_and_all_are_shown_next(
    db: echo.Database[Any], made: list[Any]
) -> None:
    shown: Any = widgets.PostsOverTime(db, *JUNE, category_id=NIL, now=NOW).wait()
    made.append(shown)
    assert isinstance(shown.error, InvalidInput)
    shown._retry.click()
    assert len(shown.wait().frame) == 30


@pytest.mark.parametrize("kind", KINDS)
def test_closing_frees_models_and_threads_and_drops_what_comes_later(
    db: echo.Database[Any],
    kind: Any,  # noqa: ANN401 - a class
) -> None:
    gated = Gated(db)
    gc.collect()
    before, threads = models(), set(threading.enumerate())
    shown: Any = kind(gated, start=JUNE[0], end=JUNE[1], now=NOW).wait()
    control = shown.scope.zone
    gated.gate.clear()
    control.value = ZONE
    frame = shown.frame
    shown.close()
    shown.close()
    gated.gate.set()
    shown._worker.wait(30)
    for thread in gated.threads:
        thread.join(30)
    assert models() == before
    assert set(threading.enumerate()) <= threads
    assert shown.frame is frame
    asked = gated.queries
    control.value = "UTC"
    shown.refresh()
    assert gated.queries == asked
    assert shown._repr_mimebundle_() == {"text/plain": f"<{kind.__name__}, closed>"}


def test_a_widget_shows_itself_in_a_cell(db: echo.Database[Any], made: list[Any]) -> None:
    shown: Any = widgets.PostsOverTime(db, *JUNE, now=NOW).wait()
    made.append(shown)
    bundle = shown._repr_mimebundle_()
    assert bundle["text/plain"] == "<PostsOverTime, open>"
    view = bundle["application/vnd.jupyter.widget-view+json"]
    assert view["model_id"] == shown.view.model_id


def test_charts_can_be_written_as_json_and_offer_no_upload(
    db: echo.Database[Any], made: list[Any]
) -> None:
    shown: Any = widgets.PostsOverTime(db, *JUNE, now=NOW).wait()
    made.append(shown)
    [output] = shown._charts[0].outputs
    figure = output["data"]["application/vnd.plotly.v1+json"]
    assert figure["config"]["showSendToCloud"] is False
    assert json.dumps(figure)


def test_every_control_has_a_label(db: echo.Database[Any], made: list[Any]) -> None:
    for kind in KINDS:
        shown: Any = kind(db, start=JUNE[0], end=JUNE[1], now=NOW).wait()
        made.append(shown)

        def controls(widget: Any) -> Iterator[Any]:  # noqa: ANN401 - widgets have no types
            for child in getattr(widget, "children", ()):
                yield from controls(child)
            if isinstance(widget, ipywidgets.ValueWidget | ipywidgets.Button):
                yield widget

        labelled = [each for each in controls(shown.view) if not isinstance(each, ipywidgets.HTML)]
        assert len(labelled) >= 8
        assert all(each.description for each in labelled)


@pytest.mark.parametrize("package", ["ipywidgets", "great_tables"])
def test_without_its_libraries_the_extra_is_named(package: str) -> None:
    script = f"""
import sys
sys.modules["{package}"] = None
import echo_analytics as echo
try:
    echo.widgets
except echo.MissingExtra as error:
    print(error)
"""
    shown = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, check=True, text=True
    )
    assert shown.stdout.strip() == (
        f"{package} is not installed. Install it with: pip install 'echo-analytics[notebook]'"
    )
