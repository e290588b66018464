"""Recognize a question about how things stand: "Was Okafor released?", "how many died", "Who is mayor?", "还在押吗？".

Its answer may have changed, so of the passages that answer about as well the newest leads (order_hits.py). A
question that names a moment of the past asks for none of this: "Who defended her at the first hearing?"
"""

import re

from retrieval.answer.context_dependent_chinese import is_chinese

STATE = re.compile(
    r"(?i:^(?:and\s+)?(?:is|are|was|were|has|have|does|do|did)\b|\b(?:still|now|currently|today|so far|in the end)\b"
    r"|^(?:and\s+)?who(?:['’]s|\s+is|\s+are|\s+leads|\s+runs|\s+heads|\s+represents)\b)"
)
# What is counted anew as long as a story goes on.
COUNT = re.compile(
    r"(?i:^how\s+(?:many|much)\b.*\b(?:die|died|dead|deaths|killed|missing|survived|survivors|injured|hurt|victims|costs?)\b"
    r"|\bdeath\s+toll\b)"
)
PAST = re.compile(r"(?i:\b(?:first|before|original(?:ly)?|initial(?:ly)?|supposed|former(?:ly)?|previous(?:ly)?)\b)")
# Not of a count: "How many died when the ferry sank?"
MOMENT = re.compile(r"(?i:\b(?:at the|at (?:her|his|their)|then|when|until|after|during|why)\b)")
STATE_CHINESE = re.compile(
    "[吗嗎]|是否|还在|還在|仍|现在|現在|目前|如今|至今|(?:多少|[几幾])[人名](?:死|遇|失|受|被|幸)|死了(?:多少|[几幾])|"
    "[谁誰]是|是[谁誰]"
)
PAST_CHINESE = re.compile("当时|當時|最初|起初|原来|原來|之前|以前|首次|第一次|曾|为什么|為什麼|为何|為何")


def asks_for_present_state(question: str) -> bool:
    """Tell whether the answer to a question may change with time, and the last one is asked for."""
    if is_chinese(question):
        return bool(STATE_CHINESE.search(question)) and not PAST_CHINESE.search(question)
    if PAST.search(question):
        return False
    return bool(COUNT.search(question) or (STATE.search(question) and not MOMENT.search(question)))
