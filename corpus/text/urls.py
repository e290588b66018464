"""Links in a normal form, so that the same page has one."""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

# What is hung on to a link to tell where a reader came from: it changes nothing about the page.
TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|oly_\w+|vero_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid"
    r"|mc_cid|mc_eid|igshid|igsh|_ga|_gl|mkt_tok|li_fat_id|ref_src)",
    re.IGNORECASE,
)
DEFAULT_PORTS = {"http": 80, "https": 443}
DROPPED = re.compile(r"[\x00-\x1f\x7f]")
LONGEST_LINK = 2000


def canonical_url(link: str, base: str | None = None) -> str | None:
    """Return an absolute http(s) link in a normal form; None for anything else.

    A relative link is taken from `base`. The host is put in lower case; a default port, a name and password, the
    fragment and tracking parameters go; everything else stays as it is written.
    """
    written = DROPPED.sub("", link).strip().replace(" ", "%20")
    try:
        parts = urlsplit(urljoin(base, written) if base else written)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    if scheme not in DEFAULT_PORTS or not host or len(written) > LONGEST_LINK or not host.strip("."):
        return None
    host = f"[{host}]" if ":" in host else host
    place = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, place, parts.path or "/", _without_tracking(parts.query), ""))


def _without_tracking(query: str) -> str:
    return "&".join(part for part in query.split("&") if not TRACKING.fullmatch(part.partition("=")[0]))
