"""Test data: eight short articles in Chinese and one in English, with answerable and unanswerable questions."""

from corpus.article import Article, Card
from corpus.text.language import detect_language

TEXTS = {
    "石桥镇新大桥通车": (
        "石桥镇横跨青河的新大桥星期一通车。镇长林晓梅为大桥剪彩，随后数百名居民步行过桥。\n\n"
        "工程用了三年时间，耗资四千万元。旧桥建于一九五二年，将改为步行道。老人陈大福说：“我等这一天等了十年！”"
    ),
    "南湾渔民抗议禁渔令": (
        "南湾的渔民昨天把六十条船开到港口，抗议新的禁渔令。渔民协会会长高海生说，禁令会让两百个家庭失去收入。\n\n"
        "渔业局答复说，近十年鱼群减少了一半，休渔期必须延长到九月。双方同意下周再谈。"
    ),
    "图书馆找回失踪的古地图": (
        "云州图书馆星期五宣布，失踪二十年的清代古地图已经找回。地图是在一家旧书店的阁楼里被发现的。\n\n"
        "馆长周敏表示，修复工作预计需要半年。之后，地图将在一楼大厅展出，免费参观。"
    ),
    "少年发明家设计太阳能水泵": (
        "十六岁的学生马小龙设计了一台太阳能水泵，每小时可以抽水两千升。他的老师说，整台机器只花了三百元。\n\n"
        "村里的菜农已经试用了一个夏天。马小龙希望把图纸公开，让任何人都能照着做。"
    ),
    "医院开设夜间门诊": (
        "从下个月起，东城医院将开设夜间门诊，时间为晚上六点到十点。院长何丽华说，白天上班的病人常常没有时间看病。\n\n"
        "夜间门诊先设内科和儿科，挂号费不变。"
    ),
    "天文台观测到罕见彗星": (
        "雪山天文台的观测员上周拍到一颗罕见的彗星，它每四百年才接近太阳一次。研究员方远说，月底以前用肉眼就能看见。\n\n"
        "最好的观看时间是日落之后一小时，朝西边的天空看。"
    ),
    "球队换帅后首次获胜": (
        "铁鹰队昨晚以二比一击败海狮队，这是更换教练后的第一场胜利。新教练史密斯（Robert Smith）上任只有九天。\n\n"
        "前锋郑凯在最后三分钟打进制胜球。他赛后说：“我们终于睡得着觉了。”"
    ),
    "法院判决茶叶商赔偿": (
        "法院昨天判决茶叶商吴国强赔偿消费者八十万元，因为他把普通绿茶当作名茶出售。法官说，假标签用了至少五年。\n\n"
        "吴国强的律师表示会上诉。消费者协会提醒大家，购买茶叶要看清产地标志。"
    ),
    "Harbour ferry returns after winter repairs": (
        "The harbour ferry returned to service on Saturday after four months of repairs to its engine and its hull.\n\n"
        "Captain Alice Brown said that the old boat had never run so quietly, and that the fare would stay the same."
    ),
}
# Questions, each with words of the sentence that answers it.
ANSWERED = {
    "谁为石桥镇的新大桥剪彩？": "林晓梅",
    "旧桥是哪一年建的？": "一九五二年",
    "为什么南湾渔民抗议？": "禁渔令",
    "休渔期会延长到什么时候？": "九月",
    "古地图是在哪里发现的？": "旧书店的阁楼",
    "古地图的修复需要多长时间？": "半年",
    "马小龙设计了什么？": "太阳能水泵",
    "东城医院的夜间门诊几点到几点？": "晚上六点到十点",
    "彗星多少年接近太阳一次？": "四百年",
    "铁鹰队以几比几击败了海狮队？": "二比一",
    "谁打进了制胜球？": "郑凯",
    "法院判决吴国强赔偿多少钱？": "八十万元",
    "When did the harbour ferry return to service?": "Saturday",
}
UNANSWERED = (
    "今年小麦的收成怎么样？",
    "火星移民计划由谁领导？",
    "葡萄牙总统何时访问巴西？",
    "哪家银行提高了贷款利率？",
    "Who won the chess championship in Oslo?",
)


def articles() -> list[Article]:
    """Return the articles, each with its detected language."""
    return [
        Article(Card(f"{number:016x}", title, language=detect_language(text)), text)
        for number, (title, text) in enumerate(TEXTS.items())
    ]
