"""Splits a message into its questions: "Who met Kerry? And where?" has two, "Who met him, and when did he go?" too."""

import re

# A question mark, closing quotation marks, and then a space or, as in Chinese, nothing.
END = re.compile(r"(?:[?？؟]+[”\"’'»)）]*(?=\s)|[？؟]+|(?<=[\u4e00-\u9fff])\?+)")
# A second question behind a comma, of at least four words.
JOINED = re.compile(r"(?i),\s+and\s+(?=(?:who|whom|what|when|where|why|how)(?:\s+\S+){3,}\s*\?)")
NUMBER = re.compile(r"^(?:\(?[Qq]?[0-9]{1,2}[.):：、]|[-•*])\s*")
QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|「[^」]*」|『[^』]*』|\([^)]*\)|（[^）]*）")
# What is left of the joint at the end of the first question.
JOINT = re.compile(r"(?i),\s+and$")
QUESTION = re.compile(
    r"(?i)\W*(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|do|does|did|has|have|had|can|could|will|would)\b"
)
WORD = re.compile(r"[^\W_]")
ONE_FILTER = r"\w+:(?:\"[^\"]*\"|\S+)"
FILTER = re.compile(rf"\s*{ONE_FILTER}(?:\s+{ONE_FILTER})*\s*")


def questions_in(text: str) -> list[str]:
    """Return the questions in a text, each with what stands before it; the text alone if it does not have several.

    Question marks inside quotation marks and brackets end nothing. What follows the last question belongs to it;
    filters that follow it belong to all. Numbers in front of them are left out.
    """
    quoted = [range(*match.span()) for match in QUOTED.finditer(text)]
    found = [*END.finditer(text), *(match for match in JOINED.finditer(text) if QUESTION.match(text))]
    ends = sorted(match.end() for match in found if not any(match.start() in span for span in quoted))
    starts = [0, *ends]
    parts = [text[start:end].strip() for start, end in zip(starts, [*ends, len(text)], strict=True)]
    if len(parts) > 1 and FILTER.fullmatch(parts[-1]):
        *parts, filters = parts
        parts = [f"{part} {filters}" for part in parts]
    elif len(parts) > 1 and not parts[-1].endswith(("?", "？", "؟")):
        *parts, rest = parts
        parts[-1] = f"{parts[-1]} {rest}".strip()
    asked = list(dict.fromkeys(JOINT.sub("?", NUMBER.sub("", part)) for part in parts if WORD.search(part)))
    return asked if len(asked) > 1 else asked if len(parts) > 1 and asked else [text]
