"""Find the names of persons in Chinese text, which marks names neither by capitals nor by spaces.

A foreign name has a point between its parts ("约翰·克里"), and its parts are written in few characters. A Chinese name
begins with one of the common surnames, and stands between what may precede a name (a title, the beginning of a
sentence) and what may follow one ("说", "被").
"""

import re
from collections.abc import Iterator

POINT = "[·•・‧]"
# The characters that foreign names are mostly written with.
SOUNDS = (
    "阿艾爱安昂奥巴白班邦贝本比彼毕宾波伯勃博卜布查昌策茨达大戴丹德登邓迪蒂丁杜多顿厄恩儿尔法凡范菲费芬弗福夫富盖"
    "甘冈戈格葛根古圭哈海汉豪赫黑亨胡华霍基吉及加贾焦杰金津卡凯坎康考柯科可克肯孔库奎昆拉莱赖兰朗劳勒雷李里理利莉"
    "历立丽连廉良列林琳龙隆卢鲁路露伦罗洛马玛迈麦曼芒毛梅门蒙米密苗敏明摩莫默姆木穆拿娜纳乃奈南瑙内嫩能尼年涅宁纽"
    "农努诺欧帕潘庞佩培彭蓬皮珀匹平蒲普奇齐恰钱乔切钦琴琼丘让热仁日荣茹儒瑞若撒萨塞赛桑瑟森沙莎山珊尚舍申圣施什史"
    "士舒斯丝思松苏索塔泰坦汤唐陶特腾提汀廷图托陀瓦万王旺威韦维魏温文翁沃乌吾武西希锡夏香肖谢辛欣兴雄休修逊亚延扬"
    "杨耶叶伊英尤约赞泽扎詹占珍朱兹宗佐妮翰佳贞玲約漢蘭麗倫羅馬麥門納諾歐龐賽薩聖蘇維溫烏韋興葉澤愛貝賓達爾費蓋華"
    "傑凱勞裡連盧魯彌埃瓜贡盛闵谟"
)
FOREIGN = re.compile(rf"(?:[{SOUNDS}]{{1,7}}|[A-Z]){POINT}[{SOUNDS}]{{1,7}}(?:{POINT}[{SOUNDS}]{{1,7}})*")
SURNAMES = (
    "(?:欧阳|司马|上官|诸葛|[王李张刘陈杨赵吴周徐孙朱胡郭何林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶苏魏吕丁任沈姚卢姜崔钟谭陆汪范廖"
    "贾夏韦付邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵钱严覃武戴莫孔汤马高黄温石方金艾胥翁浦滕褚"
    "張劉陳楊趙吳孫鄭謝許韓馮鄧葉蘇呂盧鍾譚陸賈韋鄒閻龍賀顧龔錢嚴湯馬黃溫])"
)
TITLES = (
    "学者|律师|记者|作家|博主|主席|总统|总理|部长|局长|市长|省长|书记|教授|博士|先生|女士|"
    "医生|法官|检察官|发言人|活动人士|活动家|主任|校长|演员|导演|歌手|诗人|商人|企业家|村民|"
    "教师|工人|学生|警官|院士|院长|会长|总裁|董事长|经理|编辑|主编|评论员|异见人士|维权人士|"
    "国务卿|學者|律師|記者|總統|總理|部長|局長|市長|教師|發言人|主編|活動人士"
)
# Words that begin as names do.
NO_NAMES = frozenset(
    """
    马上 马里 马来 马匹 高度 高级 高兴 高速 高中 高校 高等 高层 高官 高峰 方面 方法 方式 方向
    方案 黄金 黄河 黄色 石油 石头 石器 温度 温和 温暖 任何 任期 任命 任务 任职 段时 段落 史上
    史料 范围 顾问 顾客 毛病 钱财 严重 严厉 严格 武器 武装 莫名 金融 金钱 金额 金属 夏天 夏季
    林业 谢谢 何时 何人 何处 何地 何种 陈述 许多 许可 余下 苏联 苏丹 罗马 陆军 陆地 陆续 宋朝
    唐朝 韩国 魏国 付款 雷达 戴上 路上 周围 周末 周一 周二 周三 周四 周五 周六 周日 周年 周期
    江苏 江西 汪洋 白宫 杜绝 田地 温州 贺词 胡同 曾经 金牌 季度 万人 叶片 叶绿 曾以 夏末 王朝
    高空 高达 邓肯
    """.split()
)
CHINESE = re.compile(
    rf"(?:^|[。！？；：，、\s（(“「《和与及对向由被把将捕是]|{TITLES})(?P<name>{SURNAMES}[\u4e00-\u9fff]{{1,2}}?)"
    r"(?=说|說|表示|称|稱|认为|認為|指出|告诉|写道|警告|强调|被|遭|于|因|在|是|曾|已|的|和|与|與|及|等|也|还|還|则|将|获|"
    r"[为為]什|怎|什|何|哪|谁|誰|做|有|去|到|对|對|向|[一二三四五六七八九十两]+[年月日名次个]|\d|出生|去世|辞职|入狱|当选|先生|女士|教授|律师|博士|[，、。；：！？（(”」\s]|$)"
)


def chinese_names(text: str) -> list[str]:
    """Return the names of persons in a Chinese text, each once, in their order."""
    return list(dict.fromkeys(name for _, name in sorted(_found(text))))


def _found(text: str) -> Iterator[tuple[int, str]]:
    """Yield the place and the name of each person."""
    for match in FOREIGN.finditer(text):
        yield match.start(), match[0]
    for match in CHINESE.finditer(text):
        if match["name"][:2] not in NO_NAMES:
            yield match.start("name"), match["name"]
