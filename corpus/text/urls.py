"""URLs in canonical form, so that one page has one URL."""

import re
from urllib.parse import urljoin, urlsplit, urlunsplit

# Query parameters that only record a visitor's origin; the page is the same without them.
TRACKING = re.compile(
    r"(?:utm_\w+|mtm_\w+|pk_\w+|oly_\w+|vero_\w+|fbclid|gclid|gclsrc|dclid|gbraid|wbraid|msclkid|yclid|twclid|ttclid"
    r"|mc_cid|mc_eid|igshid|igsh|_ga|_gl|mkt_tok|li_fat_id|ref_src)",
    re.IGNORECASE,
)
DEFAULT_PORTS = {"http": 80, "https": 443}
CONTROL_CHARACTERS = re.compile(r"[\x00-\x1f\x7f]")
MAX_LINK_CHARACTERS = 2000


def canonical_url(link: str, base: str | None = None) -> str | None:
    """Return an absolute http(s) URL in canonical form; None for anything else.

    A relative link is resolved against `base`. The host becomes lower case. A default port, user name and password, the
    fragment and tracking parameters are removed. Everything else stays unchanged.
    """
    written = CONTROL_CHARACTERS.sub("", link).strip().replace(" ", "%20")
    try:
        parts = urlsplit(urljoin(base, written) if base else written)
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None
    if scheme not in DEFAULT_PORTS or not host or len(written) > MAX_LINK_CHARACTERS or not host.strip("."):
        return None
    host = f"[{host}]" if ":" in host else host
    network_location = host if port in (None, DEFAULT_PORTS[scheme]) else f"{host}:{port}"
    return urlunsplit((scheme, network_location, parts.path or "/", _without_tracking(parts.query), ""))


def _without_tracking(query: str) -> str:
    return "&".join(part for part in query.split("&") if not TRACKING.fullmatch(part.partition("=")[0]))
