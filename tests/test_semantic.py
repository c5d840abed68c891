"""Texts are compared by WordLlama's vectors, and what they mean is mixed with what they say."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import wordllama
from hypothesis import given, settings
from hypothesis import strategies as st

import echo_analytics as echo
from echo_analytics import semantic
from echo_analytics.semantic import Text, cosines, mixed

if TYPE_CHECKING:
    from collections.abc import Iterator

COLLECTION = Path(__file__).parent / "data" / "search"
TEXTS = [
    Text(row["title"], row["text"])
    for row in map(json.loads, (COLLECTION / "docs.jsonl").read_text().splitlines())
]
QUERY = "watering vegetables"


@pytest.fixture(scope="module")
def theirs() -> wordllama.WordLlamaInference:
    """WordLlama itself, with the tokenizer that its wheel brings."""
    folder = Path(wordllama.__file__).parent
    return wordllama.WordLlama.load(cache_dir=folder, disable_download=True)


@pytest.fixture
def forgotten() -> Iterator[None]:
    """No model is loaded, before and after."""
    semantic.load.cache_clear()
    yield
    semantic.load.cache_clear()


def test_cosines_are_those_of_wordllama_itself(theirs: wordllama.WordLlamaInference) -> None:
    vectors = theirs.embed(
        [QUERY, *(" ".join([t.title] * 2 + [t.content[:400]]).strip() for t in TEXTS)]
    )
    vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    assert cosines(QUERY, TEXTS) == pytest.approx((vectors[1:] @ vectors[0]).tolist(), abs=1e-5)


@settings(max_examples=50)
@given(st.lists(st.text(max_size=60), min_size=1, max_size=5))
def test_any_text_has_a_cosine_and_it_does_not_depend_on_the_others(texts: list[str]) -> None:
    candidates = [Text(text, text[::-1]) for text in texts]
    found = cosines(texts[0], candidates)
    assert all(-1.0001 <= cosine <= 1.0001 for cosine in found)
    assert found == pytest.approx([cosines(texts[0], [one])[0] for one in candidates], abs=1e-5)


def test_texts_about_the_same_come_before_texts_with_the_same_score() -> None:
    scores = mixed(QUERY, TEXTS, [1.0] * len(TEXTS))
    best = sorted(range(len(TEXTS)), key=lambda number: -scores[number])[:2]
    assert {TEXTS[number].title.split()[0] for number in best} == {"Beans", "Tomatoes"}


def test_the_mixed_score_is_two_shares_of_the_largest() -> None:
    scores = [4.0, 2.0, 0.5]
    meaning = cosines(QUERY, TEXTS[12:15])
    wanted = [0.7 * s / 4 + 0.3 * m / max(meaning) for s, m in zip(scores, meaning, strict=True)]
    assert mixed(QUERY, TEXTS[12:15], scores) == pytest.approx(wanted)


def test_without_any_meaning_the_score_alone_counts() -> None:
    assert mixed("", TEXTS[:2], [3.0, 1.5]) == pytest.approx([0.7, 0.35])
    assert cosines(QUERY, [Text("", "")]) == [0]


def test_only_the_beginning_of_a_long_content_is_looked_at() -> None:
    beginning = "Water the beans. ".ljust(400, ".")
    once, more = (Text("Beans", beginning + " engine" * times) for times in (0, 5_000))
    assert cosines(QUERY, [once]) == cosines(QUERY, [more])


@pytest.mark.usefixtures("forgotten")
def test_the_words_that_are_kept_do_not_grow_without_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(semantic, "_MOST_WORDS", 10)
    before = cosines(QUERY, TEXTS)
    kept = semantic.load()._pieces
    assert 0 < len(kept) <= 10
    assert cosines(QUERY, TEXTS) == before
    cosines("x" * 1000, TEXTS[:1])
    assert max(map(len, kept)) <= 64


@pytest.mark.usefixtures("forgotten")
@pytest.mark.parametrize("package", ["wordllama", "tokenizers", "safetensors"])
def test_without_the_extra_the_error_says_how_to_install_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if package == "wordllama":
        monkeypatch.setattr(semantic, "find_spec", lambda _name: None)
    else:
        for name in (package, f"{package}.numpy"):
            monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(echo.MissingExtra, match=r"echo-analytics\[semantic\]") as missing:
        mixed(QUERY, TEXTS, [1.0] * len(TEXTS))
    assert missing.value.extra == "semantic"


def test_it_needs_no_network_and_leaves_the_root_logger_alone() -> None:
    script = """
import json, logging, socket, sys

def refuse(*_):
    raise AssertionError("the network was asked")

socket.socket.connect = socket.getaddrinfo = refuse
from echo_analytics.semantic import Text, mixed
before = sorted(sys.modules)
assert mixed("beans", [Text("Beans", "")], [1.0]) == [1.0]
print(json.dumps([before, sorted(sys.modules), len(logging.getLogger().handlers)]))
"""
    shown = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, check=True, text=True
    )
    before, after, handlers = json.loads(shown.stdout)
    assert shown.stderr == ""
    assert handlers == 0
    assert not {"tokenizers", "safetensors", "numpy"} & {*before}
    assert "tokenizers" in after
    assert not {"torch", "wordllama", "requests", "huggingface_hub"} & {*after}
