"""What the bot says in its own words, as HTML."""

START = """\
Hello! Ask me anything about the news in this archive, and I look for the passage that answers.

I only quote: what you read is what was printed, with its headline and date, and the answering sentence in \
<b>bold</b>. If the archive does not answer, I say so.

Just write a question, for example:
• <i>who met Kerry?</i>
• <i>what happened to Xu Zhiyong?</i>

/help says more."""

HELP = """\
<b>In this chat</b>, just write your question, in your own words. One question a message works best.

<b>In a group</b>, I speak only when I am asked:
• /ask and your question
• mention me in your question
• reply to one of my messages

<b>To ask a part of the archive</b>, write where to look beside your question; <code>sort:new</code> shows what \
answers newest first:
• <code>what happened to Xu Zhiyong? since:2014-02 until:2014 sort:new</code>
• <code>who met Kerry? source:"Site Default" author:Yoon</code>

A question such as <i>when was he detained?</i> goes on from your last one. For that I remember your last question for \
15 minutes, in memory only, and use it for you alone; /start makes me forget it.

You get the passage that answers, word for word, with the answering sentence in bold. More passages, where \
there are any, are folded up below it: tap to open them."""

ASK_WHAT = "Please write your question after it, for example: <i>/ask who met Kerry?</i>"

UNKNOWN_COMMAND = "I do not know that command. Just write me your question, or see /help."

ONLY_TEXT = "I can only read text so far. Please write me your question in words."

APOLOGY = "Sorry, something went wrong here and I could not answer. Please ask again in a minute."

NO_ANSWER = "Nothing in this archive answers that."

CLOSEST = "Closest, but not an answer:"

SEARCHED = "Searched for:"

SAME_STORY = "The same story:"

COMMANDS = (
    ("ask", "Ask the archive a question"),
    ("help", "How to ask, here and in groups"),
    ("start", "What this bot does"),
)
