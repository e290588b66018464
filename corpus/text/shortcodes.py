"""Removes codes of publishing systems that visitors never see: shortcodes, template tags, wiki links, footnote marks.

Words of the text in brackets stay: "[sic]", "[he] said", "[video of the crash]". What a code encloses is text and
stays too, unless it is a caption, an address or program code.
"""

import re

# ── Template tags, wiki links and footnote marks ──────────────────────────────────────────────────────────────────────

# Hugo {{< … >}} and {{% … %}}, Liquid and Jinja {{ … }} and {% … %}. Comments go with what they enclose.
TEMPLATE_COMMENT = re.compile(
    r"\{%-?\s*comment\s*-?%\}(?:(?!\{%-?\s*(?:end)?comment\b).)*\{%-?\s*endcomment\s*-?%\}"
    r"|\{\{[<%]\s*comment\s*[>%]\}\}(?:(?!\{\{[<%]\s*/?\s*comment\b).)*\{\{[<%]\s*/\s*comment\s*[>%]\}\}",
    re.DOTALL,
)
TEMPLATE_TAG = re.compile(
    r"\{\{<(?:(?!>\}\}|\{\{).){0,4000}>\}\}|\{\{%(?:(?!%\}\}|\{\{).){0,4000}%\}\}"
    r"|\{\{\{?[^{}]{0,1000}\}\}\}?|\{%(?:(?!%\}|\{%).){0,1000}%\}",
    re.DOTALL,
)
# %%title%% of search plugins, and Obsidian's comments. "5%% to 6%%" is text.
PERCENT_TAG = re.compile(r"(?<![\w%])%%(?!%)(?:(?!%%).){1,2000}%%(?![\w%])", re.DOTALL)
WIKI_LINK = re.compile(r"(!?)\[\[([^\[\]\n]{1,400})\]\](?!\()")
WIKI_FILE = re.compile(
    r"\s*(?:file|image|media|category|datei|bild|kategorie|fichier|catégorie|archivo|imagen|categoría)\s*:"
    r"|\s*_?toc_?\s*$",
    re.IGNORECASE,
)
FOOTNOTE_MARK = re.compile(r"([ \t]*)\[\^[^\[\]\s]{1,60}\](?!\()")

# ── Shortcodes of WordPress ───────────────────────────────────────────────────────────────────────────────────────────

CODE = re.compile(r"\[(/?)([A-Za-z][\w-]*)((?:[\s=/:][^\[\]]{0,4000})?)\]")
# What these enclose is no text of the article: captions, addresses, program code.
EMBEDDING = (
    "caption|wp_caption|embed|video|audio|youtube|vimeo|tweet|soundcloud|gmap|googlemap|vc_gmaps|vc_raw_html|vc_raw_js"
    "|fusion_code|et_pb_code"
)
FOOTNOTES = "footnote|footnotes|fn|efn_note|mfn|ref"
ENCLOSING = re.compile(rf"\[({EMBEDDING}|{FOOTNOTES})(?:[\s=][^\[\]]*)?\]((?:(?!\[/?\1\b).)*)\[/\1\]", re.DOTALL)
IS_FOOTNOTE = re.compile(FOOTNOTES)
# Codes that stand alone, with or without values; some are words as well, and then no prose may follow the name.
KNOWN = re.compile(
    rf"(?:{EMBEDDING}|gallery|playlist|toc|ez-toc|nextpage|more|divider|separator|spacer|clear|clearfix|clearboth|clear-both|hr|br|contact-form-7"
    r"|contact-form|gravityform|wpforms|mc4wp_form|ninja_form|rev_slider|layerslider|adrotate|adinserter|adsense|sitemap"
    r"|recent-posts|related-posts|printfriendly|instagram|facebook|twitter|tiktok|spotify|flickr|vine|scribd|slideshare"
    r"|ad|ads|sociable|sharethis|addtoany|social_share|googleapps|googlemaps|googlevideo|polldaddy|poll|wpvideo|blip\.tv|archiveorg|dailymotion|ted|wufoo|ngg\w*)"
)
# The page builders' names. Their codes are rows, columns and boxes, so a paragraph ends there.
BUILDER = re.compile(
    r"(?:vc|et_pb|fusion|av|kc|mk|cs|wpb|nectar|tatsu|thrive|siteorigin|mvc|ult|ultimate|uix|cmsmasters)_\w+"
)
PARTS = re.compile(r"[_-]")
BLOCK_PARTS = frozenset(
    "row rows column columns col cols section container half third thirds fourth fourths quarter quarters fifth fifths"
    " sixth tab tabs accordion accordions toggle toggles box block textblock spacer divider separator hr br clear"
    " heading title quote blockquote pullquote list item li message alert callout gallery caption embed video audio map"
    " form button nextpage more toc slider".split()
)
INLINE_PARTS = frozenset("dropcap highlight tooltip icon abbr popup label badge lightbox modal".split())
# Codes that write a heading from a value: [vc_custom_heading text="Repairs"].
HEADED = re.compile(
    r"\w*(?:heading|toggle|accordion|accordion_item|tta_section|tab|blurb|cta|fusion_title)", re.IGNORECASE
)
HEADING_VALUE = re.compile(r"\s(?:text|title|heading|h2)\s*=\s*(?:\"([^\"]{1,300})\"|'([^']{1,300})')")
QUOTED_VALUE = re.compile(
    r"(?:\s|^)[\w:.-]+\s*=\s*(?:\"[^\"]*\"|'[^']*'|[“”„″‘’]|&(?:quot|#8220|#8221|#8243|#039|#39);)"
)
PLAIN_VALUES = re.compile(r"(?:\s+[\w:.-]{2,}=[^\s\"'=]+)+\s*/?")
ADDRESS = re.compile(r"[\s=\"']*(?:https?:)?//\S+\s*/?")
NO_PROSE = re.compile(r"\s*/?|\s+\d+\s*/?|=\S+")
HTML_TAG = re.compile(r"</?[A-Za-z]")
SENTENCE_END = '.!?…:;”»")。！？'


def without_codes(text: str, *, html: bool = False) -> str:
    """Remove codes from a text, or from HTML; an enclosed paragraph stays one, and columns become paragraphs."""
    text = without_template_tags(text)
    if "[" not in text:
        return text
    break_ = "<br><br>" if html and HTML_TAG.search(text) else "\n\n"
    notes: list[str] = []
    text = ENCLOSING.sub(lambda match: _enclosed(match, notes), text)
    closed = {match[2].casefold() for match in CODE.finditer(text) if match[1]}
    return "".join([_without_shortcodes(text, closed, break_, html=html), *(f"{break_}{note}" for note in notes)])


def without_template_tags(text: str) -> str:
    """Remove template tags and footnote marks, and keep of a wiki link what visitors see."""
    if "{{" in text or "{%" in text:
        text = TEMPLATE_TAG.sub("", TEMPLATE_COMMENT.sub("", text))
    if "%%" in text:
        text = PERCENT_TAG.sub("", text)
    if "[[" in text:
        text = WIKI_LINK.sub(_wiki_label, text)
    if "[^" in text:
        text = FOOTNOTE_MARK.sub(_space_of_footnote, text)
    return text


def _space_of_footnote(match: re.Match[str]) -> str:
    return match[1] if match.string[match.end() : match.end() + 1].isalnum() else ""


def _wiki_label(match: re.Match[str]) -> str:
    exclaims = match.start() > 0 and match.string[match.start() - 1].isalnum()
    target, _, label = match[2].partition("|")
    if (match[1] and not exclaims) or WIKI_FILE.match(target):
        return ""
    if match[2].strip().isdecimal():
        return match[0]
    return match[1] + (label.rpartition("|")[2] or target).strip().removeprefix("#")


def _enclosed(match: re.Match[str], notes: list[str]) -> str:
    if match[1] and IS_FOOTNOTE.fullmatch(match[1]) and match[2].strip():
        notes.append(match[2].strip())
    return ""


def _without_shortcodes(text: str, closed: set[str], break_: str, *, html: bool) -> str:
    """Remove runs of shortcodes, with a paragraph break where one of them lays out the page."""
    parts: list[str] = []
    position = 0
    breaks = False
    for match in CODE.finditer(text):
        between = text[position : match.start()]
        if not _is_shortcode(match, text, closed):
            continue
        if between:
            parts.append(between)
            breaks = False
        heading = _heading(match)
        if heading:
            parts.append(f"{break_}<h2>{heading}</h2>{break_}" if html else f" {heading} ")
        elif not breaks and (_is_block(match[2]) or _would_glue(parts, text, match.end())):
            parts.append(break_)
            breaks = True
        position = match.end()
    parts.append(text[position:])
    return "".join(parts)


def _is_shortcode(match: re.Match[str], text: str, closed: set[str]) -> bool:
    closing, name, rest = match[1], match[2], match[3]
    if closing:
        return not rest.strip()
    if name.casefold() in closed or BUILDER.fullmatch(name):
        return True
    if QUOTED_VALUE.search(rest) or PLAIN_VALUES.fullmatch(rest):
        return True
    if rest.rstrip().endswith("/") and NO_PROSE.fullmatch(rest):  # [sociable/]
        return True
    if KNOWN.fullmatch(name):
        return (
            "_" in name
            or bool(ADDRESS.fullmatch(rest))
            or (_stands_alone(match, text) and bool(NO_PROSE.fullmatch(rest)))
        )
    return "_" in name and name.islower() and bool(NO_PROSE.fullmatch(rest)) and _stands_alone(match, text)


def _stands_alone(match: re.Match[str], text: str) -> bool:
    """Tell whether a code has a line of its own, stands between tags or codes, or touches a first word."""
    before, after = (
        text[max(0, match.start() - 200) : match.start()].rstrip(" \t"),
        text[match.end() : match.end() + 200],
    )
    if before and before[-1] not in "\n>]":
        return False
    rest = after.lstrip(" \t")
    return not rest or rest[0] in "\r\n<[" or after[0].isupper()


def _is_block(name: str) -> bool:
    parts = set(PARTS.split(name.casefold()))
    return not parts & INLINE_PARTS and (bool(parts & BLOCK_PARTS) or bool(BUILDER.fullmatch(name)))


def _would_glue(parts: list[str], text: str, end: int) -> bool:
    """Tell whether a sentence would run into the next word if a code were removed without a trace."""
    before = parts[-1][-1:] if parts else ""
    return before in SENTENCE_END and before != "" and text[end : end + 1].isalnum()


def _heading(match: re.Match[str]) -> str:
    if match[1] or not HEADED.fullmatch(match[2]):
        return ""
    value = HEADING_VALUE.search(match[3])
    return (value[1] or value[2] or "").strip() if value else ""
