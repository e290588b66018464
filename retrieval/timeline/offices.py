"""Titles and offices, which stand before a name and are no part of it: "Secretary of State John Kerry"."""

from collections.abc import Iterator, Sequence

from retrieval.timeline.subject_mentions import NO_NAMES

# "Lady" is mostly a ship.
TITLES = (NO_NAMES - {"lady", "lord", "king", "queen"}) | frozenset(
    "councillor admiral premier sir colonel commander coach former then ex rep sen gov cllr".split()
)
# Words for an office: the name of its holder follows.
OFFICES = frozenset(
    """
    admiral advocate ambassador analyst archbishop bishop captain chairman chairperson chairwoman chancellor chief coach
    colonel commander commissioner congressman congresswoman constable councillor councilor counsel counselor
    detective director editor envoy executive governor inspector judge justice laureate lawyer leader lieutenant
    magistrate mayor minister ombudsman officer premier president prosecutor professor representative secretary
    secretary-general senator sergeant sheriff speaker spokesman spokesperson spokeswoman superintendent treasurer
    """.split()
)
# Ranks that are offices behind another word for one: "Attorney General".
RANKS = frozenset("general major".split())
# Words that tell which office it is, before the word for it, or behind "of" or "for".
SPHERES = frozenset(
    """
    acting affairs agriculture assistant associate attorney cabinet chief co communications conservative culture defence
    defense democratic deputy district economic economy education elect energy environment executive ex external family
    federal finance first foreign former health high home house housing human immigration industry infrastructure
    interim interior international job justice labor labour lead liberal local majority managing minority national nobel
    police press prime public regional republican science second security senate senior social sport sports state
    territories tourism trade transport transportation treasury under union vice war water welfare
    """.split()
)
LINKS = frozenset("of for the and".split())
# With one of these behind it, a title is part of the name of an institution: "Justice Department", "Premier League".
INSTITUTIONS = frozenset(
    """
    agency assembly association board bureau center centre club college commission committee company congress cathedral
    council court department electric election embassy foundation fund group hospital institute league ministry motors
    museum office park party prize school society square street theatre trust union university
    """.split()
)
# Offices that are surnames, too: "Ann Bishop".
SURNAMES = frozenset("bishop captain constable judge justice major mayor sergeant sheriff speaker".split())


def split_at_offices(words: Sequence[str]) -> Iterator[list[str]]:
    """Yield the parts of a run of capitalized words that are names: what stands before an office, and its holder.

    The words "U.S. Secretary of State John Kerry" have "U.S." and "John Kerry".
    """
    plain = [word.casefold().rstrip(".") for word in words]
    start = 0
    for at in range(len(words)):
        if at >= start and _is_office(plain, at, start):
            if not (start and at - start == 1):  # the word between two offices: "Chief Fire Officer"
                yield _without_sphere(words[start:at], plain[start:at])
            start = _behind_sphere(plain, at + 1)
    yield list(words[start:])


def without_titles(words: Sequence[str]) -> list[str]:
    """Return words without the titles before them, unless these are part of the name of an institution."""
    plain = [word.casefold().rstrip(".") for word in words]
    if any(word in INSTITUTIONS for word in plain[1:]) or (len(plain) > 1 and plain[1] in LINKS):
        return list(words)
    start = next((at for at, word in enumerate(plain) if word not in TITLES), len(words))
    return list(words[start:])


def _is_office(words: Sequence[str], at: int, start: int) -> bool:
    """Tell whether a word is an office, given where the part of the run begins that it stands in."""
    before, behind = words[start:at], words[at + 1 :]
    if words[at] not in OFFICES | RANKS or before[-1:] == ["of"] or any(word in INSTITUTIONS for word in behind):
        return False
    if words[at] in RANKS:
        return before[-1:] in (["attorney"], ["secretary"], ["director"], ["inspector"], ["prosecutor"])
    if behind[:1] in (["of"], ["for"]):
        return _behind_sphere(words, at + 1) > at + 1
    is_surname = words[at] in SURNAMES and before and not behind and before[-1] not in SPHERES
    return not is_surname


def _without_sphere(words: Sequence[str], plain: Sequence[str]) -> list[str]:
    end = len(words)
    while end and plain[end - 1] in SPHERES | OFFICES:
        end -= 1
    return list(words[:end])


def _behind_sphere(words: Sequence[str], at: int) -> int:
    """Return where a name begins behind an office and the words that tell which one it is: "of Foreign Affairs"."""
    end = at
    if words[at : at + 1] and words[at] in {"of", "for"}:
        for place in range(at, len(words)):
            if words[place] in SPHERES:
                end = place + 1
            elif words[place] not in LINKS:
                break
    return end
