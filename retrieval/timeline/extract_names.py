"""Names in sentences: of people, places, organizations, told by their capitals; in Chinese, names of people.

A capital at the beginning of a sentence tells nothing. There a word begins a name if another capitalized word follows,
if the article has it with a capital elsewhere, or if the archive never has it in small letters.
"""

import re
from collections.abc import Collection, Iterator, Sequence

from retrieval.answer.chinese_names import chinese_names
from retrieval.answer.context_dependent_chinese import is_chinese
from retrieval.timeline.subject_mentions import NO_NAMES

# "Lady" is mostly a ship.
TITLES = (NO_NAMES - {"lady", "lord", "king", "queen"}) | frozenset(
    "councillor admiral premier sir colonel commander coach former then ex rep sen gov".split()
)
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
PARTICLES = frozenset("de du des del della di da do dos van von der den ter bin ibn al el le la les y e & d'".split())
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
TOKEN = re.compile(r"&|[^\W_][\w.'’-]*|[^\w\s]|\s—\s")
POSSESSIVE = re.compile(r"['’]s?$")
# A capital that begins no sentence, behind a word in small letters.
INSIDE = re.compile(r"[a-z,;]\s+([^\W\d_a-z][\w-]*)")
CONTRACTED = re.compile(r"^[^\W_]+['’](?:ll|ve|re|d|m|t)$")
DATELINE = re.compile(r"^([^\W\d_a-z][^\W\d_a-z\s'’-]+(?:[ '’-][^\W\d_a-z]+)*)(?=,| —| \()")


def names_in(sentences: Sequence[str], in_small_letters: Collection[str] = ()) -> list[list[str]]:
    """Return the names in each sentence of an article, as they stand, in their order.

    `in_small_letters` are words that the archive has without a capital; if it is empty, that is not known.
    """
    known = {word for sentence in sentences for word in INSIDE.findall(sentence)}
    return [_names(sentence, known, in_small_letters) for sentence in sentences]


def _names(sentence: str, known: Collection[str], in_small_letters: Collection[str]) -> list[str]:
    if is_chinese(sentence):
        return list(chinese_names(sentence))
    dateline = DATELINE.match(sentence)
    found = [dateline[1]] if dateline else []
    rest = sentence[dateline.end() :] if dateline else sentence
    for run, begins in _runs(rest):
        words = _without_titles(run)
        if begins and words == run and _is_common(words, known, in_small_letters):
            words = words[1:]
        words = _without_titles(words)
        name = " ".join(words)
        if len(name) > 1 and not CONTRACTED.search(name) and not all(map(_is_no_name, words)):
            found.append(name)
    return found


def _is_no_name(word: str) -> bool:
    return word.casefold() in PEOPLES or word.casefold() in DAYS


def _is_common(words: Sequence[str], known: Collection[str], in_small_letters: Collection[str]) -> bool:
    """Tell whether the first word of a sentence is a common word that only begins it."""
    first = words[0]
    if first in known or (len(first) > 1 and first.isupper()):
        return False
    if in_small_letters:
        return first.casefold() in in_small_letters
    return len(words) == 1


def _without_titles(words: Sequence[str]) -> list[str]:
    start = next((at for at, word in enumerate(words) if word.casefold().rstrip(".") not in TITLES), len(words))
    return list(words[start:])


def _runs(sentence: str) -> Iterator[tuple[list[str], bool]]:
    """Yield runs of capitalized words with the particles between them, and whether the run begins the sentence."""
    tokens = TOKEN.findall(sentence)
    run: list[str] = []
    begins = True  # nothing but signs so far
    run_begins = False
    at = 0
    while at < len(tokens):
        token = tokens[at]
        word = POSSESSIVE.sub("", token).rstrip(".") if len(token) > 2 else token
        if _is_capitalized(word) and word.casefold() not in DAYS:
            if not run:
                run_begins = begins
            run.append(word)
            if word != token and POSSESSIVE.search(token):  # "Okafor's lawyer"
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


def _joined(tokens: Sequence[str], at: int, run: Sequence[str]) -> list[str]:
    """Return the particles from here on if they join two parts of a name."""
    allowed = PARTICLES | JOINING if any(word.casefold() in INSTITUTIONS for word in run) else PARTICLES
    end = at
    while end < len(tokens) and end - at < 2 and tokens[end] in allowed:
        end += 1
    return list(tokens[at:end]) if end > at and end < len(tokens) and _is_capitalized(tokens[end]) else []


def _is_capitalized(word: str) -> bool:
    """Tell whether a word has a capital at its beginning, or behind a hyphen: "al-Assad"."""
    return any(part[:1].isupper() for part in (word, word.rpartition("-")[2]))
