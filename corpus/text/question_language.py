"""Tells the language of a question without a model: by its small words, or by letters that only one language has."""

import re
from collections.abc import Iterable

# Question words; and other small words, with those question words that are also names or words of other languages.
WORDS = {
    "en": (
        "what who whom whose when where why which how did does",
        "the and with is are was were has have of to in for",
    ),
    "de": (
        "wer wo wann warum wie welche welcher welches wem wurde",
        "was wen hat haben ist sind der die das und von mit für viele oft alt in im",
    ),
    "fr": (
        "qui quoi où quand pourquoi quel quelle quels quelles combien",
        "comment est sont été que qu le les du des de ce en",
    ),
    "es": (
        "quién quiénes qué cuándo dónde cuál cuáles cuánto cuántos cuánta cuántas cómo",
        "por el los las una del de con fue en",
    ),
    "it": (
        "quando perché quali quanti quante quanto dov",
        "chi cosa dove quale come è sono il gli della di ha in con che",
    ),
    "pt": (
        "quem quando onde quais quantos quantas por quê quanto",
        "qual como foi foram são não os uma do da de em com que",
    ),
    "nl": (
        "wie waar wanneer waarom welke hoeveel hoe",
        "wat heeft is het een van met zijn werd de in",
    ),
    "pl": (
        "kto gdzie kiedy dlaczego jaki jakie która które który czy kogo czym",
        "co jak ile jest się został w z na",
    ),
    "tr": (
        "kime nerede nereden nereye niçin nasıl hangi kaç kimdir nedir",
        "kim kimin ne neden zaman mi mı mu mü ile için ve",
    ),
    "ro": (
        "când câți câte cât câtă căror",
        "cine ce unde cum care cui pe este sunt fost din cu lui și în de la a",
    ),
    "vi": (
        "gì đâu nào bao nhiêu đã được tại sao những",
        "ai khi là của ở có như thế các vào trong",
    ),
    "id": (
        "siapa kapan mengapa bagaimana berapa apakah",
        "apa mana yang di oleh adalah dengan untuk dari",
    ),
    "fi": (
        "kuka mikä missä milloin miksi miten kuinka kenen ketä mihin",
        "mitä on oli ja montako",
    ),
    "sv": (
        "vem vad när varför vilken vilket vilka",
        "var hur många är och till av för den det ett",
    ),
    "da": (
        "hvem hvad hvornår hvor hvorfor hvordan hvilken hvilket hvilke",
        "når mange er og til af den det et",
    ),
    "no": (
        "hvem hva når hvor hvorfor hvordan hvilken hvilket hvilke",
        "mange er og til av den det et",
    ),
    "cs": (
        "kdo kdy proč jaký jaká která který které kolik koho",
        "co kde jak se je byl byla s ve v",
    ),
    "hu": (
        "mikor miért hogyan melyik hány kivel mennyi milyen",
        "ki mi hol mit kit van volt az és egy",
    ),
    "ru": (
        "кто что где когда почему зачем какой какая какие каких сколько кого чем",
        "как с из был была были это на",
    ),
    "uk": (
        "хто що де коли чому який яка які скільки кого чим",
        "як з із був була були це на",
    ),
    "bg": (
        "кой коя какво къде кога защо кое кои колко",
        "как се с от беше е на",
    ),
    "sr": (
        "ко шта зашто како који која које колико",
        "где када се са од је био на",
    ),
}
SCORES: dict[str, dict[str, int]] = {}  # of each word, by language
for _language, _words in WORDS.items():
    for _score, _kind in zip((2, 1), _words, strict=True):
        for _word in _kind.split():
            SCORES.setdefault(_word, {})[_language] = _score
MIN_SCORE = 2
# Letters that one language has among those of its script.
LETTERS = (
    ("es", re.compile("[¿¡]")),
    ("uk", re.compile("[іїєґ]")),
    ("be", re.compile("ў")),
    ("ru", re.compile("[ыэё]")),
    ("sr", re.compile("[љњћђџ]")),
    ("ur", re.compile("[ٹڈڑںےہھ]")),
    ("fa", re.compile("[پچژگکی]")),
)


def language_by_words(words: Iterable[str]) -> str | None:
    """Return the language that these lower-case words fit best; None if they are too few, or fit two as well.

    A word counts once: "a" twice is no Romanian.
    """
    totals: dict[str, int] = {}
    for word in set(words):
        for language, score in SCORES.get(word, {}).items():
            totals[language] = totals.get(language, 0) + score
    most = max(totals.values(), default=0)
    best = [language for language, total in totals.items() if total == most]
    return best[0] if most >= MIN_SCORE and len(best) == 1 else None


def language_by_letters(text: str) -> str | None:
    """Return the language that alone has a letter of the text; None if no letter tells."""
    lower = text.lower()
    return next((language for language, letters in LETTERS if letters.search(lower)), None)
