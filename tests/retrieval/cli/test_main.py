import io
import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

import retrieval.cli.main
from corpus.article import Article, Card
from retrieval.answer.answerer import Answerer
from retrieval.answer.confidence_file import Fit, ModelFit, Signals
from retrieval.cli.main import main
from tests.fakes import FakeEncoder, archive_at, take_in

ROOT = Path(__file__).parents[3]
SENTENCE = "sentenced legal scholar Xu Zhiyong to four years in prison"
XU = "what happened to Xu Zhiyong?"
Capture = pytest.CaptureFixture[str]


@pytest.fixture
def seed(seed_archive: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands use the seed archive."""
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(seed_archive))


def error_of(capsys: Capture, *arguments: str) -> str:
    """Run a command that must fail; return its error, which must be one line."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    return captured.err


@pytest.mark.usefixtures("seed")
def test_ask_prints_the_sentence_headline_date_source_and_the_passage_with_the_sentence_marked(capsys: Capture) -> None:
    assert main(["ask", XU, "-k", "1"]) == 0
    out, err = capsys.readouterr()
    lines = out.splitlines()
    assert lines[1:4] == [
        "",
        "Chinese Bloggers Ask Kerry to Help Bring Down Internet Firewall",
        "17 February 2014 · Site Default · Sangwon Yoon",
    ]
    marked = out.split("**")[1]
    assert lines[0] == f"1. {marked}"
    assert SENTENCE in marked
    assert marked.endswith("public order.")
    assert "\n" not in marked
    assert err == ""


@pytest.mark.usefixtures("seed")
def test_json_is_one_object_with_correct_offsets(capsys: Capture, seed_article: object) -> None:
    assert main(["ask", "--json", XU]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert list(answer) == ["question", "answered", "confidence", "hits"]
    assert (answer["question"], answer["answered"]) == (XU, True)
    assert answer["confidence"] == answer["hits"][0]["confidence"]
    assert [hit["rank"] for hit in answer["hits"]] == list(range(1, len(answer["hits"]) + 1))
    text = seed_article.text  # type: ignore[attr-defined]
    for hit in answer["hits"]:
        assert list(hit) == ["rank", "score", "confidence", "answers", "passage", "highlight", "article"]
        assert hit["answers"] is True
        assert 0.5 <= hit["confidence"] <= 1
        passage, highlight = hit["passage"], hit["highlight"]
        assert list(passage) == ["id", "text", "start", "end"]
        assert text[passage["start"] : passage["end"]] == passage["text"]
        assert passage["text"][highlight["start"] : highlight["end"]] == highlight["text"]
        assert hit["article"] == {
            "id": passage["id"].split("-")[0],
            "title": "Chinese Bloggers Ask Kerry to Help Bring Down Internet Firewall",
            "url": None,
            "source": "Site Default",
            "author": "Sangwon Yoon",
            "published": "2014-02-17",
            "language": "en",
        }
    assert SENTENCE in answer["hits"][0]["highlight"]["text"]


@pytest.mark.usefixtures("seed")
def test_explain_shows_what_spoke_for_each_passage(capsys: Capture) -> None:
    assert main(["ask", "--explain", "--json", XU]) == 0
    answer = json.loads(capsys.readouterr().out)
    considered = answer["considered"]
    assert [each["passage"] for each in considered][: len(answer["hits"])] == [
        hit["passage"]["id"] for hit in answer["hits"]
    ]
    assert considered[0]["sentence"] == answer["hits"][0]["highlight"]["text"]
    assert considered[0]["confidence"] == answer["hits"][0]["confidence"]
    assert [each["score"] for each in considered] == sorted((each["score"] for each in considered), reverse=True)
    assert main(["ask", "--explain", XU]) == 0
    table = capsys.readouterr().out.partition(
        "Considered, best first; what has a confidence below 0.50 was passed over"
    )[2]
    for name in ("confidence", "score", "maxsim", "cosine", "bm25", "idf coverage", "coverage"):
        assert name in table
    lines = table.splitlines()
    for number, each in enumerate(considered, start=1):
        # A passage that was not read has no "reader", and its other values stay in their columns.
        cells = next(line for line in lines if line.strip().startswith(f"{number}.")).split()
        names = ("confidence", "score", "maxsim", "cosine", "bm25", "idf_coverage", "reader", "coverage")
        assert cells[1:] == [f"{each[name]:.2f}" if name in each else "–" for name in names]
        assert each["sentence"].split()[0] in table
        assert f"{each['confidence']:.2f}" in table
    assert main(["ask", "--explain", XU, "--until", "2014-02-16"]) == 1
    assert "No passage that was searched has a word of the question" in capsys.readouterr().out


@pytest.mark.usefixtures("seed")
def test_filters_are_given_as_options_or_in_the_question(capsys: Capture) -> None:
    options = ["--since", "2014-02", "--until", "2014", "--source", "site", "--author", "sangwon yoon", "--newest"]
    inline = f'{XU} since:2014-02 until:2014 source:site author:"sangwon yoon" sort:new'
    answers = []
    for arguments in (["ask", "--json", XU, *options], ["ask", "--json", inline]):
        assert main(arguments) == 0
        answers.append(json.loads(capsys.readouterr().out))
    assert list(answers[0]) == ["question", "searched", "answered", "confidence", "hits"]
    assert answers[0]["searched"] == {
        "text": XU,
        "since": "2014-02-01",
        "until": "2014-12-31",
        "source": "site",
        "author": "sangwon yoon",
        "newest": True,
    }
    assert answers[1] == answers[0] | {"question": inline}
    assert SENTENCE in answers[0]["hits"][0]["highlight"]["text"]
    assert main(["ask", XU, "-k", "1", "--until", "2014-02-17"]) == 0
    assert capsys.readouterr().out.startswith(f"Searched for: {XU} · until 2014-02-17\n\n1. The Communist Party")


@pytest.mark.usefixtures("seed")
def test_filters_that_no_article_passes_give_no_answer(capsys: Capture) -> None:
    for options in (["--until", "2014-02-16"], ["--since", "2014-02-18"]):
        assert main(["ask", XU, *options]) == 1
        _, _, answer = capsys.readouterr().out.partition("\n\n")
        assert answer == "Nothing in this archive answers that.\n"


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([XU, "--since", "2014-13"], "since “2014-13”: there is no such date."),
        ([XU, "--until", "yesterday"], "until “yesterday”: there is no such date."),
        ([XU, "--since", "2015", "--until", "2014"], "No day is both since 2015-01-01 and until 2014-12-31."),
        ([f"{XU} until:2013", "--since", "2014"], "No day is both since 2014-01-01 and until 2013-12-31."),
        ([XU, "--source", ""], "source “”: there is no name in that."),
        ([XU, "--author", "Sangwoon\nYoon"], "has the author “Sangwoon Yoon”. The nearest: “Sangwon Yoon”."),
        (["articles by Nobody"], "has the author “Nobody”. The nearest: “Sangwon Yoon”."),
        ([f"{XU} source:Reuters"], "has the source “Reuters”. The nearest: “Site Default”."),
        ([f"{XU} sort:best"], "There is no order “best”."),
        (["what happened since:soon to Xu Zhiyong?"], "since “soon”: there is no such date. Write a year, a month or"),
        ([f"{XU} before:2014"], "There is no filter before: here. Write until:2014-02"),
        (["since:2014"], "only where to search"),
    ],
)
def test_invalid_filters_exit_2_with_one_line(capsys: Capture, arguments: list[str], error: str) -> None:
    assert error in error_of(capsys, "ask", *arguments)


@pytest.mark.usefixtures("seed")
def test_a_question_without_quotation_marks_is_one_question(capsys: Capture) -> None:
    assert main(["ask", "who", "met", "Kerry?"]) == 0
    spread = capsys.readouterr().out
    assert main(["ask", "who met Kerry?"]) == 0
    assert capsys.readouterr().out == spread


@pytest.mark.usefixtures("seed")
def test_a_question_in_a_language_that_the_model_does_not_read_says_so(capsys: Capture) -> None:
    assert main(["ask", "谁是法国总统？"]) == 1
    out = capsys.readouterr().out
    assert out.startswith("The question is in Chinese, which the model does not read.")
    assert 'model = "multilingual"' in out
    assert "Nothing in this archive" not in out
    assert main(["ask", "--json", "谁是法国总统？"]) == 1
    assert json.loads(capsys.readouterr().out)["unread_language"] == "zh"


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("question", ["What is the capital of France?", "asdf qwer zxcv"])
def test_a_question_without_an_answer_exits_1(capsys: Capture, question: str) -> None:
    assert main(["ask", question]) == 1
    out = capsys.readouterr().out
    assert out.startswith("Nothing in this archive answers that.\nClosest, but not an answer:\n  Chinese Bloggers")
    assert "*" not in out
    assert main(["ask", "--json", question]) == 1
    answer = json.loads(capsys.readouterr().out)
    assert answer["answered"] is False
    assert answer["confidence"] == answer["hits"][0]["confidence"] < 0.5
    for hit in answer["hits"]:
        assert list(hit) == ["rank", "score", "confidence", "answers", "passage", "highlight", "article"]
        assert (hit["answers"], hit["highlight"]) == (False, None)


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize("question", ["", "  ", "?!", "4", "a?", "10:30", "🙂", "\"'*()", "x" * 100_000])
def test_an_invalid_question_exits_2_with_one_line(capsys: Capture, question: str) -> None:
    assert "Ask " in error_of(capsys, "ask", "--", question)


def test_no_archive_yet_names_the_command_that_makes_one(capsys: Capture) -> None:
    for command in (["ask", XU], ["status"], ["chat"]):
        assert error_of(capsys, *command) == (
            "No archive at data. Build one with: python -m retrieval index corpus/articles\n"
        )


def test_a_folder_that_is_no_archive_is_an_error(capsys: Capture, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("mine")
    for command in (["ask", XU], ["status"], ["index"]):
        assert "data is not an archive: it holds no archive.db" in error_of(capsys, *command)
    assert [file.name for file in (tmp_path / "data").iterdir()] == ["notes.txt"]


def test_a_place_that_cannot_be_written_exits_2(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", "/proc/clippings")
    assert "Cannot make an archive at /proc/clippings" in error_of(capsys, "index")


def test_index_reports_what_changed_and_the_second_time_changes_nothing(capsys: Capture, tmp_path: Path) -> None:
    for expected in (["1 read", "1 added", "6 passages embedded"], ["1 read", "1 unchanged"]):
        assert main(["index"]) == 0
        out, err = capsys.readouterr()
        assert [line.strip() for line in out.splitlines()[1:]] == expected
        assert err == ""
    assert main(["status"]) == 0
    status = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert (status["articles"], status["passages"]) == ("1", "6")
    assert status["dates"] == "17 February 2014 to 17 February 2014"
    assert status["model"].startswith("bundled (")
    assert (tmp_path / "data" / "archive.db").is_file()


def test_unreadable_files_are_named_and_counted_and_the_others_are_indexed(capsys: Capture, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    folder.mkdir()
    (folder / "good.txt").write_text("A Bridge\n\nThe mayor of Linz opened a bridge on Monday.", encoding="utf-8")
    (folder / "empty.txt").write_bytes(b"")
    (folder / "binary.txt").write_bytes(b"\x00\x01\x02")
    (folder / "title.txt").write_text("Only a title")
    (folder / "date.txt").write_text("A Date\n\nOn 31/02/2014 by Paper\n\nThe river rose in spring.")
    (folder / "long.txt").write_bytes(b"The words of an article. " * 2_000_000)
    assert main(["index", str(folder)]) == 0
    out, err = capsys.readouterr()
    assert [line.strip() for line in out.splitlines()[1:4]] == ["2 read", "2 added", "4 skipped"]
    for name, reason in {
        "empty": "an empty file",
        "binary": "not a text file",
        "title": "no text",
        "long": "10 MB",
    }.items():
        assert any(f"{name}.txt" in line and reason in line for line in err.splitlines())
    assert "date.txt: '31/02/2014' is no date" in err
    assert main(["ask", "Who opened a bridge?", "-k", "1"]) == 0
    # The passage is no more than the sentence: it is printed once.
    assert capsys.readouterr().out == "1. The mayor of Linz opened a bridge on Monday.\n\nA Bridge\n\n"


@pytest.mark.parametrize("content", [None, b"", b"\x00\x01"])
def test_a_folder_without_an_article_exits_2_and_makes_no_archive(
    capsys: Capture, tmp_path: Path, content: bytes | None
) -> None:
    (tmp_path / "articles").mkdir()
    if content is not None:
        (tmp_path / "articles" / "a.txt").write_bytes(content)
    assert "There is no article in articles" in error_of(capsys, "index", "articles")
    assert not (tmp_path / "data").exists()


def test_a_missing_path_exits_2(capsys: Capture) -> None:
    assert "There is nothing at nowhere" in error_of(capsys, "index", "nowhere")


def test_a_wrong_setting_exits_2(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLIPPINGS_HITS", "many")
    assert "CLIPPINGS_HITS='many' does not fit" in error_of(capsys, "status")


@pytest.mark.usefixtures("seed")
def test_a_variable_that_is_no_setting_is_warned_of_and_ignored(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("config.settings._warned_of", set())
    monkeypatch.setenv("CLIPPINGS_PORT", "tcp://10.0.0.11:8080")
    for expected in ("Environment: not settings, and ignored: CLIPPINGS_PORT.\n", ""):
        assert main(["status"]) == 0
        out, err = capsys.readouterr()
        assert out.startswith("archive ")
        assert err == expected


@pytest.mark.parametrize("arguments", [[], ["ask"], ["ask", "a", "-k", "0"], ["ask", "a", "-k", "many"], ["aks", "a"]])
def test_wrong_arguments_exit_2_with_one_line(capsys: Capture, arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(arguments)
    assert caught.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.usefixtures("seed")
def test_a_chat_answers_line_by_line_until_the_input_ends(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        sys, "stdin", io.StringIO("who met Kerry?\n\n?!\nWhat is the capital of France?\nwho? since:x\n")
    )
    assert main(["chat"]) == 0
    out = capsys.readouterr().out
    first, *rest = out.split("? ")[1:]
    assert "40-minute meeting" in out
    assert "Ask in words" in out
    assert "Nothing in this archive answers that." in out
    assert "since “x”: there is no such date." in out
    assert first
    assert rest


@pytest.mark.usefixtures("seed")
def test_a_chat_begins_with_a_question_that_the_archive_answers(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["chat"]) == 0
    _, _, example = capsys.readouterr().out.splitlines()[0].partition("For example: ")
    assert main(["ask", example]) == 0


def test_a_chat_over_chinese_articles_begins_with_a_chinese_question(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fake: FakeEncoder
) -> None:
    archive = archive_at(tmp_path / "archive", fake)
    sure = ModelFit("fake", fake.fingerprint, Fit(9, Signals(0, 0, 0, 0, 0)), None)
    monkeypatch.setattr("retrieval.from_settings.open_answerer", lambda _: Answerer(archive, fake, fit=sure))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["chat"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Ask a question. Ctrl-D ends."
    take_in(archive, fake, Article(Card("1", "判决", language="zh"), "北京一家法院判处法律学者许志永四年有期徒刑。"))
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    assert main(["chat"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "Ask a question. Ctrl-D ends. For example: 许志永怎么了？"


@pytest.mark.usefixtures("seed")
def test_a_chat_completes_a_follow_up_question(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = "what happened to Xu Zhiyong?\n?!\nwhen was he detained?\nWho is Charles Xue?\n"
    monkeypatch.setattr(sys, "stdin", io.StringIO(lines))
    assert main(["chat"]) == 0
    out = capsys.readouterr().out
    assert "Searched for: when was Xu Zhiyong detained?" in out
    assert out.count("Searched for:") == 1


@pytest.mark.usefixtures("seed")
@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_wrapped_lines_and_colour_unless_no_color(variables: dict[str, str], coloured: bool) -> None:
    environment = os.environ | variables | {"TERM": "xterm-256color", "COLUMNS": "60"}
    parent, child = pty.openpty()
    ask = [sys.executable, "-m", "retrieval", "ask", XU, "-k", "1"]
    with subprocess.Popen(ask, cwd=ROOT, env=environment, stdout=child, stdin=subprocess.DEVNULL) as process:
        os.close(child)
        output = b""
        while True:
            try:
                part = os.read(parent, 65536)
            except OSError:  # on Linux, the other end is closed
                break
            output += part
    os.close(parent)
    text = output.decode()
    assert process.returncode == 0
    assert ("\x1b[" in text) is coloured
    assert ("**" in text) is not coloured
    assert max(map(len, text.splitlines())) <= 60 or coloured
    assert SENTENCE not in text
    assert "sentenced" in text


@pytest.mark.usefixtures("seed")
def test_output_into_a_closed_pipe_is_no_error() -> None:
    command = f"{sys.executable} -m retrieval status | true"
    process = subprocess.run(["bash", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert process.stderr == ""


def test_help_and_status_load_no_model(seed_archive: Path) -> None:
    script = (
        "import sys; from retrieval.cli.main import main\n"
        "assert main(['status']) == 0\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'torch', 'transformers', 'sentence_transformers', 'telegram'} & set(sys.modules)))"
    )
    environment = os.environ | {"CLIPPINGS_ARCHIVE": str(seed_archive)}
    process = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert process.stdout.splitlines()[-1] == "[]"


def test_every_command_is_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = next(action for action in retrieval.cli.main.parser()._actions if action.choices).choices
    assert commands is not None
    assert [name for name in commands if f"python -m retrieval {name}" not in readme] == []


@pytest.mark.parametrize("command", [["ask", "Who met Kerry?"], ["status"]])
def test_output_to_a_full_disk_is_an_error_of_one_line(command: list[str], seed_archive: Path) -> None:
    environment = os.environ | {"CLIPPINGS_ARCHIVE": str(seed_archive), "PYTHONPATH": str(ROOT)}
    with Path("/dev/full").open("w") as full:
        process = subprocess.run(
            [sys.executable, "-m", "retrieval", *command],
            env=environment, stdout=full, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert process.returncode != 0
    assert "Traceback" not in process.stderr
