from __future__ import annotations

import re
from collections import Counter, defaultdict

import pytest

from echo_analytics.demo import DemoData, demo_data

SENTENCE_END = re.compile(r"[.?!](?= |$)")


@pytest.fixture(scope="module")
def data() -> DemoData:
    return demo_data(12_000)


@pytest.fixture(scope="module")
def titles(data: DemoData) -> list[str]:
    return list(data.posts["title"].to_pylist())


@pytest.fixture(scope="module")
def bodies(data: DemoData) -> list[str]:
    return list(data.posts["content"].to_pylist())


@pytest.fixture(scope="module")
def texts(titles: list[str], bodies: list[str]) -> list[str]:
    return [f"{title}. {body}" for title, body in zip(titles, bodies, strict=True)]


def test_bodies_have_two_to_six_sentences_and_forty_to_ninety_words(bodies: list[str]) -> None:
    assert all(2 <= len(SENTENCE_END.findall(body)) <= 6 for body in bodies)
    assert all(40 <= len(body.split()) <= 90 for body in bodies)


def test_titles_fit_on_a_line_and_start_with_a_capital_or_a_number(titles: list[str]) -> None:
    assert max(map(len, titles)) <= 140
    assert all(title[0].isupper() or title[0].isdigit() for title in titles)


def test_every_sentence_starts_with_a_capital_and_the_last_one_ends(bodies: list[str]) -> None:
    for body in bodies:
        assert body[0].isupper()
        assert body[-1] in ".?"
        assert not re.search(r"[.?!] [a-z]", body)


def test_no_slot_is_left_open_and_no_blank_is_doubled(texts: list[str]) -> None:
    assert not [text for text in texts if re.search(r"[{}]|  | [,.?:]|\.\.|\n", text)]


def test_no_word_is_doubled(texts: list[str]) -> None:
    assert not [text for text in texts if re.search(r"\b(\w+) \1\b", text, re.IGNORECASE)]


def test_articles_agree_with_the_sound_that_follows(texts: list[str]) -> None:
    article = re.compile(r"\b(an?) (\w+)", re.IGNORECASE)
    pairs = {
        (found[0].lower(), found[1].lower()) for text in texts for found in article.findall(text)
    }
    like_consonants = {"unique", "unix", "usability", "user"}
    for written, word in pairs:
        vowel = (word[0] in "aeiou" and word not in like_consonants) or word == "hour"
        assert written == ("an" if vowel else "a"), word


@pytest.mark.parametrize(
    "word", ["migration", "database", "postgres", "index", "backup", "latency", "dashboard"]
)
def test_words_that_people_search_for_are_common(texts: list[str], word: str) -> None:
    found = sum(bool(re.search(rf"\b{word}", text, re.IGNORECASE)) for text in texts)
    assert 0.005 * len(texts) < found < 0.2 * len(texts)


def test_some_words_are_rare(texts: list[str]) -> None:
    counts = Counter(word for text in texts for word in set(re.findall(r"[^\W\d_]+", text.lower())))
    assert sum(count < 20 for count in counts.values()) > 100


def test_few_titles_have_an_emoji(titles: list[str]) -> None:
    assert 20 < sum(ord(title[-1]) > 0x1F000 for title in titles) < 0.02 * len(titles)


def test_categories_follow_from_what_a_post_is_about(data: DemoData, texts: list[str]) -> None:
    slugs = dict(
        zip(data.categories["id"].to_pylist(), data.categories["slug"].to_pylist(), strict=True)
    )
    found = Counter(
        slugs.get(category)
        for category, text in zip(data.posts["category_id"].to_pylist(), texts, strict=True)
        if re.search(r"\b(vacuum|foreign key|query plan)\b", text, re.IGNORECASE)
    )
    assert found["tech"] > 0.7 * found.total()
    assert found[None] > 0
    assert found["everyday"] == 0


def test_authors_keep_to_a_few_topics(data: DemoData) -> None:
    categories: dict[str, Counter[str]] = defaultdict(Counter)
    for author, category in zip(
        data.posts["author_id"].to_pylist(), data.posts["category_id"].to_pylist(), strict=True
    ):
        if category is not None:
            categories[author][category] += 1
    busy = [counts for counts in categories.values() if counts.total() >= 20]
    assert len(busy) > 100
    # Three of their own, and General.
    shares = [sum(count for _, count in each.most_common(4)) / each.total() for each in busy]
    assert sum(shares) / len(shares) > 0.9
