"""The language of a text is detected."""

import subprocess
import sys
from pathlib import Path

import pytest

from corpus.text.language import (
    detect_language,
    in_different_languages,
    language_of_question,
    language_of_script,
)

ROOT = Path(__file__).parents[3]
ENGLISH = (
    "The mayor opened the new bridge over the river on Monday, and hundreds of people walked across it with flags "
    "before the traffic was let on."
)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", ENGLISH),
        ("de", "Der Bürgermeister hat am Montag die neue Brücke über den Fluss eröffnet, und Hunderte gingen darüber."),
        ("es", "El alcalde inauguró el lunes el nuevo puente sobre el río, y cientos de personas lo cruzaron a pie."),
        (
            "fr",
            "Le maire a inauguré lundi le nouveau pont sur la rivière, et des centaines de personnes l'ont traversé.",
        ),
        ("pt", "O prefeito inaugurou na segunda-feira a nova ponte sobre o rio, e centenas de pessoas a atravessaram."),
        (
            "da",
            "Borgmesteren åbnede den nye bro over floden i mandags, og hundredvis af mennesker gik over den for at se "
            "på udsigten. To af dem ventede i timevis for at være de første, mens andre kom for musikken.",
        ),
        (
            "nl",
            "De burgemeester opende maandag de nieuwe brug over de rivier, en honderden mensen liepen eroverheen met "
            "vlaggen of met kinderen aan de hand, voordat het verkeer werd toegelaten tot de brug of de weg ernaartoe.",
        ),
        ("ru", "Мэр открыл в понедельник новый мост через реку, и сотни людей прошли по нему пешком."),
        ("ar", "افتتح رئيس البلدية الجسر الجديد فوق النهر يوم الاثنين، وعبره المئات من الناس سيرا على الأقدام."),
        ("zh", "市长星期一为新大桥剪彩，数百名市民步行过桥，随后大桥才向车辆开放。"),
        ("zh", "市長星期一為新大橋剪綵，數百名市民步行過橋，隨後大橋才向車輛開放。"),
        ("ja", "市長は月曜日に新しい橋の開通式を行い、数百人の市民が歩いて渡った。"),
        ("ko", "시장은 월요일에 새 다리를 개통했고 수백 명의 시민이 걸어서 다리를 건넜다."),
        ("th", "นายกเทศมนตรีเปิดสะพานใหม่ข้ามแม่น้ำเมื่อวันจันทร์"),
    ],
)
def test_the_language_of_a_text_is_detected(language: str, text: str) -> None:
    assert detect_language(text) == language


def test_chinese_with_names_in_latin_letters_is_chinese() -> None:
    assert detect_language("克里（John Kerry）星期六在北京会见博主王克勤（Wang Keqin），谈到了互联网自由。") == "zh"


def test_english_with_a_name_in_chinese_is_english() -> None:
    assert detect_language(f"Xu Zhiyong (许志永) and Wang Keqin (王克勤) were there. {ENGLISH}") == "en"


def test_chinese_that_names_a_japanese_word_is_chinese() -> None:
    assert (
        detect_language("他在东京开了一家叫サクラ的小饭馆，每天晚上都有许多客人排队等候，老板说生意越来越好。") == "zh"
    )


@pytest.mark.parametrize("text", ["", "Hi", "12345 67890 %&!", "克里访华", "…………", "\N{GRINNING FACE}" * 50])
def test_a_text_that_is_too_short_has_none(text: str) -> None:
    assert detect_language(text) is None


def test_english_and_languages_with_their_own_script_need_no_model() -> None:
    program = (
        "import sys; from corpus.text.language import detect_language, language_of_question; "
        f"print(detect_language({ENGLISH!r}), detect_language('市长星期一为新大桥剪彩。'), 'py3langid' in sys.modules)"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert process.stdout.split() == ["en", "zh", "False"]


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("谁见了克里？", "zh"),
        ("克里?", "zh"),
        ("誰がケリーに会いましたか", "ja"),
        ("케리를 만난 사람은?", "ko"),
        ("Кто встретился с Керри?", "ru"),
        ("من التقى كيري؟", "ar"),
        ("Ποιος συνάντησε τον Κέρι;", "el"),
        ("מי פגש את קרי?", "he"),
        ("किसने केरी से मुलाकात की?", "hi"),
        ("¿Quién se reunió con el secretario de Estado en Pekín el lunes?", "es"),
        ("Wer hat den Außenminister am Montag in Peking getroffen?", "de"),
        ("¿Quién es Kerry?", "es"),
        ("Wer traf Kerry?", "de"),
        ("Qui est Kerry ?", "fr"),
        ("Chi ha incontrato Kerry?", "it"),
        ("Cine s-a întâlnit cu Kerry?", "ro"),
        ("Kerry ile kim görüştü?", "tr"),
        ("Ai đã gặp Kerry?", "vi"),
        ("Kto spotkał Kerry'ego?", "pl"),
        ("Хто зустрів Керрі?", "uk"),
        ("Кой се срещна с Кери?", "bg"),
        ("Кто такой Керри?", "ru"),
        ("چه کسی با کری ملاقات کرد؟", "fa"),
        ("კერი ვინ ნახა?", "ka"),
        ("ကယ်ရီကို ဘယ်သူတွေ့ခဲ့လဲ", "my"),
        ("కెర్రీని ఎవరు కలిశారు?", "te"),
        ("Who met Kerry?", "en"),
    ],
)
def test_a_questions_language_is_known(question: str, language: str) -> None:
    assert language_of_question(question) == language


@pytest.mark.parametrize("question", ["Путин", "Привет", "погода Москва", "курс доллара", "Београд", "и", "א"])
def test_words_of_many_languages_have_the_language_of_none(question: str) -> None:
    assert language_of_question(question) is None
    assert language_of_script(question) == ("he" if question == "א" else "ru")


@pytest.mark.parametrize("text", ["Kerry", "", "1989", "Путин, Kerry, Wang Keqin"])
def test_latin_letters_have_no_language_of_their_script(text: str) -> None:
    assert language_of_script(text) is None


@pytest.mark.parametrize(
    "pasted",
    [
        "do_start () { do_stop; do_status; return 0; }",
        "margin-top: 1em; margin-bottom: 1em;",
        "function add(a, b) { return a + b; }",
        "a, a:link, a:visited { color: #74240f; }",
        'if ! command -v strace >/dev/null && command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then',
        "var last = length - 1; for (var index = 0; index < n; index++) {",
        "01:12:29 em=3 do /srv/em/do port=8080 da:4 pid=441",
        "A name, a colon and a space",
    ],
)
def test_programs_and_logs_are_in_no_language(pasted: str) -> None:
    assert language_of_question(pasted) is None


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("¿Cuánto pagará (en €) Orrick (la empresa) por las 3 casas de https://example.org/casas?", "es"),
        ("Que s'est-il passé en 2019 ; et après ? #élections", "fr"),
        ("Was hat die Firma A&B am 3.5.2021 um 10:30 über das A/B-Verfahren gesagt?", "de"),
    ],
)
def test_a_question_with_signs_is_in_its_language(question: str, language: str) -> None:
    assert language_of_question(question) == language


@pytest.mark.parametrize(
    "question",
    [
        "Who met Kerry?",
        "What happened to Xu Zhiyong (许志永)?",
        "Who is Nnamdi Okafor?",
        "Lindqvist Ekman Fenwick",
        "Los Angeles fire",
        "Kim Jong-un, Ban Ki-moon, Wen Jiabao",
        "Ho Chi Minh",
        "AI and Samsung Co",
        "Café?",
        "1989",
        "",
        "Did Okafor call Nguyễn Văn Đài a “dissident”?",
    ],
)
def test_an_english_or_unclear_question_has_no_other_language(question: str) -> None:
    assert language_of_question(question) in {None, "en"}


def test_the_words_of_questions_need_no_model() -> None:
    questions = ["¿Quién vino?", "Wer traf Kerry?", "Who met Kerry?", "Кто пришёл?", "Kim ne zaman geldi?"]
    program = (
        "import sys; from corpus.text.language import language_of_question; "
        f"print(*map(language_of_question, {questions!r}), 'py3langid' in sys.modules)"
    )
    process = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert process.stdout.split() == ["es", "de", "en", "ru", "tr", "False"]


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("en", "zh", True),
        ("da", "nb", True),
        ("en", "en", False),
        ("no", "nb", False),
        ("nn", "no", False),
        ("nb", "nn", False),
        (None, "en", False),
        ("en", None, False),
        (None, None, False),
    ],
)
def test_languages_differ_if_both_are_known_and_not_norwegian_in_another_form(
    first: str | None, second: str | None, expected: bool
) -> None:
    assert in_different_languages(first, second) is expected
