"""The exceptions of retrieval.

RetrievalError(ClippingsError)
├── ExtraMissing                an optional package is not installed
├── QuestionError
│   ├── EmptyQuestion           the question has no letter and no digit
│   ├── QuestionTooLong         it is longer than the settings allow
│   ├── InvalidFilter           a date, a name or an order that is not possible
│   └── UnknownName             a source or an author that no article has
├── OptionRefused               options that do not go together
├── QuestionsUnreadable         a file of questions cannot be read, or has none
├── EncoderError
│   ├── ModelMissing            there is no model of that name
│   ├── PassageLimit            passages are to have a length that the model cannot read
│   └── ModelUntrusted          the model's weights are not the expected ones
├── FitUnusable                 a file with a confidence fit is missing, damaged or of another model
├── ArchiveError
│   ├── ArchiveMissing          there is no archive yet
│   ├── NotAnArchive            the folder or the file is something else
│   ├── ArchiveUnwritable       the folder is read-only, or the disk is full
│   ├── ArchiveUnreadable       its files may not be read, or their disk is away
│   ├── ArchiveBusy             another process is writing, or has locked it
│   ├── ArchiveDamaged          the content differs from what was stored
│   ├── ArchiveMismatch         the archive has another model or passage length than the settings
│   ├── ModelChanged            the archive was embedded again with another model meanwhile
│   ├── ArchiveUnreachable      the server does not answer in time
│   ├── ArchiveRefused          the server refuses the token or the certificate
│   ├── NotLocal                the operation needs an archive in a folder
│   ├── CopyRefused             the target of a copy holds something else
│   ├── CopyFailed              the copy differs from the original
│   ├── ShardRefused            the operation cannot be done in shards
│   ├── RemovalRefused          a run would remove too many articles
│   └── ArticleMissing          there is no article of that id
├── SourceError
│   ├── SourcesUnusable         sources.db cannot be read or written
│   ├── SourceUnknown           there is no [[source]] of that name
│   └── LinkRefused             the operation works with files only
└── EvaluationError
    ├── QuestionSetMissing      a folder or a file of a question set is missing
    ├── QuestionSetBroken       a line of a question set is invalid
    ├── FeedbackMissing         there are no verdicts of users to measure by
    ├── TooFewQuestions         a question set is too small to fit the confidence on
    └── OutputUnwritable        a run or a report cannot be written
"""

from corpus.errors import ClippingsError


class RetrievalError(ClippingsError):
    """The base of all errors of retrieval."""


class ExtraMissing(RetrievalError):
    """A feature needs an optional package that is not installed."""


class QuestionError(RetrievalError):
    """A question that cannot be asked; the message says why.

    The message is a template and its values, so that it can be translated; a tuple among the values is a list of names.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        super().__init__(template)
        self.template = template
        self.values = values

    def __str__(self) -> str:
        return self.filled(self.template)

    def filled(self, template: str, *, comma: str = ", ", marks: str = "“”") -> str:
        """Return a translation of the template with the values; each name in a list is put between the two marks."""
        values = {
            key: comma.join(f"{marks[0]}{name}{marks[1]}" for name in value) if isinstance(value, tuple) else value
            for key, value in self.values.items()
        }
        return template.format(**values)


class EmptyQuestion(QuestionError):
    """A question without a single letter or digit."""


class QuestionTooLong(QuestionError):
    """A question longer than the settings allow."""


class InvalidFilter(QuestionError):
    """A filter or an order that is not possible: no such date, an empty period, an empty name."""


class UnknownName(QuestionError):
    """A source or an author that no article in the archive has."""


class OptionRefused(RetrievalError):
    """Options of a command that do not go together."""


class QuestionsUnreadable(RetrievalError):
    """A file of questions cannot be read, or has none."""


class EncoderError(RetrievalError):
    """The embedding model cannot be used."""


class ModelMissing(EncoderError):
    """There is no model of that name."""


class ModelUntrusted(EncoderError):
    """The model's weights are not the expected ones."""


class PassageLimit(EncoderError):
    """The passage length is shorter or longer than the model allows."""


class FitUnusable(RetrievalError):
    """The file with the confidence fit is missing, damaged, or of another model."""


class ArchiveError(RetrievalError):
    """The archive cannot be opened, read or written."""


class ArchiveMissing(ArchiveError):
    """There is no archive yet."""


class NotAnArchive(ArchiveError):
    """The location of the archive holds something else."""


class ArchiveUnwritable(ArchiveError):
    """The archive's folder is read-only, or its disk is full."""


class ArchiveUnreadable(ArchiveError):
    """The operating system does not let this user read the archive's files; nothing says that they are damaged."""


class ArchiveMismatch(ArchiveError):
    """The archive was made with another model or passage length than the settings have."""


class ArchiveBusy(ArchiveError):
    """Another process is writing to the archive, or has locked it."""


class ArchiveDamaged(ArchiveError):
    """The content of the archive differs from what was stored."""


class ModelChanged(ArchiveError):
    """The archive was embedded again with another model since the question was embedded."""


class ArchiveUnreachable(ArchiveError):
    """The archive's server does not answer, or not in time."""


class ArchiveRefused(ArchiveError):
    """The archive's server refuses the token or the certificate of the settings."""


class NotLocal(ArchiveError):
    """The operation needs an archive in a folder, and this one is on a server."""


class CopyRefused(ArchiveError):
    """The target of a copy holds something else."""


class CopyFailed(ArchiveError):
    """The copy of an archive differs from the original."""


class ShardRefused(ArchiveError):
    """The operation cannot be done in shards."""


class RemovalRefused(ArchiveError):
    """A run would remove so many articles that it may be a mistake."""


class ArticleMissing(ArchiveError):
    """There is no article of that id."""


class SourceError(RetrievalError):
    """The base of errors about sources."""


class SourcesUnusable(SourceError):
    """sources.db cannot be read or written."""


class SourceUnknown(SourceError):
    """The settings have no source of that name."""


class LinkRefused(SourceError):
    """The operation works with files only, and got a link."""


class EvaluationError(RetrievalError):
    """The base of errors in measuring answers."""


class QuestionSetMissing(EvaluationError):
    """The folder of a question set, or one of its files, is missing."""


class QuestionSetBroken(EvaluationError):
    """A file of a question set is invalid; the message names the line."""


class FeedbackMissing(EvaluationError):
    """There are no verdicts of users, or none by which the archive can be measured."""


class TooFewQuestions(EvaluationError):
    """The question set is too small to fit the confidence on."""


class OutputUnwritable(EvaluationError):
    """A run or a report cannot be written."""
