"""How long the bot waits."""

from dataclasses import dataclass

from bot.outgoing.retry_delays import DEFAULT_BACKOFF
from corpus.backoff import Backoff


@dataclass(frozen=True, slots=True)
class Times:
    """How long the bot waits, in seconds. Tests pass shorter times."""

    backoff: Backoff = DEFAULT_BACKOFF  # between two tries to reach Telegram or to write bot.db
    first_examples: float = 5.0  # from the start until questions for /start are looked for
    first_poll: float = 1.0  # how long a starting process polls without taking updates, to detect another one
    poll_pause: float = 0.1  # between two such polls
    silence: float = 60.0  # without an answer from Telegram; after that another process may have started
    webhook_check: float = 60.0  # between two checks that updates still come to this process
    watch_check: float = 2.0  # between two checks of the archive's generation
    watch_quiet: float = 10.0  # without a change in the archive, before watches are notified: once for a whole import
    watch_longest: float = 600.0  # until watches are notified of an archive that changes all the time
    sync_retry: float = 60.0  # until the sources are tried again, if the archive could not be changed
    examples: float = 3.0  # that a greeting waits for example questions
    undo: float = 10.0  # in which a verdict can be taken back
    typing_repeat: float = 4.5  # between two "typing" actions; Telegram shows one for five
    greeting: float = 1.0  # before a group that the bot was added to is greeted
    shutdown: float = 20.0  # that questions in progress are given when the bot stops
