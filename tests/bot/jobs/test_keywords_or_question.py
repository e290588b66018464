"""Which watches are for words, and which for a question."""

import pytest

from bot.jobs.keywords_or_question import watched_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Xu Zhiyong", ("Xu", "Zhiyong")),
        ("xu zhiyong", ("xu", "zhiyong")),
        ("dam Velmora", ("dam", "Velmora")),
        ("许志永", ("许志永",)),
        ("許志永 北京", ("許志永", "北京")),
        ("约翰·克里", ("约翰·克里",)),
        ("中华人民共和国", ("中华人民共和国",)),
        ("习近平、李克强", ("习近平", "李克强")),
        ("Владимир Путин", ("Владимир", "Путин")),
        ("Bank of China", ("Bank", "China")),
        ("Bao Tong", ("Bao", "Tong")),
        ("Theresa May", ("Theresa", "May")),
        ("Will Smith", ("Will", "Smith")),
        ("WHO China", ("WHO", "China")),
        ("Staudamm Velmora", ("Staudamm", "Velmora")),
        ("Banco de Chile", ("Banco", "de", "Chile")),
        ("Bashar al-Assad", ("Bashar", "al-Assad")),
        ("Kerry, Beijing", ("Kerry", "Beijing")),
        ('"what is to be done"', ("what is to be done",)),
        ("“dam of Velmora” Okafor", ("dam of Velmora", "Okafor")),
        ("Velmora 2019", ("Velmora", "2019")),
        ("flood flood", ("flood",)),
    ],
)
def test_a_name_or_a_few_words_are_watched_as_words(text: str, words: tuple[str, ...]) -> None:
    assert watched_words(text) == words


@pytest.mark.parametrize(
    "text",
    [
        "who met Kerry?",
        "who met Kerry",
        "Who Met Kerry",
        "Xu Zhiyong?",
        "许志永？",
        "许志永为什么被捕",
        "许志永的律师",
        "北京市第一中级人民法院",
        "最新消息 许志永",
        "山",
        "is Xu free",
        "Has Kerry left",
        "will Kerry leave",
        "Wer ist Xu Zhiyong",
        "wer traf Kerry",
        "кто такой Навальный",
        "qui est Kerry",
        "chi è Kerry",
        "latest on Okafor",
        "news of Velmora",
        "Velmora news",
        "the dam at Velmora",
        "dam near Velmora",
        "tell me about Xu",
        "one two three four five six",
        '"one two three four five six seven eight nine ten eleven"',
        "what's new",
        "트럼프 누구",
    ],
)
def test_a_question_is_watched_as_a_question(text: str) -> None:
    assert watched_words(text) is None
