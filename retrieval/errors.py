"""Retrieval's part of the exception tree.

RetrievalError(ClippingsError)
├── QuestionError
│   ├── EmptyQuestion               no letter and no digit in it
│   ├── QuestionTooLong
│   ├── ImpossibleSlice             a date, a name or an order that cannot be
│   └── UnknownName                 a source or an author that no article has
├── EncoderError
│   ├── ModelMissing                no such model here
│   ├── PassageLimit                passages of a length that it cannot read
│   └── ModelUntrusted              its weights are not the ones they are said to be
├── ArchiveError
│   ├── ArchiveMissing              nothing indexed yet
│   ├── NotAnArchive                a folder or a file that is something else
│   ├── ArchiveUnwritable           read-only, or the disk is full
│   ├── ArchiveBusy                 another process is writing to it
│   ├── ArchiveDamaged              what it holds is not what was stored
│   ├── ArchiveMismatch             made with another model or other passages than the settings name
│   ├── ModelChanged                it has been embedded with another model since
│   ├── ArchiveUnreachable          the server that it is on does not answer, or not in time
│   ├── ArchiveRefused              the server that it is on lets nobody in with this token or certificate
│   ├── NotLocal                 asked of an archive on a server what only one in a folder can do
│   ├── ExtraMissing                a package is not installed that only such an archive needs
│   ├── CopyRefused                 the archive to copy to holds something else
│   ├── CopyFailed                  a copy is not what was copied
│   ├── ShardRefused                a part is asked of what one process has to do
│   ├── RemovalRefused              more articles are missing than one run removes unasked
│   └── ArticleMissing              no article of that id
├── SourceError
│   ├── SourcesUnusable             sources.db cannot be read or written
│   ├── SourceUnknown               no [[source]] of that name
│   └── LinkRefused                 a link where only files can be
└── EvaluationError
    ├── QuestionSetMissing          a folder or a file of a question set is not there
    ├── QuestionSetBroken           a line of it that cannot be what it should be
    ├── FeedbackMissing             readers have said nothing of answers that could be measured
    └── OutputUnwritable            a run or a report cannot be written where it is to go
"""

from corpus.errors import ClippingsError


class RetrievalError(ClippingsError):
    """Something between articles and answers."""


class QuestionError(RetrievalError):
    """A question that cannot be asked; the text says why, and is kept apart from what is put into it.

    So it can be said in other words or in another language: `template.format(**values)` is the English text.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.template.format(**self.values)


class EmptyQuestion(QuestionError):
    """A question without a single letter or digit."""


class QuestionTooLong(QuestionError):
    """A question longer than the settings allow."""


class InvalidFilter(QuestionError):
    """A part of the archive that cannot be: no such date, none between two, no name, no such order."""


class UnknownName(QuestionError):
    """A source or an author that no article in the archive has."""


class EncoderError(RetrievalError):
    """The embedding model cannot be used."""


class ModelMissing(EncoderError):
    """No model of that name is here."""


class ModelUntrusted(EncoderError):
    """The model's weights are not those that its name promises."""


class PassageLimit(EncoderError):
    """Passages are to be shorter or longer than the model allows."""


class ArchiveError(RetrievalError):
    """The archive cannot be opened, read or written."""


class ArchiveMissing(ArchiveError):
    """There is no archive yet."""


class NotAnArchive(ArchiveError):
    """What lies at the archive's place is something else."""


class ArchiveUnwritable(ArchiveError):
    """The archive's folder or disk does not take what is to be written."""


class ArchiveMismatch(ArchiveError):
    """The archive was made with another model or other settings than those in use."""


class ArchiveBusy(ArchiveError):
    """Another process is writing to the archive."""


class ArchiveDamaged(ArchiveError):
    """What the archive holds is not what was stored in it."""


class ModelChanged(ArchiveError):
    """The archive has been embedded with another model since the question was."""


class ArchiveUnreachable(ArchiveError):
    """The server that an archive is on does not answer, or not in time."""


class ArchiveRefused(ArchiveError):
    """The server that an archive is on lets nobody in with the token or the certificate of the settings."""


class NotLocal(ArchiveError):
    """An archive on a server is asked for what only one in a folder can do."""


class ExtraMissing(ArchiveError):
    """A package is not installed that only such an archive needs."""


class CopyRefused(ArchiveError):
    """An archive is to be copied to where something else is."""


class CopyFailed(ArchiveError):
    """The copy of an archive is not what was copied."""


class ShardRefused(ArchiveError):
    """A part is asked of what one process has to do alone."""


class RemovalRefused(ArchiveError):
    """So many articles are missing that it may be a mistake."""


class ArticleMissing(ArchiveError):
    """There is no article of that id."""


class SourceError(RetrievalError):
    """Something about the places that articles come from by themselves."""


class SourcesUnusable(SourceError):
    """What is known of the sources cannot be read or written."""


class SourceUnknown(SourceError):
    """The settings have no source of that name."""


class LinkRefused(SourceError):
    """A link is given for what is done with files only."""


class EvaluationError(RetrievalError):
    """Answers cannot be measured, or not be told of."""


class QuestionSetMissing(EvaluationError):
    """A folder of questions, or one of its files, is not there."""


class QuestionSetBroken(EvaluationError):
    """A file of a question set holds something else than it should; the text names its line."""


class FeedbackMissing(EvaluationError):
    """There are no verdicts of readers, or none that the archive can be measured by."""


class OutputUnwritable(EvaluationError):
    """A run or a report cannot be written where it is to go."""
