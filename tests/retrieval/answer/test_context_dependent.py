"""Questions that depend on the one before them, and questions that do not, in English and in Chinese."""

import json
from pathlib import Path

import pytest

from retrieval.answer.context_dependent import is_context_dependent

DATA = Path(__file__).parent
DIALOGUES, CHINESE_DIALOGUES = (
    json.loads((DATA / name).read_text(encoding="utf-8")) for name in ("dialogues.json", "dialogues_zh.json")
)
SEED = json.loads((DATA / "example_questions.json").read_text(encoding="utf-8"))
# Questions without a subject.
ENGLISH_DEPENDENT = [
    "Why?", "why", "When exactly?", "How long?", "And in 2015?", "And Ilham?", "What about Ilham?", "Since when?",
    "Who else?", "Which one?", "Where was that?", "Is it true?", "Is that so?", "Who is she?", "And who was that?",
    "Was it found?", "What did they do to him?", "When did Kerry meet him?", "Who arrested them?", "What then?",
    "Did this cost much?", "Who wrote about these arrests?", "Who lives there?", "HOW OLD IS HE?", "was he alone",
    "Isn’t he in prison?", "How many of them are women?", "What's his name?", "Did the same happen in Beijing?",
    "so what did she say", "What happened then?", "How many live there?", "What did the report say about him?",
]  # fmt: skip
CHINESE_DEPENDENT = """
    为什么？ 為什麼？ 后来呢？ 後來呢 誰？ 在哪里？ 在哪裡 结果如何？ 他什么时候被捕的？ 那她的律师呢？ 2015年呢？
    那2013年？ Kerry呢？ 警察为什么逮捕他？ 律师对他说了什么？ 有人见过他们吗？ 这件事是什么时候发生的？
    那篇文章說了什麼？ 这座城市有多少人口 那是谁？ 被判了几年？ 怎么死的？ 死了多少人？ 什么时候签的 还活着吗？
    这是真的吗？ 有什么证据？ 其首都在哪里？ 该公司有多少员工？ 2013年他在哪里？ 为什么说他有罪 被捕后他去了哪里？
    她現在在哪裡？ 那边发生了什么 为何？ 同样的事在上海发生过吗？
""".split()
# Questions that are complete.
ENGLISH_COMPLETE = [
    "What did Kerry say about his visit?", "How long does it take to walk from Vienna?", "Is it true that Xu fled?",
    "How many people are there in Warsaw?", "There is a dam, who built the dam?", "Who says that Xu is ill?",
    "What is new this year?", "Which city lost its banks?", "Who lost his job?", "Is it legal to chew coca?",
    "Who are those who were arrested?", "What did the mayor tell Ann before she left?", "IT companies", "", "?",
    "What did Xu do then, in 2009?", "Is it possible that Xu was innocent?", "What time does the museum open?",
    "Did Carle take his cat with him?", "And who is Xu Zhiyong?", "许志永怎么了？", "Who runs IT at Tencent?",
    "What do people in Napier do there?", "Why does Carle's friend ask him?", "WHO MET XU?", "Kerry", "the wolf",
]  # fmt: skip
CHINESE_COMPLETE = """
    许志永为什么被捕？ 許志永為什麼被捕？ 北京怎么了？ 什么是活佛 谁是许志永 许志永是谁？ 有什么新闻？ 谁被捕了？
    谁死了？ 哪里发生了地震？ 克里 其他人说了什么 他国如何看待克里认为他会赢吗 这么多人为什么抗议
    为什么没有地铁？ 警方应该怎么做 那不勒斯在哪里 这一年谁被捕 吉他多少钱 最近有什么关于台湾的新闻 因此谁获益
    日本赢了吗？ 那么谁是许志永？ 火灾是怎么发生的呢？ 泰恩河上的雾这首歌是哪一年发行的 许志永和他的律师说了什么？
    なぜ？ 왜？
""".split()


@pytest.mark.parametrize("half", ["tuned", "held"])
@pytest.mark.parametrize("name", ["dialogues", "unrelated"])
@pytest.mark.parametrize("dialogues", [DIALOGUES, CHINESE_DIALOGUES], ids=["en", "zh"])
def test_each_half_has_enough_dialogues(dialogues: dict[str, list[dict[str, str]]], name: str, half: str) -> None:
    assert sum(dialogue["half"] == half for dialogue in dialogues[name]) >= 20


@pytest.mark.parametrize(
    "dialogue",
    DIALOGUES["dialogues"] + DIALOGUES["seed"] + CHINESE_DIALOGUES["dialogues"],
    ids=lambda dialogue: dialogue["then"],
)
def test_the_second_question_of_a_dialogue_depends_on_the_first(dialogue: dict[str, str]) -> None:
    assert is_context_dependent(dialogue["then"])
    assert not is_context_dependent(dialogue["first"])


@pytest.mark.parametrize(
    "pair", DIALOGUES["unrelated"] + CHINESE_DIALOGUES["unrelated"], ids=lambda dialogue: dialogue["then"]
)
def test_unrelated_questions_do_not_depend_on_the_one_before(pair: dict[str, str]) -> None:
    assert not is_context_dependent(pair["then"])


@pytest.mark.parametrize("question", [question for question, *_ in SEED["answerable"]] + SEED["unanswerable"])
def test_no_question_on_the_seed_article_is_context_dependent(question: str) -> None:
    assert not is_context_dependent(question)


@pytest.mark.parametrize("question", ENGLISH_DEPENDENT + CHINESE_DEPENDENT)
def test_questions_without_a_subject_are_context_dependent(question: str) -> None:
    assert is_context_dependent(question)


@pytest.mark.parametrize("question", ENGLISH_COMPLETE + CHINESE_COMPLETE)
def test_complete_questions_are_not_context_dependent(question: str) -> None:
    assert not is_context_dependent(question)
