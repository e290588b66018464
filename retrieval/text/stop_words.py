"""Stop words: articles, prepositions, pronouns, auxiliaries and question words, which do not tell what a text is about.

A word of one language may be a stop word of another: "men" means "but" in Danish. So a question in Latin letters has
the stop words of one language, the one that most of them are of. Words in other letters are stop words everywhere.
"""

import re
import unicodedata
from collections.abc import Sequence
from functools import cache

from retrieval.text.folding import fold
from retrieval.text.latin_stems import DEFAULT

STOP_WORDS = frozenset(
    """
    a about an and are as at be been but by can could did do does for from had has have he her him his how i if in into
    is it its me my no not of on or our she should so than that the their them then there these they this to was we were
    what when where which who whom whose why will with would you your
    """.split()
)
LATIN = {
    "da": """
        af alle at blev bliver da de dem den denne der det dette du efter eller en er et for fra ham han har havde hun
        hvad hvem hvilke hvilken hvilket hvis hvor hvordan hvorfor hvornår i ikke jeg kan kunne man med men mod når og
        også om op over på sig sin skal som til ud under var ved vi vil være
    """,
    "de": """
        ab aber als am an auch auf aus bei beim bis da das dass dem den der des dessen deren die dies diese diesem
        diesen dieser dieses doch du durch ein eine einem einen einer eines er es für gab gibt habe haben hat hatte
        hatten ich ihm ihn ihnen ihr ihre ihrem ihren ihrer im in ist ja kann konnte können man mit nach nicht noch
        nun nur ob oder seien sein seine seinem seinen seiner seit sich sie sind so um und uns unter vom von vor wann
        war waren warum was wegen welche welchem welchen welcher welches wem wen wer werde werden wessen wie wieso
        wieviel wieviele wir wird wo wobei wodurch wofür woher wohin womit worden worin worüber wovon wozu wurde
        wurden während zu zum zur zwischen über
    """,
    "es": """
        a al algún alguna ante aquel como con cual cuál cuales cuáles cuando cuándo cuánta cuántas cuánto cuántos cuya
        cuyo de del desde donde dónde durante e el él ella ellas ellos en entre era eran es esa esas ese eso esos esta
        está están estas este esto estos fue fueron ha había habían haber han hasta hay la las le les lo los más me
        mediante mi ni no nos o para pero por porque qué que quien quién quienes quiénes se según ser si sido sin
        sobre son su sus también te tener tiene tienen tuvo tuvieron u un una unas uno unos y ya
    """,
    "fi": """
        ei eivät en että hän hänen he heidän ja jo joka jos jotka kanssa keiden kenen ketkä kuin kuinka kuka kun mihin
        mikä miksi milloin millä millainen minä missä miten mistä mitkä mitä montako mukaan mutta myös ne niiden nämä
        oli olivat olla ollut on ovat sekä se sen siinä sitä tai tämä tämän vai
    """,
    "fr": """
        a ai au aucun aux avait avaient avec avez avoir ayant c ce cela ces cet cette ceux chez combien comment comme
        d dans de depuis des dont du elle elles en entre est et était étaient été être eu eux fut furent ici il ils j
        je l la laquelle le lequel les lesquelles lesquels leur leurs lors lui m mais me même n ne ni nos notre nous
        on ont ou où par pas pendant peut plus pour pourquoi qu quand que quel quelle quelles quels qui quoi s sa sans
        se sera ses si son sont sous sur t te tu un une vers vos votre vous y
    """,
    "hu": """
        a az egy egyik és el ez ezek hány hogy hogyan hol honnan hová is ki kik kit kinek le meg mely melyik mennyi mi
        miért mikor milyen mint mit nem oly ő pedig s szerint vagy van vannak volt voltak
    """,
    "it": """
        a ad agli ai al alla alle allo anche c che chi ci ciò come con cosa cui d da dagli dai dal dalla dalle dallo
        degli dei del dell della delle dello di dov dove e è ed era erano essere fra fu furono gli ha hanno aveva
        avevano i il in io l la le lei li lo loro lui ma negli nei nel nell nella nelle nello non o perché per però
        più qual quale quali quando quanta quante quanti quanto quella quello questa queste questi questo se sei si
        sono stata stati stato su sua sue sugli sui sul sulla sulle sullo suo suoi tra un una uno
    """,
    "nl": """
        aan al als bij dan dat de der deze die dit doch door een en er ge had hadden heb hebben heeft hem het hij hoe
        hoeveel hun ik in is je kan kon konden maar me men met mijn na naar niet nog nu of om omdat ons ook op over te
        tegen toen tot uit van vanaf voor waar waarin waarom waren was wat welk welke werd werden wie wiens worden
        wordt ze zich zij zijn zou zullen
    """,
    "no": """
        alle at av ble blir da de dem den denne der det dette du eller en er et etter for fra ha hadde han har hun hva
        hvem hvilke hvilken hvilket hvis hvor hvordan hvorfor hvorav i ikke jeg kan kunne med men mot når og også om
        opp over på seg sin skal som til under ut var ved vi vil være
    """,
    "pt": """
        a à ao aos aquela aquele as às até com como da das de dela dele do dos e é ela elas ele eles em entre era eram
        essa esse esta está estão este foi foram há havia isso isto já lhe mais mas me na nas não nem no nos o onde os
        ou para pela pelas pelo pelos por porque porquê qual quais quando quanta quantas quanto quantos que quê quem
        se sem ser seu seus sido sob sobre sua suas também tem têm tinha tinham um uma umas uns
    """,
    "ro": """
        a acea această aceasta acest acesta aceste acestei acestor acestui acești ai al ale am ar are as au avea avut
        c ca care cărei cărui căror când cât câtă câte câți ce cea cei cel cele cine către cu cui cum da dacă dar de
        decât deși despre din dintre după e ea ei el ele era erau este eu fi fie fiind fost i îi îl în înainte între
        își îți la le li lor lui mai ne nici nu o ori pe pentru pot poate prin s sa să sale sau se și sub sunt său săi
        te ți un una unde unei unele unor unui vor
    """,
    "sv": """
        alla än är att av blev blir de dem den denna deras det detta du efter eller en ett från för ha hade han hans
        har hennes hon hur i icke inte jag kan kunde man med men mot när någon något och också om på sedan sig sin
        sina sitt ska skall som till under ut vad var varför varifrån vart vem vems vi vid vilka vilken vilket vill
        vilkas
    """,
    "tr": """
        acaba ama ancak bir bu da daha de değil diye en gibi hangi hangisi hangileri hem için idi ile ise kaç kaçıncı
        kadar kim kime kimi kimin kimler ki mi mı mu mü mıdır midir mudur müdür nasıl ne nedir neden neler nelerdir
        nerede nereden nereye neresi niçin niye olan olarak oldu olduğu olduğunu sonra şu tarafından ve veya ya yoksa
        zaman
    """,
}
OTHER_SCRIPTS = """
    а без бы был была были было быть в вам вас во все вы где да для до его ее если есть же за и из или им их к как какая
    какие каким каких какого какое какой каком какому какую ко когда кого кому который которая которого которое которой
    котором которую которые которых которым кто куда ли между мы на над не него нее ней нем но о об он она они оно от
    откуда по под почему при про с сколько со такой также там то того тоже только том тот у уже что чего чей чем чему
    чтобы чья это этой этом этот является являются

    α αν απο αυτα αυτη αυτο αυτοι αυτος αυτου γιατι για δεν ειχαν ειχε ειναι εκει ενα ενας ενος εναν επι ετσι εχει εχουν
    η ηταν θα και κατα με μετα μεταξυ μη μια μιας μπορει να ο οι ομως οπου οποια οποιο οποιος οποιου οποιες οποιοι οπως
    οταν οτι ποια ποιαν ποιας ποιες ποιο ποιοι ποιον ποιος ποιους ποιων που προς πως ποσα ποσες ποση ποσο ποσοι ποσους
    ποτε σαν σε στα στη στην στις στο στον στους στων τα τη την της τι τις το τοτε του τον τους των υπο ως

    أن إن أو أي أية أين إلى الذي التي الذين اللذان ال بعد بين تم تكون ثم حتى حول حيث خلال ذلك عن على عند عندما غير فى في
    قبل قد كان كانت كل كم كما كيف لا لدى لكن لم لماذا لن ليس ما ماذا متى مثل مع ممن من منذ نحو هذا هذه هل هم هو هي هى و
    وقد ولا وما وهو وهي يتم يكون

    और इन इस इसका इसके इसमें उन उनका उनकी उनके उस उसका उसकी उसके एक एवं ऐसे ऐसा कब कर करता करती करते करना करने कहा कहाँ
    कहां का कि कितना कितनी कितने किन किस किसका किसकी किसके किसने किसे किसी की कुछ के को कोई कौन कौनसा कौनसी क्या क्यों
    कैसे गई गए गया जब जहां जहाँ जाता जाती जाते जिस जिसका जिसकी जिसके जिसने जिसमें जिन जो तक तब तो था थी थे दिया दौरान
    द्वारा न नहीं ने पर बाद भी में यह यदि या ये रहा रही रहे लिए लिये वह वाला वाली वाले वे सकता सकती सकते से साथ हम हुआ
    हुई हुए है हैं हो होता होती होते होना
"""
WORD = re.compile(r"[^\W\d_]+")


def language_of_stop_words(question: str, languages: Sequence[str]) -> str:
    """Return the language in Latin letters that most stop words of a question are of; English if no other has more.

    `languages` are those of the archive. If it has one language, one stop word of it decides; if it has several, two
    must agree. A language that the archive lacks needs three, since "China men die" has two Dutch ones.
    """
    words = WORD.findall(as_listed(question))
    counts = {DEFAULT: sum(map(STOP_WORDS.__contains__, words))}
    for language in LATIN:
        counts[language] = sum(map(latin_stop_words(language).__contains__, words))
    # Of languages that have as many, the archive's come first.
    best = max(counts, key=lambda language: (counts[language], language == DEFAULT, language in languages))
    enough = (1 if len(languages) == 1 else 2) if best in languages else 3
    return best if counts[best] >= enough else DEFAULT


@cache
def latin_stop_words(language: str) -> frozenset[str]:
    """Return a language's stop words in lower case, as they are and without accents."""
    return frozenset(f"{LATIN[language]} {fold(LATIN[language])}".split())


@cache
def other_stop_words() -> frozenset[str]:
    """Return the stop words in other scripts, folded."""
    return frozenset(fold(OTHER_SCRIPTS).lower().split())


def as_listed(text: str) -> str:
    """Return a text in the letters of the lists: in lower case, with accents, since "da" is no word for "đá"."""
    return unicodedata.normalize("NFC", text).lower()
