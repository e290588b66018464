"""What telling a text's language costs, and taking it apart into words: python -m benchmarks.languages.

Articles of 4,000 characters of one sentence each, so what is measured is time and no quality.
"""

import sys
import time
from collections.abc import Callable
from functools import partial

from corpus.text.language import detect_language
from retrieval.text.analysis import stems

CHARACTERS, TIMES, TRIES = 4000, 50, 5
SENTENCES = {
    "English": "The mayor opened the new bridge over the river on Monday, and hundreds of people walked across it. ",
    "Chinese": "市长星期一为新大桥剪彩，数百名市民步行过桥，随后大桥才向车辆开放。",
    "Arabic": "افتتح رئيس البلدية الجسر الجديد فوق النهر يوم الاثنين، وعبره المئات من الناس سيرا على الأقدام. ",
    "German": "Der Bürgermeister hat am Montag die neue Brücke über den Fluss eröffnet, und Hunderte gingen darüber. ",
}


def main() -> None:
    """Print a line a language: its code, milliseconds to tell it, and to find its words."""
    print(f"{'':<10}{'told':<6}{'language':>10}{'words':>10}   (milliseconds a text of {CHARACTERS:,} characters)")
    for name, sentence in SENTENCES.items():
        text = (sentence * CHARACTERS)[:CHARACTERS]
        before = "py3langid" in sys.modules
        began = time.process_time()
        told = detect_language(text)
        first = time.process_time() - began
        loaded = f"   loading py3langid took {first:.2f} s" if "py3langid" in sys.modules and not before else ""
        language, words = _best(partial(detect_language, text)), _best(partial(stems, text))
        print(f"{name:<10}{told:<6}{language:>10.2f}{words:>10.2f}{loaded}")


def _best(do: Callable[[], object]) -> float:
    """Return the milliseconds that it takes, on average over some times, the quickest of some tries."""
    quickest = float("inf")
    for _ in range(TRIES):
        began = time.process_time()
        for _ in range(TIMES):
            do()
        quickest = min(quickest, time.process_time() - began)
    return 1000 * quickest / TIMES


if __name__ == "__main__":
    main()
