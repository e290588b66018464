"""Phrases of time in Chinese questions: "2019年", "去年", "上个月", "2014年3月以来", "2014到2016年".

Chinese has no word like "in": a period counts unless 的 makes it an attribute, as in "1989年的抗议".
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date, timedelta

from retrieval.answer.calendar_periods import Period, back, last_begun, month_of, unit_around, year_of

DIGITS = {character: str(number) for number, character in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
NUMBERS = {"一": 1, "两": 2, "兩": 2, "几": 3, "幾": 3, "十": 10, "十一": 11, "十二": 12} | {
    character: number for number, character in enumerate("一二三四五六七八九", start=1)
}
UNITS = {"天": "day", "日": "day", "周": "week", "週": "week", "星期": "week", "礼拜": "week", "禮拜": "week"} | {
    "个月": "month",
    "個月": "month",
    "月": "month",
    "年": "year",
}
UNIT = "|".join(sorted(UNITS, key=len, reverse=True))
COUNT = r"[0-9]{1,3}|十[一二]|[一二三四五六七八九十两兩几幾]"
YEAR = r"(?:1[6-9]|20)[0-9]{2}|[一二][〇零○一二三四五六七八九]{3}"
DAY = rf"{COUNT}|[二三]十[一二三四五六七八九]?"
RANGE = r"\s?(?:到|至|和|与|與|—|–|-|~)\s?"
# The first year of two may be without 年.
DATE = (
    rf"(?P<year>{YEAR})(?:\s?年(?:\s?(?P<month>{COUNT})\s?月份?(?:\s?(?P<day>{DAY})\s?[日号號])?)?"
    rf"|(?={RANGE}(?:{YEAR})\s?年))"
)
LONG_UNIT = "(?:月|星期|周|週|礼拜|禮拜)"
SPOKEN = (
    "(?P<spoken>大前年|前年|去年(?![迈邁龄齡幼老])|今年|前天|昨天|昨日|今天|今日|"
    f"(?:上|这|這)(?:个|個)?{LONG_UNIT}|本(?:月|周|週))"
)
# "三月合唱团" and "十月革命" are names: a month in characters counts only after 在, or as 份.
MONTH = rf"(?P<lone>[0-9]{{1,2}}(?=\s?月)|(?<=在)(?:{COUNT})(?=月)|(?:{COUNT})(?=月份))\s?月份?(?![0-9]|日)"
ROLLING = rf"(?:过去|過去|最近|近)(?:的)?(?P<count>{COUNT})(?P<unit>{UNIT})(?:里|裡|内|內|来|來|间|間)?"
AGO = rf"(?P<ago>{COUNT})(?P<ago_unit>{UNIT})(?:以|之)?前"
PERIOD = re.compile(rf"{ROLLING}|{AGO}|{DATE}|{SPOKEN}|(?<![0-9年年]){MONTH}")
FROM_BEFORE = re.compile(r"(?:自从|自從|自|从|從)\s?$")
IN_BEFORE = re.compile(r"在\s?$")
FROM_AFTER = re.compile(r"(?:以来|以來|起|(?:以|之)(?:后|後)|(?:后|後)(?!来|來))")
UP_TO_AFTER = re.compile("(?:以|之)?前(?!往|任|夫|妻)")
JOINING = re.compile(RANGE)
ATTRIBUTE = re.compile("的(?!(?:新闻|新聞|消息|文章|报道|報道|报导|報導|时候|時候))")
WITHIN_AFTER = re.compile("(?:期间|期間|之间|之間|间|間|里|裡|内|內|中)(?!国|國)")


def chinese_time_phrases(question: str, today: date) -> Iterator[tuple[int, int, date | None, date | None]]:
    """Yield for each phrase where it starts and ends in the question, and its first and last day; None is no limit."""
    end = 0
    while match := PERIOD.search(question, end):
        end = match.end()
        if not (period := _period(match, today)):
            continue
        joined = JOINING.match(question, end)
        other = PERIOD.match(question, joined.end()) if joined else None
        second = _period(other, today) if other else None
        if other and second:
            period, end = Period(period.first, second.last), other.end()
        start, until_end, since, until = _limits(question, match.start(), end, period, is_range=bool(second))
        if not ATTRIBUTE.match(question, until_end):
            yield start, until_end, since, until
        end = until_end


def _limits(
    question: str, start: int, end: int, period: Period, *, is_range: bool
) -> tuple[int, int, date | None, date | None]:
    """Return the span with the words around a period, and its days by these words."""
    if before := FROM_BEFORE.search(question[:start]):
        after = FROM_AFTER.match(question, end)
        return before.start(), after.end() if after else end, period.first, period.last if is_range else None
    if before := IN_BEFORE.search(question[:start]):
        start = before.start()
    if after := FROM_AFTER.match(question, end):
        return start, after.end(), period.first, None
    if after := UP_TO_AFTER.match(question, end):
        return start, after.end(), None, period.first - timedelta(days=1)
    if after := WITHIN_AFTER.match(question, end):
        end = after.end()
    return start, end, period.first, period.last


def _period(match: re.Match[str], today: date) -> Period | None:
    with suppress(ValueError, OverflowError, KeyError):  # there is no 31 June
        if match["count"]:
            return Period(back(today, _number(match["count"]), UNITS[match["unit"]]), today)
        if match["ago"]:
            unit = UNITS[match["ago_unit"]]
            return unit_around(back(today, _number(match["ago"]), unit), unit)
        if match["spoken"]:
            return _spoken(match["spoken"], today)
        if match["lone"]:
            return last_begun(_number(match["lone"]), today)
        return _dated(match)
    return None


def _dated(match: re.Match[str]) -> Period:
    year = int("".join(DIGITS.get(character, character) for character in match["year"]))
    if not match["month"]:
        return year_of(year)
    month = _number(match["month"])
    if not match["day"]:
        return month_of(year, month)
    day = date(year, month, _number(match["day"]))
    return Period(day, day)


def _spoken(word: str, today: date) -> Period:
    years = {"大前年": 3, "前年": 2, "去年": 1, "今年": 0}
    days = {"前": 2, "昨": 1, "今": 0}
    if word in years:
        return year_of(today.year - years[word])
    if word[-1] in "天日":
        return unit_around(today - timedelta(days=days[word[0]]), "day")
    unit = "month" if word.endswith("月") else "week"
    return unit_around(back(today, 1, unit) if word[0] == "上" else today, unit)


def _number(text: str) -> int:
    """Return a number up to 99, in digits or in Chinese numerals."""
    if text.isdigit() and text.isascii():
        return int(text)
    if text in NUMBERS:
        return NUMBERS[text]
    tens, _, ones = text.partition("十")
    return 10 * NUMBERS.get(tens, 1) + NUMBERS.get(ones, 0)
