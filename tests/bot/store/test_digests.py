"""The digests in bot.db: one a chat and topic, which ends and moves with its chat."""

from dataclasses import replace

from bot.store.database import BotDatabase
from bot.store.digests import Digest, Digests
from bot.store.watches import Watch, Watches

DIGEST = Digest(-5, None, 7, "en", 480, None, 100)
TOPIC = replace(DIGEST, topic=3, utc_offset=180)


def test_a_chat_and_each_of_its_topics_has_one_digest(database: BotDatabase) -> None:
    digests = Digests(database)
    for digest in (DIGEST, TOPIC, replace(DIGEST, minute=540)):
        digests.put(digest)
    assert digests.find(-5, None) == replace(DIGEST, minute=540)
    assert digests.find(-5, 3) == TOPIC
    assert digests.find(-5, 4) is None
    assert digests.end(-5, None)
    assert not digests.end(-5, None)
    assert digests.all() == [TOPIC]


def test_a_digest_is_due_until_it_is_postponed_and_stays_as_set_meanwhile(database: BotDatabase) -> None:
    digests = Digests(database)
    digests.put(DIGEST)
    digests.put(replace(TOPIC, due=101))
    assert (digests.due(99), digests.due(100)) == ([], [DIGEST])
    digests.postpone(DIGEST, 200)
    assert digests.find(-5, None) == replace(DIGEST, due=200)
    digests.put(replace(DIGEST, due=150))  # the user changes the hour while one is sent
    digests.postpone(replace(DIGEST, due=200), 300)
    assert digests.find(-5, None) == replace(DIGEST, due=150)


def test_digests_end_and_move_with_their_chats(database: BotDatabase) -> None:
    digests, watches = Digests(database), Watches(database)
    other = replace(DIGEST, chat=-6)
    for digest in (DIGEST, TOPIC, other):
        digests.put(digest)
    watch = watches.add(Watch(0, -5, None, 7, "en", "who?", 0), 10)
    watches.add(Watch(0, -5, 3, 7, "en", "who?", 0), 10)
    watches.end_in_topic(-5, 3)
    assert (watches.all(), digests.all()) == ([watch], [other, DIGEST])
    watches.move(-5, -1005)
    assert digests.find(-1005, None) == replace(DIGEST, chat=-1005)
    watches.end_all(-1005)
    assert (watches.all(), digests.all()) == ([], [other])


def test_articles_of_several_watches_are_claimed_together(database: BotDatabase) -> None:
    watches = Watches(database)
    first = watches.add(Watch(0, -5, None, 7, "en", "who?", 0), 10)
    second = watches.add(Watch(0, -5, None, 7, "en", "Xu Zhiyong", 0, words=True), 10)
    assert first
    assert second
    assert watches.claim(first, ["a"]) == {"a"}
    assert watches.claim_each([(first, ["a", "b"]), (second, ["a"])]) == [{"b"}, {"a"}]
    watches.end(second.id, -5)
    assert watches.claim_each([(first, ["c"]), (second, ["c"])]) == [{"c"}, set()]


def test_a_question_that_is_watched_again_as_words_is_one_watch(database: BotDatabase) -> None:
    watches = Watches(database)
    question = watches.add(Watch(0, -5, None, 7, "en", "Xu Zhiyong", 4), 10)
    assert question
    again = watches.add(Watch(0, -5, None, 8, "zh", "Xu Zhiyong", 9, words=True), 10)
    assert again == replace(question, words=True)
    assert watches.all() == [again]
