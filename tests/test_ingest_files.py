"""Files of posts: formats, their rows and their numbers, and what is refused."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet
import pytest

from echo_analytics.errors import InvalidInput
from echo_analytics.ingest import text_files
from echo_analytics.ingest.files import open_posts_file
from echo_analytics.ingest.rows import examine

if TYPE_CHECKING:
    from pathlib import Path

HEADER = "author_email,author_name,title,content,created_at\n"
ROW = "a@example.org,A,Title,Text,2026-01-02\n"


def post(**cells: object) -> dict[str, object]:
    return {
        "author_email": "a@example.org",
        "author_name": "A",
        "title": "Title",
        "content": "Text",
        "created_at": "2026-01-02",
        **cells,
    }


def written(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def titles(path: Path) -> list[tuple[int, str]]:
    found = []
    for raw in open_posts_file(path).read():
        good = examine(raw).good
        found += list(zip(good["row"].to_pylist(), good["title"].to_pylist(), strict=True))
    return found


def problems(path: Path) -> list[tuple[int, str, str]]:
    return [
        (problem.row, problem.column, problem.problem)
        for raw in open_posts_file(path).read()
        for problem in examine(raw).problems
    ]


def refusal(path: Path) -> str:
    with pytest.raises(InvalidInput) as caught:
        for _ in open_posts_file(path).read():
            pass
    assert caught.value.argument == str(path)
    return caught.value.problem


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_files, "_BLOCK", 256)


def test_csv_cells_keep_quotes_commas_and_lines(tmp_path: Path) -> None:
    text = HEADER + 'a@b,A,"He said ""no"", twice","line 1\nline 2\r\n",2026-01-02\n'
    raw = next(open_posts_file(written(tmp_path / "p.csv", text)).read())
    good = examine(raw).good
    assert good["title"].to_pylist() == ['He said "no", twice']
    assert good["content"].to_pylist() == ["line 1\nline 2\r\n"]


def test_an_empty_cell_of_csv_is_an_empty_text_quoted_or_not(tmp_path: Path) -> None:
    text = HEADER + 'a@b,A,T,,2026-01-02\na@b,A,T,"",2026-01-03\n'
    raw = next(open_posts_file(written(tmp_path / "p.csv", text)).read())
    assert examine(raw).good["content"].to_pylist() == ["", ""]


@pytest.mark.usefixtures("small_blocks")
def test_csv_rows_are_counted_without_header_and_empty_lines_across_blocks(tmp_path: Path) -> None:
    text, expected, torn = HEADER, [], []
    for number in range(1, 101):
        if number % 7 == 0:
            text += "only,three,cells\n\n"
            torn.append((number, "", "has 3 cells, the header has 5"))
        else:
            text += f'a@b,A,T{number},"x\n\ny",2026-01-02\n'
            expected.append((number, f"T{number}"))
    path = written(tmp_path / "p.csv", text)
    assert titles(path) == expected
    assert problems(path) == torn


def test_a_byte_order_mark_is_no_part_of_the_first_name(tmp_path: Path) -> None:
    line = json.dumps(post()) + "\n"
    for name, text in (("p.csv", HEADER + ROW), ("p.jsonl", line), ("q.jsonl", line + "\n")):
        path = written(tmp_path / name, b"\xef\xbb\xbf" + text.encode())
        assert titles(path) == [(1, "Title")]


def test_texts_may_be_compressed(tmp_path: Path) -> None:
    for name, text in (("p.csv.gz", HEADER + ROW), ("p.JSONL.gz", json.dumps(post()))):
        path = written(tmp_path / name, gzip.compress(text.encode()))
        assert titles(path) == [(1, "Title")]


def test_csv_that_is_not_utf8_is_bad_by_cell(tmp_path: Path) -> None:
    text = (HEADER + ROW).encode() + "a@b,J\xf6rg,T,C,2026-01-02\n".encode("latin-1")
    path = written(tmp_path / "p.csv", text)
    assert problems(path) == [(2, "author_name", "is not valid Unicode")]


def test_a_quote_that_is_never_closed_is_refused(tmp_path: Path) -> None:
    text = HEADER + ROW + 'a@b,A,T,2026-01-02,"open\n' + ROW
    assert "a quote is never closed" in refusal(written(tmp_path / "p.csv", text))


def test_a_single_quote_inside_a_cell_is_a_character(tmp_path: Path) -> None:
    text = HEADER + 'a@b,A,A 5" disk,C,2026-01-02\n' + ROW
    assert titles(written(tmp_path / "p.csv", text)) == [(1, 'A 5" disk'), (2, "Title")]


@pytest.mark.usefixtures("small_blocks")
def test_a_csv_row_larger_than_a_block_is_refused_without_quoting_it(tmp_path: Path) -> None:
    text = HEADER + ROW + f"secret@b,A,T,{'secret' * 200},2026-01-02\n"
    problem = refusal(written(tmp_path / "p.csv", text))
    assert "larger than" in problem
    assert "secret" not in problem


@pytest.mark.usefixtures("small_blocks")
def test_lines_of_json_are_counted_with_the_empty_ones(tmp_path: Path) -> None:
    lines, expected = [], []
    for number in range(1, 61):
        empty = number % 10 == 0
        lines.append("" if empty else json.dumps(post(title=f"T{number}")))
        expected += [] if empty else [(number, f"T{number}")]
    assert titles(written(tmp_path / "p.jsonl", "\n".join(lines))) == expected


def test_bad_lines_of_json_are_reported_and_the_others_read(tmp_path: Path) -> None:
    lines = [
        json.dumps(post(title="first", extra={"deep": [1]})),
        "{torn",
        "[1, 2]",
        json.dumps(post(title=5)),
        '{"author_email": "a@b"}',
        json.dumps(post(title="lone \ud800")),
        json.dumps(post(external_id=7, extra="text")),
        json.dumps(post(content=None)),
    ]
    path = written(tmp_path / "p.ndjson", "\r\n".join(lines) + "\r\n")
    assert titles(path) == [(1, "first"), (7, "Title")]
    assert problems(path) == [
        (2, "", "is not a JSON object"),
        (3, "", "is not a JSON object"),
        (4, "title", "is not a text"),
        (5, "author_name", "is missing"),
        (5, "title", "is missing"),
        (5, "content", "is missing"),
        (5, "created_at", "is missing"),
        (6, "title", "is not valid Unicode"),
        (8, "content", "is missing"),
    ]


def test_sound_and_unsound_blocks_of_json_give_the_same_rows(tmp_path: Path) -> None:
    line = json.dumps(post(title='"q" \\ \n 😀 \u2028', category=None), ensure_ascii=False)
    sound = written(tmp_path / "a.jsonl", f"{line}\n")
    unsound = written(tmp_path / "b.jsonl", f"{line}\n{{\n")
    first, second = (examine(next(open_posts_file(path).read())).good for path in (sound, unsound))
    assert first.to_pylist() == second.to_pylist()


@pytest.mark.parametrize(
    "kind",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.binary(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ],
    ids=str,
)
def test_parquet_texts_may_have_any_type_of_text(tmp_path: Path, kind: pa.DataType) -> None:
    table = pa.table({name: pa.array([cell]).cast(kind) for name, cell in post().items()})
    pyarrow.parquet.write_table(table, tmp_path / "p.parquet")
    assert titles(tmp_path / "p.parquet") == [(1, "Title")]


def test_parquet_rows_are_counted_across_groups_and_batches(tmp_path: Path) -> None:
    count = 20_000
    columns: dict[str, Any] = {name: [cell] * count for name, cell in post().items()}  # Any: cells
    columns["title"] = [f"T{number}" for number in range(1, count + 1)]
    pyarrow.parquet.write_table(pa.table(columns), tmp_path / "p.parquet", row_group_size=3_000)
    assert open_posts_file(tmp_path / "p.parquet").rows == count
    assert titles(tmp_path / "p.parquet") == [(n, f"T{n}") for n in range(1, count + 1)]


@pytest.mark.parametrize(
    ("name", "cell", "problem"),
    [
        ("title", 5, "title holds int64, and needs text"),
        ("created_at", 5, "created_at holds int64, and needs timestamps, dates or ISO 8601 text"),
        ("external_id", 0.5, "external_id holds double, and needs text or whole numbers"),
    ],
)
def test_parquet_columns_of_a_wrong_type_are_refused(
    tmp_path: Path, name: str, cell: object, problem: str
) -> None:
    table = pa.table({column: [value] for column, value in post(**{name: cell}).items()})
    pyarrow.parquet.write_table(table, tmp_path / "p.parquet")
    assert refusal(tmp_path / "p.parquet") == problem


def test_columns_that_mean_nothing_are_named(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "views," + HEADER.strip() + ",likes\n")
    assert open_posts_file(path).ignored == ("views", "likes")


@pytest.mark.parametrize("suffix", ["csv", "jsonl", "parquet"])
def test_missing_columns_are_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"p.{suffix}"
    if suffix == "parquet":
        pyarrow.parquet.write_table(pa.table({"title": ["secret"], "content": [""]}), path)
    else:
        written(
            path, "title,content\n" if suffix == "csv" else '{"title": "secret", "content": ""}'
        )
    assert refusal(path) == "lacks author_email, author_name, created_at among its columns"


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    path = written(tmp_path / "p.csv", "title," + HEADER)
    assert refusal(path) == "has title more than once"


def test_a_file_without_rows_is_fine(tmp_path: Path) -> None:
    assert titles(written(tmp_path / "p.csv", HEADER)) == []
    assert titles(written(tmp_path / "p.jsonl", "")) == []


@pytest.mark.parametrize("name", ["posts.txt", "posts", "posts.parquet.gz", "csv", ".csv.zip"])
def test_other_names_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(written(tmp_path / name, HEADER)).startswith("needs a name that ends in")


def test_missing_files_and_folders_are_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "p.csv") == "there is no such file"
    (tmp_path / "folder.csv").mkdir()
    assert refusal(tmp_path / "folder.csv") == "is not a file"


@pytest.mark.parametrize("name", ["p.parquet", "p.csv.gz", "p.jsonl.gz"])
@pytest.mark.parametrize("content", [b"", b"secret rubbish", b"PAR1rubbishPAR1"])
def test_damaged_files_are_refused_by_format(tmp_path: Path, name: str, content: bytes) -> None:
    if name == "p.jsonl.gz" and not content:
        return
    problem = refusal(written(tmp_path / name, content))
    assert problem.startswith("cannot be read as")
    assert "secret" not in problem


def test_a_cut_off_file_is_refused_when_its_end_is_reached(tmp_path: Path) -> None:
    whole = gzip.compress((HEADER + ROW * 1_000).encode())
    path = written(tmp_path / "p.csv.gz", whole[: len(whole) - 20])
    assert refusal(path).startswith("cannot be read as CSV")
