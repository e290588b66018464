"""Recognises boilerplate by the class and id of an element: share bars, related articles, newsletter boxes."""

import re

BOILERPLATE_PARTS = frozenset(
    "share sharing shares sharedaddy social addtoany addthis related relatedposts recommended recommendations"
    " newsletter newsletters subscribe subscription cookie cookies consent byline advert adverts advertisement"
    " advertisements promo promos comments breadcrumb breadcrumbs button buttons outbrain taboola".split()
)
WHOLE_NAMES = frozenset("more-link read-more readmore screen-reader-text caption-text".split())
# The other words of such names. A name with any other word, such as "social-housing-plan", belongs to the article: many
# programs make ids out of headings.
OTHER_PARTS = frozenset(
    "post posts article articles entry entries story stories site page wp jp sd block blocks content contents news"
    " item items list lists link links bar box boxes icon icons widget widgets container wrap wrapper section sections"
    " area notice banner popup modal overlay form signup sign up inner outer header head footer foot title heading"
    " label labels text top bottom left right side sidebar inline aside count counter tools tool toolbar menu nav"
    " navigation media network networks group row col column columns grid card cards panel module modules component"
    " region slot unit ad ads mobile desktop small large sm md lg xs xl main primary secondary enabled disabled active"
    " open closed hidden fixed sticky float floating embed follow us on by facebook twitter x linkedin whatsapp email"
    " mail print pinterest reddit telegram google plus instagram youtube law info message policy gdpr ccpa this more"
    " read author date meta coverage reading topics topic tags tag cta offer teaser teasers for you also like view"
    " trending popular headlines video videos thumb thumbs bloc zone placeholder trigger action actions stack root"
    " default size style layout type js css fb tw em is elementor theme jetpack hentry core ui lightbox".split()
)
HASH = re.compile(r"(?=.*\d)\w{1,12}|(?=(?:.*[a-z][A-Z]){2})\w{4,12}")
NAME_SEPARATOR = re.compile(r"[-_]+|(?<=[a-z])(?=[A-Z])")
NEVER_BY_NAME = frozenset("html body main article".split())
HEADING_TAGS = frozenset("h1 h2 h3 h4 h5 h6".split())
# Containers beside an article, by any word of their class. They hold text that may look like a part of it.
BESIDE_PARTS = frozenset(
    "sidebar teaser teasers author bio widget footer menu nav navigation pagination mostread masthead paywall signup"
    " disclaimer caption captions credit credits comment respond replies".split()
)
STRUCTURE = frozenset(
    "container wrapper wrap box bar widget area block module panel modal popup section header".split()
)


def has_boilerplate_name(tag: str, class_names: str, element_id: str) -> bool:
    """Tell whether the class or the id of an element marks it as boilerplate; the id of a heading never does."""
    if tag in NEVER_BY_NAME:
        return False
    names = class_names.split()
    if element_id and tag not in HEADING_TAGS:
        names.append(element_id)
    return any(map(_is_boilerplate_name, names))


def is_beside_article(class_names: str, element_id: str) -> bool:
    """Tell whether a class or an id has a word of what stands beside articles, such as "sidebar" or "author-bio"."""
    names = class_names.split() + ([] if is_slug(element_id) else [element_id])
    return any(_is_boilerplate_name(name) or not BESIDE_PARTS.isdisjoint(_parts(name)) for name in names)


def is_slug(element_id: str) -> bool:
    """Tell whether an id reads like a heading in words ("comments-from-the-mayor"), not like a container."""
    parts = _parts(element_id)
    known = BOILERPLATE_PARTS | OTHER_PARTS
    return len(parts) > 1 and not known.issuperset(parts) and (BESIDE_PARTS | STRUCTURE).isdisjoint(parts)


def _is_boilerplate_name(name: str) -> bool:
    if name.lower() in WHOLE_NAMES:
        return True
    pieces = [piece for piece in NAME_SEPARATOR.split(name[:100]) if piece]
    parts = [piece.lower() for piece in pieces]
    return any(part in BOILERPLATE_PARTS for part in parts) and all(
        part in BOILERPLATE_PARTS or part in OTHER_PARTS or HASH.fullmatch(piece)
        for part, piece in zip(parts, pieces, strict=True)
    )


def _parts(name: str) -> list[str]:
    return [part.lower() for part in NAME_SEPARATOR.split(name[:100]) if part]
