"""Names in sentences: of people, places, organizations, told by their capitals; in Chinese, names of people.

A capital at the beginning of a sentence tells nothing. There a word begins a name if another capitalized word follows
that the archive never has in small letters, or if the article, or else the archive, has it with a capital elsewhere.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.text.stop_words import STOP_WORDS
from retrieval.timeline.offices import LINKS, OFFICES, SPHERES, split_at_offices, without_titles

DAYS = frozenset(
    """
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december jan feb mar apr jun jul aug sept sep oct nov dec christmas easter ramadan
    mondays fridays saturdays sundays
    """.split()
)
# Of peoples and languages, as adjectives.
PEOPLES = frozenset(
    """
    african afghan albanian algerian american arab arabic armenian asian australian austrian azeri bangladeshi
    basque belarusian belgian bolivian bosnian brazilian british bulgarian burmese cambodian cameroonian canadian
    catalan chilean chinese colombian congolese croatian cuban cypriot czech danish dutch egyptian english estonian
    ethiopian european filipino finnish french georgian german ghanaian greek hungarian icelandic indian indonesian
    iranian iraqi irish israeli italian ivorian jamaican japanese jordanian kazakh kenyan korean kurdish kuwaiti
    kyrgyz lao latvian lebanese libyan lithuanian malaysian malian maltese mexican moldovan mongolian moroccan
    mozambican namibian nepalese nepali nigerian norwegian pakistani palestinian paraguayan persian peruvian polish
    portuguese romanian russian rwandan saudi scottish senegalese serbian sicilian slovak slovene slovenian somali
    soviet spanish sudanese swahili swedish swiss syrian taiwanese tajik tamil tanzanian thai tibetan tunisian
    turkish turkmen ugandan ukrainian uruguayan uzbek venezuelan vietnamese welsh yemeni zambian zimbabwean latin
    roman western eastern northern southern
    """.split()
)
# Words between two parts of a name; those of the second row only behind the word for an institution or a place.
PARTICLES = frozenset(
    "de du des del della dei di da do dos los las van von der den ter bin ibn al el le la les y e & d'".split()
)
JOINING = frozenset("of for the and".split())
INSTITUTIONS = frozenset(
    """
    academy archbishop association authority bank bay bishop board bureau cape centre center chamber church city
    college commission committee congress council court department duchy duke faculty federation festival fund gulf
    house institute isle kingdom lake league library march mayor ministry museum office order party port princess
    prince queen king republic river school sea society strait theatre tower union university valley women friends
    confederation bank's house's
    """.split()
)
ARTICLES = frozenset("a an the".split())
TOKEN = re.compile(r"&|[^\W_][\w.'’-]*|[^\w\s]|\s—\s")
# Titles of works: "Girl with a Lemon Peel", which has small letters only in words that join others.
TITLE_WORD = r"[^\W\d_a-z][\w'’-]*"
TITLE = re.compile(
    rf"[\"“«](?P<title>{TITLE_WORD}(?: (?:{TITLE_WORD}|an?|and|at|for|from|in|of|on|the|to|with))* {TITLE_WORD})[\"”»]"
)
# "Okafor's" and "the Okafors'", but not the word of the name "Workers' Alliance".
POSSESSIVE = re.compile(r"(?:['’]s|(?<!s)['’])$")
MAX_ABBREVIATION = 5  # letters and a dot: "Capt."
ABBREVIATION = re.compile(r"(?:[^\W\d_]\.){2,}$")
BEGINS_WITH_OWNER = re.compile(r"\W*[\w-]+['’]s\b")
# "Beijing-based" and "Twitter-like" name Beijing and Twitter.
COMPOUND = re.compile(
    r"-(?:affiliated|aligned|area|backed|based|born|bred|brokered|controlled|educated|era|funded|held|led|like|made|owned|run|sponsored|style|trained|wide)$"
)
# Capitalized words in a row, which begin no sentence if they stand behind a word in small letters.
CAPITALIZED = re.compile(r"(?P<inside>[a-z,;]\s+)?(?P<words>[^\W\d_a-z][\w-]*(?: [^\W\d_a-z][\w-]*)*)")
SMALL = re.compile(r"(?<![\w'’-])[a-z][\w-]*")
CONTRACTED = re.compile(r"^[^\W_]+['’](?:ll|ve|re|d|m|t)$")
DATELINE = re.compile(r"^([^\W\d_a-z][^\W\d_a-z\s'’-]+(?:[ '’-][^\W\d_a-z]+)*)(?=,| —| \()")


@dataclass(frozen=True, slots=True)
class LetterCases:
    """The words that an archive has in small letters, and those with a capital that begin no sentence."""

    small: frozenset[str] = frozenset()
    capitalized: frozenset[str] = frozenset()

    @classmethod
    def of(cls, sentences: Iterable[str]) -> "LetterCases":
        """Return those of sentences."""
        small: set[str] = set()
        capitalized: set[str] = set()
        for sentence in sentences:
            small.update(SMALL.findall(sentence))
            capitalized.update(_capitalized_inside(sentence))
        return cls(frozenset(small), frozenset(capitalized))


UNKNOWN = LetterCases()


def names_in(sentences: Sequence[str], in_archive: LetterCases = UNKNOWN) -> list[list[str]]:
    """Return the names in each sentence of an article, as they stand, in their order."""
    in_article = {words for sentence in sentences for words in _capitalized_inside(sentence)}
    return [_names(sentence, in_article, in_archive) for sentence in sentences]


def _capitalized_inside(sentence: str) -> Iterator[str]:
    """Yield the words with a capital that begin no sentence; and "He Tingfu", a name that begins as a sentence may."""
    for match in CAPITALIZED.finditer(sentence):
        words = match["words"].split()
        yield from words if match["inside"] else words[1:]
        if match["inside"] and len(words) > 1 and words[0].casefold() in STOP_WORDS - ARTICLES:
            yield " ".join(words[:2])


def _names(sentence: str, in_article: Collection[str], in_archive: LetterCases) -> list[str]:
    if is_chinese(sentence):
        return list(chinese_names(sentence))
    dateline = DATELINE.match(sentence)
    found = [dateline[1]] if dateline else []
    rest = sentence[dateline.end() :] if dateline else sentence
    found += [match["title"] for match in TITLE.finditer(rest)]
    rest = TITLE.sub('""', rest)
    for run, begins in _runs(rest):
        for part in split_at_offices(run):
            is_known = len(part) > 1 and " ".join(part[:2]) in in_article
            words = part if is_known else without_titles(part)
            first = begins and words[:1] == run[:1] and not BEGINS_WITH_OWNER.match(rest)
            if first and _is_common(words, in_article, in_archive):
                words = without_titles(words[1:])
            name = " ".join(words)
            if len(name) > 1 and not CONTRACTED.search(name) and not all(map(_is_no_name, words)):
                found.append(name)
    return sorted(found, key=sentence.find)


def _is_no_name(word: str) -> bool:
    return word.casefold() in PEOPLES or word.casefold() in DAYS


def _is_common(words: Sequence[str], in_article: Collection[str], in_archive: LetterCases) -> bool:
    """Tell whether the first word of a sentence is a common word that only begins it."""
    first = words[0]
    if first in in_article or " ".join(words[:2]) in in_article or (len(first) > 1 and first.isupper()):
        return False
    if len(words) == 1 and first not in in_archive.capitalized:
        return True
    return first.casefold() in in_archive.small


def _runs(sentence: str) -> Iterator[tuple[list[str], bool]]:
    """Yield runs of capitalized words with the particles between them, and whether the run begins the sentence."""
    tokens = TOKEN.findall(sentence)
    run: list[str] = []
    begins = True  # nothing but signs so far
    run_begins = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        word = _plain(token, last=not any(map(str.isalnum, "".join(tokens[at + 1 :]))))
        if _is_capitalized(word) and word.casefold().rstrip(".") not in DAYS:
            if not run:
                run_begins = begins
            run.append(COMPOUND.sub("", word))
            if POSSESSIVE.search(token.rstrip(".")) or COMPOUND.search(word):  # "Okafor's lawyer"
                yield run, run_begins
                run = []
            at += 1
        elif run and (joined := _joined(tokens, at, run)):
            run += joined
            at += len(joined)
        else:
            if run:
                yield run, run_begins
                run = []
            at += 1
        begins = "—" in token or (begins and not re.search(r"\w", token))
    if run:
        yield run, run_begins


def _plain(token: str, *, last: bool) -> str:
    """Return a word without "'s" and without the dot of a sentence's end; "U.S." and, inside it, "St." keep theirs."""
    if len(token) <= 2:  # an initial
        return token
    keeps_dot = ABBREVIATION.search(token) or (not last and len(token) <= MAX_ABBREVIATION)
    return POSSESSIVE.sub("", token if keeps_dot else token.rstrip("."))


def _joined(tokens: Sequence[str], at: int, run: Sequence[str]) -> list[str]:
    """Return the particles from here on if they join two parts of a name, or an office and what it is for."""
    allowed = PARTICLES
    if any(word.casefold() in INSTITUTIONS for word in run):
        allowed |= JOINING
    if run[-1].casefold() in OFFICES:
        allowed |= LINKS - {"and"}
    elif run[-1].casefold() in SPHERES and not LINKS.isdisjoint(run):  # "Minister of Trade and Industry"
        allowed |= LINKS
    end = at
    while end < len(tokens) and end - at < 2 and tokens[end] in allowed:
        end += 1
    return list(tokens[at:end]) if end > at and end < len(tokens) and _is_capitalized(tokens[end]) else []


def _is_capitalized(word: str) -> bool:
    """Tell whether a word has a capital at its beginning, or behind a hyphen: "al-Assad"."""
    return any(part[:1].isupper() for part in (word, word.rpartition("-")[2]))
