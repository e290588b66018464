"""A name is found in the scripts that the archive writes it in, and nobody is taken for somebody else."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.article import Article, Card
from retrieval.archive.local.archive import LocalArchive
from retrieval.cli.main import main
from retrieval.text.romanize import ALPHABETS, characters, romanized, sound_alike, spellings
from retrieval.timeline.build_timeline import timeline_of
from retrieval.timeline.other_scripts import in_other_scripts
from tests.fakes import FakeEncoder, archive_at, take_in

ENGLISH = (
    "Police arrested legal scholar Xu Zhiyong in Beijing. Xu was freed on Friday. Alexei Navalny’s lawyers came. Then "
    "they met Aleksei Navalny there, and Alexei Navalny left. Lyudmila Ivanova was at home. Alexis Tsipras resigned. "
    "They met President Xi Jinping’s friends."
)
CHINESE = "法律学者许志永被捕。许志永获释。李娜说，天气很好。李纳说，下雨了。"
RUSSIAN = "Суд арестовал Алексея Навального. Потом Алексей Навальный вернулся. Это был Сергей Иванов."
UKRAINIAN = "Учора Володимир Зеленський прибув до Києва."
GREEK = "Ο πρωθυπουργός Αλέξης Τσίπρας παραιτήθηκε."
TEXTS = {"en": ENGLISH, "zh": CHINESE, "ru": RUSSIAN, "uk": UKRAINIAN, "el": GREEK}
Has = Callable[..., LocalArchive]


@pytest.fixture
def has(tmp_path: Path) -> Has:
    """Return a function that makes an archive of articles in some languages."""

    def has(*languages: str) -> LocalArchive:
        archive = archive_at(tmp_path / "archive", FakeEncoder())
        for number, language in enumerate(languages):
            card = Card(language, f"Headline {number}", published=date(2020, 1, 1 + number), language=language)
            take_in(archive, FakeEncoder(), Article(card, TEXTS[language]))
        return archive

    return has


@pytest.mark.parametrize(
    ("name", "language", "found"),
    [
        ("许志永", "en", "Xu Zhiyong"),
        ("許志永", "en", "Xu Zhiyong"),
        ("习近平", "en", "Xi Jinping"),
        ("北京", "en", "Beijing"),
        ("Алексей Навальный", "en", "Alexei Navalny Aleksei Navalny"),
        ("Навальный", "en", "Navalny"),
        ("Αλέξης Τσίπρας", "en", "Alexis Tsipras"),
        ("Xu Zhiyong", "zh", "许志永"),
        ("Xu Zhi-yong", "zh", "许志永"),
        ("xu zhiyong", "zh", "许志永"),
        ("Alexei Navalny", "ru", "Алексей Навальный"),
        ("Aleksey Navalny", "ru", "Алексей Навальный"),
        ("Volodymyr Zelensky", "uk", "Володимир Зеленський"),
        ("Alexis Tsipras", "el", "Αλέξης Τσίπρας"),
        # Other people.
        ("许志勇军", "en", ""),
        ("许志杨", "en", ""),
        ("Xu Zhiyang", "zh", ""),
        ("Людмила Иванов", "en", ""),
        ("Sergei Ivanova", "ru", ""),
        ("Oleg Navalny", "ru", ""),
        ("约翰·克里", "en", ""),
        ("Ngozi Okafor", "zh", ""),
    ],
)
def test_what_a_name_is_in_another_script(has: Has, name: str, language: str, found: str) -> None:
    assert " ".join(in_other_scripts(name, has(language)).names) == found


def test_names_that_sound_alike_are_suggested_and_none_of_them_is_chosen(has: Has) -> None:
    timeline = timeline_of("Li Na", has("zh"))
    assert timeline.events == ()
    assert set(timeline.suggested) == {"李娜", "李纳"}


@pytest.mark.parametrize(
    ("name", "language", "sentences"),
    [
        ("许志永", "en", ["Police arrested legal scholar Xu Zhiyong in Beijing.", "Xu was freed on Friday."]),
        ("Xu Zhiyong", "zh", ["法律学者许志永被捕。", "许志永获释。"]),
        ("Alexei Navalny", "ru", ["Суд арестовал Алексея Навального.", "Потом Алексей Навальный вернулся."]),
    ],
)
def test_the_timeline_is_that_of_the_name_in_the_other_script(
    has: Has, name: str, language: str, sentences: list[str]
) -> None:
    timeline = timeline_of(name, has(language))
    assert [event.text for event in timeline.events] == sentences
    assert timeline.subject == in_other_scripts(name, has(language)).names[0]
    assert timeline.other_scripts == ()


def test_sentences_of_all_scripts_are_in_one_timeline(has: Has) -> None:
    archive = has("en", "ru", "zh")
    by_latin, by_chinese = timeline_of("Xu Zhiyong", archive), timeline_of("许志永", archive)
    assert {event.passage.article.id for event in by_latin.events} == {"en", "zh"}
    assert by_latin.events == by_chinese.events
    assert by_latin.articles == 2
    assert (by_latin.subject, by_latin.other_scripts) == ("Xu Zhiyong", ("许志永",))
    assert (by_chinese.subject, by_chinese.other_scripts) == ("许志永", ("Xu Zhiyong",))


def test_the_command_says_what_was_searched_for(
    has: Has, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLIPPINGS_ARCHIVE", str(has("en", "zh").folder))
    assert main(["timeline", "Xu Zhiyong"]) == 0
    assert capsys.readouterr().out.startswith("Searched for: Xu Zhiyong, 许志永\n")
    assert main(["timeline", "Xu Zhiyong", "--json"]) == 0
    assert '"other_scripts": ["许志永"]' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        ("Навальный", "Navalny", True),
        ("Зеленський", "Zelenskyy", True),
        ("Дмитрий", "Dmitry", True),
        ("Ельцин", "Yeltsin", True),
        ("Хрущёв", "Khrushchev", True),
        ("Ковалёва", "Kovalyova", True),
        ("Μητσοτάκης", "Mitsotakis", True),
        ("Иванова", "Ivanov", False),
        ("Навальная", "Navalny", False),
        ("Макаров", "Makanov", False),
        ("Фёдоров", "Sidorov", False),
        ("许", "Xi", False),
        ("?", "!", False),
    ],
)
def test_which_words_sound_alike(one: str, other: str, alike: bool) -> None:
    assert sound_alike(one, other) is sound_alike(other, one) is alike


@given(st.text("абвгдзиклмнопрстуфэ", min_size=2, max_size=7))
def test_every_spelling_sounds_as_the_word(word: str) -> None:
    found = spellings(romanized(word), ALPHABETS[0])
    assert all(sound_alike(romanized(word), spelled) for spelled in found)
    assert found


def test_characters_of_a_syllable_are_all_common_ones_with_that_sound() -> None:
    assert {"志", "之"} <= set(characters("zhi"))
    assert all(romanized(character) == "zhi" for character in characters("zhi"))
    assert characters("okafor") == ""


def test_most_well_known_names_are_found_as_the_press_writes_them(tmp_path: Path) -> None:
    """docs/ranking.md has the figures."""
    names = json.loads(Path(__file__).with_name("romanized_names.json").read_text(encoding="utf-8"))
    latin, other = (archive_at(tmp_path / script, FakeEncoder()) for script in ("latin", "other"))
    pairs = names["alphabets"] + names["chinese"]
    in_latin = [f"We saw {latin_name} there." for _, latin_name in pairs]
    in_other = [
        *(f"Там {name} был." for name, _ in names["alphabets"]),
        *(f"{name}说。" for name, _ in names["chinese"]),
    ]
    for archive, texts in ((latin, in_latin), (other, in_other)):
        articles = (Article(Card(f"id{number}", "Headline"), text) for number, text in enumerate(texts))
        take_in(archive, FakeEncoder(), *articles)
    found = {
        kind: (
            sum(one in in_other_scripts(written, latin).names for written, one in pairs),
            sum(written in in_other_scripts(one, other).names for written, one in pairs),
        )
        for kind, pairs in names.items()
    }
    least = {"alphabets": (54, 53), "chinese": (36, 33)}
    assert all(count >= least[kind][way] for kind, counts in found.items() for way, count in enumerate(counts))
