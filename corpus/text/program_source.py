"""Tells program source from prose: by its lines, without the remarks in it, which are prose."""

import re

# What begins a remark of several lines, and what ends it; and what begins a remark of one line.
REMARKS = {
    "/*": "*/",
    '"""': '"""',
    "'''": "'''",
    'r"""': '"""',
    "<!--": "-->",
    "=pod": "=cut",
    "=head": "=cut",
    "{-": "-}",
}
REMARK_LINE = re.compile(r"#|//|--(?!\S{3})|;|%|!(?:\s|$)|dnl\b|REM\b|\.\.\s")
# Lines of program source, of any usual language.
CODE = re.compile(
    r"\s*(?:(?:import|from) [\w.*{}, \"'/@-]+(?:;|\bimport\b.*|$|\bfrom\b [\"'].*)|import \w[\w.]*$|package [\w.]+;?$"
    r"|using [\w.]+;|use [\w:\\{}, ]+;|namespace [\w\\.]+\s*[;{]?$|#\s*(?:include|define|ifn?def|endif|pragma)\b.*"
    r"|(?:async )?def \w+\s*\(.*|class \w+\s*(?:\(.*\)|extends .*|<.*)?\s*[:{]?$|(?:pub |export |default |async )*"
    r"(?:function|fn|func|fun)\b.*[({].*|(?:export |declare )?(?:const|let|var)\s+[\w{}\[\], :<>|]+\s*=.*"
    r"|(?:public|private|protected|internal|static|final|abstract|override|virtual|void|int|char|double|float|bool|string)\s"
    r".*[({;=].*|(?:if|elif|else if|while|for|foreach|switch|catch|with|unless)\b\s*[(\w!].*[:{]\s*$"
    r"|(?:if|for|while|switch)\s*\(.*|(?:else|try|do|finally|begin|fi|done|esac|end|then)\s*[:{;]?\s*$|\}?\s*else\b.*[:{]\s*$"
    r"|(?:return|yield|raise|throw|await|break|continue|assert|echo|print|puts|printf|sudo|cd|mkdir|export|local)\b.*"
    r"[;()\[\]=${}\"'].*|(?:return|break|continue|pass)\s*;?$|@\w[\w.]*(?:\(.*\))?$|[\w.$\[\]\"']+\s*[-+*/|&:]?=[^=].*"
    r"|[\w.$>:-]+\(.*\)\s*[;,{:]?$|[\w.$>:-]+\($|[\])};,({\[]+\s*$|.*[=()\[\]{}\"'\\>]\s*;\s*(?://.*)?$|.*[\w)\"']\s*\{$"
    r"|[\"']?[\w-]+[\"']?\s*:\s.*[,{\[]$|\"\"\"|'''|/\*.*|<\?php|\?>|#!.*|\$\w+.*[;{]$|case\b.*:$)"
)
WORDS = re.compile(r"[^\W\d_]{2,}")
PUNCTUATION = re.compile(r"[{}();=<>\[\]$\\|]")
PROGRAM_SIGNS = re.compile(r"[{}();=]")
STRONG_SIGNS = re.compile(r"[{}=]|[\w.]\(|\)\s*;|[^\w\s];$")
SENTENCE_END = re.compile(r"[.!?…][\"'”’»)]*\s*$|[。！？]\s*$")


def is_program_source(lines: list[str]) -> bool:
    """Tell whether most lines, remarks apart, are of a program."""
    bare = without_remarks(lines)
    if not bare:
        return False
    characters = sum(len(line.strip()) for line in bare)
    prose = prose_share(bare)
    code = [line for line in bare if CODE.fullmatch(line)]
    if len(code) >= 2 and sum(len(line.strip()) for line in code) >= 0.4 * characters:
        return prose < 0.3
    # Unknown languages, and programs on one long line.
    marks = sum(len(PROGRAM_SIGNS.findall(line)) for line in bare)
    least = 0.04 if len(bare) >= 5 or len(bare) < len(lines) else 0.08
    # A poem has semicolons at the ends of its lines, and a list of ingredients has words in brackets.
    strong = sum(len(STRONG_SIGNS.findall(line)) for line in bare)
    return characters >= 20 and strong >= 2 and marks >= least * characters and prose < 0.3


def without_remarks(lines: list[str]) -> list[str]:
    """Leave out the remarks of programs, which are prose: comments, and the texts that describe a function."""
    bare: list[str] = []
    closing = ""
    for line in lines:
        text = line.strip()
        if closing:
            closing = "" if closing in text else closing
            continue
        opening = next((mark for mark in REMARKS if text.startswith(mark)), None)
        if opening is not None:
            closing = REMARKS[opening] if REMARKS[opening] not in text[len(opening) :] else ""
        elif not REMARK_LINE.match(text):
            bare.append(line)
    return bare


def prose_share(lines: list[str]) -> float:
    """Return the share of the characters that are in lines of prose: several words, and few signs of programs."""
    prose = sum(len(line) for line in lines if _is_prose_line(line))
    return prose / max(1, sum(map(len, lines)))


def _is_prose_line(line: str) -> bool:
    words = WORDS.findall(line)
    letters = sum(map(len, words))
    return (
        len(words) >= 5 and letters >= 0.65 * len(line.strip()) and len(PUNCTUATION.findall(line)) <= 0.03 * len(line)
    )


def is_prose(lines: list[str]) -> bool:
    """Tell whether half of the text is prose, or it is in a script without spaces."""
    return prose_share(lines) >= 0.5 or any("\u3040" <= character <= "\u9fff" for character in "".join(lines[:5]))
