"""Recognize a Chinese question that depends on the one before it: "为什么？", "他什么时候被捕的？", "那她的律师呢？".

The rules use only the characters and their order, in simplified and in traditional writing. Chinese leaves out what is
understood, so a short question without a subject depends on the one before it, too: "什么时候签的？". In doubt, a
question counts as complete, as in English.
"""

import re
from collections.abc import Iterator
from itertools import chain

HAN = r"[\u3400-\u4dbf\u4e00-\u9fff]"
OTHER_SCRIPT = re.compile("[\u3041-\u30fa\uac00-\ud7a3]")  # of Japanese and Korean, which write Han, too
# The traditional characters of the words below, each with its simplified form.
SIMPLIFIED = str.maketrans(
    "們後來為麼誰時嗎裡裏這幾還沒說會個歲錢過對將與給讓從關發樣點種條邊兒請問場隻間層號應認實餘證據聲"
    "稱結構處該並幫長遠聽見於兩審當現連總確體經終難況響義變區別無開東",
    "们后来为么谁时吗里里这几还没说会个岁钱过对将与给让从关发样点种条边儿请问场只间层号应认实余证据声"
    "称结构处该并帮长远听见于两审当现连总确体经终难况响义变区别无开东",
)
WHEN = "什么时候|何时|哪一?年|哪一?天|哪个月|几点|几号|多久"
WHY_HOW = "为什么|为何|为啥|因为什么|怎么样|怎么|怎样|如何"
WHERE = "什么地方|哪里|哪儿|何处|何地"
WHO = "什么人|哪些人|何人|哪位|谁"
ASKING = re.compile(
    rf"{WHEN}|{WHY_HOW}|{WHERE}|{WHO}|什么|甚么|啥|哪些|哪|多少|多大|多长|多远|多高|多快|多重|几"
    r"|是否|有没有|(.)不\1|可不可以|吗"
)
# Words that may open a question and name nothing.
OPENING = re.compile(
    r"(?:那么|那(?=[^么里儿边些样个位种件次场座条项本部篇家所只段份起天年月时是])|然后|而且|而|但是|可是|所以|还有|以及|好的?|嗯|哦|请问|，)+"
)
# Words that name nothing. A question of these alone lacks its subject.
NAMELESS = re.compile(
    ASKING.pattern
    + "|后来|然后|之后|以后|此后|之前|以前|此前|从前|当时|那时候?|到时候?|时候|现在|目前|如今|最后|最初|一开始|"
    "一共|总共|大概|大约|到底|究竟|具体|确切|真的?|已经|曾经|仍然?|一直|比较|非常|还|又|再|也|都|就|才|已|曾|很|太|更|最|"
    "你知道|知道|告诉我|可以|应该|可能|一定|其实|难道|没有|不|没|能|会|要|想|有|是|在|从|到|自|由|被|把|给|对|向|跟|和|与|因|"
    "为|于|以|用|叫|做|去|来|说|的|了|着|过|得|呢|吧|啊|呀|之|事情|回事|事|情况|发生|原因|理由|影响|结果|后果|证据|反应|意义|"
    "这|那|意思|好处|变化|区别|特点|作用|名字|时间|地方|年纪|第?[一二三两]|个|人|位|名|次|年|月|日|号|天|岁|点|钱|块|元|小时|分钟|"
    "公里|米|座|种|条|家|所|件|项|只|本|部|篇|场|段|层|遍|倍|世纪|周|星期|左右|[0-9０-９.,]+"
)
# "2019年发生了什么" asks for what happened at all.
OF_PERIOD = re.compile(
    r"在?(?:[0-9０-９]{4}年(?:的?[0-9０-９]{1,2}月(?:份|[0-9０-９]{1,2}[日号])?)?|去年|今年|前年|上个?月|这个?月|上周|这周|昨天|今天|最近)"
    r"(?:都|还)?(?:发生|出)了?(?:些)?什么(?:事情?|新闻|大事)?(?:呢|吗)?"
)
WORD = re.compile(rf"{HAN}|[^\W\d_]+")
# "被捕后他…", "获奖时她…": a clause too short to name anybody.
SHORT_CLAUSE = re.compile(rf"^{HAN}{{1,3}}(?:之?后|之?前|的?时候?)，?$")
PRONOUN = re.compile(r"(?<![其吉排利维无])[他她它牠](?!国|日|乡|方|州|人(?![在呢]))们?")
# Words in front of a pronoun that make it an object; "认为", "因为" and "以为" are none.
BEFORE_OBJECT = re.compile(
    r"(?:把|对|给|跟|和|与|向|被|让|替|找|(?<![认因以作成])为|告诉|询?问|会?见|帮助?|杀害?|逮捕|抓|支持|批评|释放|(?<=.)[了过])$"
)
OPENS_CLAUSE = re.compile("说|表示|认为|以为|声称|相信|承认|因为")
THIS = re.compile(
    r"这(?!么|(?:一|两|三|几|些|个|十|\d)*个?(?:年|月|天|周|星期|日|季|世纪|学期|学年|届|时|夏|冬|春|秋|早|晚|辈子))"
)
THAT = re.compile("那(?:[一两三几]?[个位些种件次场座条项本部篇家所只段份起样边年天月时]|人|事)")
THERE = re.compile("[这那][里儿]")
SAME = re.compile("同样|同一")
# "其首都", "该城市", "此案": written Chinese.
WRITTEN = re.compile(
    r"^其(?![他它实余次])|(?<!应)该(?=国|市|州|省|县|城市|公司|组织|地区|党|机构|法|案|部门|书|片|剧|队|校)|此(?=[人案地举])"
)
# A predicate without a subject: "什么时候签的", "由谁主持", "被判了几年", "花了多少钱", "还活着吗".
ASKS_FIRST = re.compile(
    rf"^(?:当时|后来|最后|到底|究竟)?(?:{WHEN}|{WHY_HOW}|[在从到去](?:{WHERE})|(?:{WHERE})(?=.*的$)|在?(?:{WHEN})|[由是被跟和给](?:{WHO}))"
)
PERFECTIVE = re.compile("的$|了|过|被|由")
PREDICATE_FIRST = re.compile(rf"^(?:被|还|已经|一共|总共|到底|究竟)*(?!{WHO}|哪|什么){HAN}{{1,2}}[了过着]")
MAX_PREDICATE = 2  # characters


def simplified(text: str) -> str:
    """Return a text with the characters of these rules in simplified form; its length stays."""
    return text.translate(SIMPLIFIED)


def is_chinese(question: str) -> bool:
    """Return whether a question is asked in Chinese, whatever the letters of the names in it."""
    if OTHER_SCRIPT.search(question) or not re.search(HAN, question):
        return False
    asks = re.search("[呢他她它这]", simplified(question)) or ASKING.search(simplified(question))
    return asks is not None or re.search(r"\b[a-z]{2,}\b", question) is None


def is_context_dependent_chinese(question: str) -> bool:
    """Return whether a Chinese question can be understood only after the one before it."""
    whole = simplified(re.sub(r"\s+", "", question)).strip("？?！!。.…~")
    if OF_PERIOD.fullmatch(whole):
        return False
    opening = OPENING.match(whole)
    text = whole[opening.end() :] if opening else whole
    if text.endswith("呢") and not ASKING.search(text):
        return True
    named = _named(text)
    if not named:
        return bool(opening) or ASKING.search(text) is not None
    return _lacks_subject(text, named) or any(_refers_back(text))


def _named(text: str) -> str:
    """Return the characters of a text that may name something."""
    return "".join(WORD.findall(NAMELESS.sub(" ", text)))


def _lacks_subject(text: str, named: str) -> bool:
    """Return whether a question is a short predicate only."""
    if len(named) > MAX_PREDICATE or not ASKING.search(text):
        return False
    return (ASKS_FIRST.match(text) and PERFECTIVE.search(text)) is not None or PREDICATE_FIRST.match(text) is not None


def _refers_back(text: str) -> Iterator[bool]:
    """Yield, for each word that may refer to something, whether the question itself does not name it."""
    for pronoun in PRONOUN.finditer(text):
        before, after = text[: pronoun.start()], text[pronoun.end() :]
        if _is_object(before, after):
            yield not OPENS_CLAUSE.search(before)
        else:
            yield not _named(SHORT_CLAUSE.sub("", before))
    for there in THERE.finditer(text):
        yield not _named(text[: there.start()])
    for this in chain(THIS.finditer(text), THAT.finditer(text)):
        yield not THERE.match(text, this.start()) and not _in_apposition(text[: this.start()])
    for written in WRITTEN.finditer(text):
        yield not _named(text[: written.start()])
    same = SAME.search(text)
    yield same is not None and re.search("[和跟与像]", text[: same.start()]) is None


def _in_apposition(before: str) -> bool:
    """Return whether the words in front of "这个" name what it stands for: "栉水母类这个名称"."""
    named = _named(before)
    if before.endswith("的"):
        return bool(named)
    return len(named) > MAX_PREDICATE and re.search("[在对把从向给跟和与到了过着]$", before) is None


def _is_object(before: str, after: str) -> bool:
    """Return whether a pronoun between these is an object: then it does not stand for the subject of its clause."""
    if after.startswith(("的", "自己", "们的")):
        return False
    return BEFORE_OBJECT.search(before) is not None or (
        bool(_named(before)) and re.match(r"(?:吗|呢|吧|了吗|，|$)", after) is not None
    )
