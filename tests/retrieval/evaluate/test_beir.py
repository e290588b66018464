import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from corpus.article import Span
from retrieval.errors import OutputUnwritable, QuestionSetBroken, QuestionSetMissing
from retrieval.evaluate.beir import Gold, read, write
from tests.retrieval.evaluate.question_sets import QUESTIONS, TOWN, write_rows, write_set


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_set(tmp_path / "town")


def test_a_folder_is_read(folder: Path) -> None:
    questions = read(folder)
    assert questions.name == "town"
    assert {id_: (article.title, article.text) for id_, article in questions.articles.items()} == TOWN
    assert questions.questions == QUESTIONS
    assert questions.relevant == {"q1": {"bridge": 1}, "q2": {"dog": 1}, "q3": {"tax": 1}}
    assert questions.answers == {"q1": (Gold("bridge", (Span(21, 38),)),), "q2": (Gold("dog", (Span(46, 50),)),)}
    assert questions.empty == []


def test_the_language_of_each_document_is_detected(folder: Path) -> None:
    chinese = {"_id": "zh", "title": "", "text": "市长昨天在维也纳宣布新大桥开通。"}
    write_rows(folder / "corpus.jsonl", [*_documents(folder), chinese])
    articles = read(folder).articles
    assert articles["zh"].card.language == "zh"
    assert {articles[id_].card.language for id_ in TOWN} <= {None, "en"}


@pytest.mark.parametrize(
    "text", ["  two spaces, a line\u2028separator, a next\x85line", "tab\tand\r\nreturn", "日本 🙂", "a\x00b"]
)
def test_texts_are_read_unchanged_so_that_offsets_stay_valid(folder: Path, text: str) -> None:
    row = json.dumps({"_id": "odd é", "title": None, "text": text, "metadata": {}}, ensure_ascii=False)
    (folder / "corpus.jsonl").write_bytes(
        b"\xef\xbb\xbf" + row.encode() + b"\r\n\n" + (folder / "corpus.jsonl").read_bytes().rstrip()
    )
    articles = read(folder).articles
    assert list(articles) == ["odd é", *TOWN]
    assert (articles["odd é"].title, articles["odd é"].text) == ("", text)


def test_documents_without_text_are_listed(folder: Path) -> None:
    write_rows(folder / "corpus.jsonl", [*_documents(folder), {"_id": "void", "title": "Only a title", "text": " \n"}])
    assert read(folder).empty == ["void"]


def _documents(folder: Path) -> list[object]:
    return [json.loads(line) for line in (folder / "corpus.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("header", ["query-id\tcorpus-id\tscore\n", ""])
def test_qrels_may_have_a_header_and_documents_graded_0_are_not_relevant(folder: Path, header: str) -> None:
    (folder / "qrels" / "test.tsv").write_text(
        f"{header}q1\tbridge\t2\nq1\tdog\t0\nq2\tdog\t0\nq3\ttax\t-1\nq1\ttax\t1"
    )
    assert read(folder).relevant == {"q1": {"bridge": 2, "tax": 1}}


def test_qrels_and_marked_answers_may_be_empty(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n")
    (folder / "answers.jsonl").unlink()
    questions = read(folder)
    assert (questions.relevant, questions.answers) == ({}, {})


def test_the_digest_depends_on_the_documents_alone(folder: Path, tmp_path: Path) -> None:
    other = write_set(tmp_path / "elsewhere", questions={"q1": "Who?"}, grades={"q1": {"dog": 1}}, answers=None)
    changed = write_set(tmp_path / "changed", documents=TOWN | {"dog": ("Dog lost", "A dog barked in Graz.")})
    assert read(folder).digest == read(other).digest != read(changed).digest


BROKEN = [
    ("corpus.jsonl", '{"_id": "a", "text": "b"', "corpus.jsonl line 1: "),
    ("corpus.jsonl", '{"_id": "a", "text": "b"}\n[1]', "corpus.jsonl line 2: Expected `object`, got `array`"),
    ("corpus.jsonl", '\n{"_id": "a"}', "corpus.jsonl line 2: Object missing required field `text`"),
    ("corpus.jsonl", '{"_id": 1, "text": "b"}', r"corpus.jsonl line 1: Expected `str`, got `int` - at `\$._id`"),
    ("corpus.jsonl", '{"_id": "", "text": "b"}', "corpus.jsonl line 1: '' cannot be an _id"),
    ("corpus.jsonl", '{"_id": "a\\nb", "text": "b"}', "corpus.jsonl line 1: .* control character"),
    ("corpus.jsonl", '{"_id": "a", "text": "\\ud800"}', "corpus.jsonl line 1: "),
    ("corpus.jsonl", '{"_id": "a", "text": ""}\n{"_id": "a", "text": ""}', "line 2: a second document .*line 1"),
    ("corpus.jsonl", b'{"_id": "a", "text": "\xff"}', "corpus.jsonl line 1: not UTF-8"),
    ("corpus.jsonl", "", "corpus.jsonl is empty"),
    ("queries.jsonl", "\n", "queries.jsonl is empty"),
    ("queries.jsonl", '{"_id": "q", "text": "b"}\n' * 2, "queries.jsonl line 2: a second question with the _id 'q'"),
    ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq1\tnone\t1", "test.tsv line 2: 'none' is not in corpus.jsonl"),
    ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq0\tdog\t1", "test.tsv line 2: 'q0' is not in queries.jsonl"),
    ("qrels/test.tsv", "q1\tdog\t1\nq2\tdog\tyes", "test.tsv line 2: the score 'yes' is not a whole number"),
    ("qrels/test.tsv", "q1 0 dog 1", "test.tsv line 1: 1 columns, not 3"),
    ("qrels/test.tsv", "q1\t0\tdog\t1", "test.tsv line 1: 4 columns, not 3"),
    ("qrels/test.tsv", "q1\tdog\t1\nq1\tdog\t2", "test.tsv line 2: a second score for 'q1' and 'dog'"),
    ("qrels/test.tsv", b"q1\td\xff\t1", "test.tsv line 1: not UTF-8"),
    ("answers.jsonl", '{"_id": "q0", "doc": "dog", "spans": []}', "answers.jsonl line 1: 'q0' is not in queries.jsonl"),
    ("answers.jsonl", '{"_id": "q1", "doc": "cat", "spans": []}', "answers.jsonl line 1: 'cat' is not in corpus.jsonl"),
    ("answers.jsonl", '{"_id": "q1", "doc": "dog", "spans": [[0, 999]]}', r"the span \[0, 999\] .* 51 characters"),
    ("answers.jsonl", '{"_id": "q1", "doc": "dog", "spans": [[3, 3]]}', r"line 1: the span \[3, 3\] is not in"),
    ("answers.jsonl", '{"_id": "q1", "doc": "dog", "spans": [[3]]}', "answers.jsonl line 1: "),
]  # fmt: skip


@pytest.mark.parametrize(("file", "content", "message"), BROKEN)
def test_errors_name_file_and_line(folder: Path, file: str, content: str | bytes, message: str) -> None:
    (folder / file).write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(QuestionSetBroken, match=message) as caught:
        read(folder)
    assert "\n" not in str(caught.value)
    assert str(folder / file) in str(caught.value)


@pytest.mark.parametrize("file", ["corpus.jsonl", "queries.jsonl", "qrels/test.tsv"])
def test_a_missing_file_is_named(folder: Path, file: str) -> None:
    (folder / file).unlink()
    with pytest.raises(QuestionSetMissing, match=f"{file} cannot be read .No such file"):
        read(folder)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(QuestionSetMissing, match="There is no folder .*nowhere"):
        read(tmp_path / "nowhere")


ODD = {"a-1": ("", "Line\none\u2028two\r\nthree\x00"), "b": ('Quote "\\" 日本 🙂', "\ttext ")}
QUERIES = {"q1": "Who?\nWhere?", "q2": "何？"}


def test_a_written_set_is_read_unchanged(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "set"
    for _ in range(2):
        documents = ((id_, title, text) for id_, (title, text) in ODD.items())
        write(folder, documents, QUERIES, [("q1", "b", 2), ("q1", "a-1", 1), ("q2", "a-1", 0)])
        questions = read(folder)
        assert questions.name == "set"
        assert {id_: (article.title, article.text) for id_, article in questions.articles.items()} == ODD
        assert questions.questions == QUERIES
        assert questions.relevant == {"q1": {"b": 2, "a-1": 1}}
        assert [path.name for path in folder.parent.iterdir()] == ["set"]
        # The second time, into an empty folder that already exists.
        folder = tmp_path / "empty" / "set"
        folder.mkdir(parents=True, exist_ok=True)


def test_a_folder_with_files_stays_unchanged(tmp_path: Path, folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(OutputUnwritable, match="town holds other files. Name an empty or a new folder."):
        write(folder, [("a", "b", "c")], {"q": "who?"}, [])
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputUnwritable, match="file cannot be written .Not a directory"):
        write(tmp_path / "file", [], {}, [])
    assert (tmp_path / "file").read_text() == "mine"


def test_a_failed_write_leaves_nothing(tmp_path: Path) -> None:
    def documents() -> Iterator[tuple[str, str, str]]:
        yield "a", "b", "c"
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputUnwritable, match="set cannot be written .No space left on device"):
        write(tmp_path / "set", documents(), {}, [])
    assert list(tmp_path.iterdir()) == []
