"""The exported model: its vectors are close to those of sentence-transformers, and unverified files are refused."""

import json
import os
import shutil
import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import msgspec
import numpy as np
import pytest
from filelock import FileLock
from numpy.typing import NDArray

from retrieval.encode import export as export_module
from retrieval.encode import exported_files
from retrieval.encode import open as open_module
from retrieval.encode.encoder import Tokens, Vectors, precision_of, same_model
from retrieval.encode.exported_files import READER_JOINT, Exported, exported_folder, find
from retrieval.encode.onnx import OnnxEncoder
from retrieval.encode.open import open_encoder
from retrieval.encode.sentence_transformers import SentenceEncoder
from retrieval.errors import ModelMissing

pytestmark = pytest.mark.usefixtures("encoder")  # exports the model
ROOT = Path(__file__).parents[3]
TEXTS = [
    "Kerry met four bloggers in Beijing.",
    "What happened to Xu Zhiyong?",
    "",
    "国务卿克里 met bloggers, 2014 — “free”…",
    "The Communist Party last month sentenced legal scholar Xu Zhiyong to four years in prison. " * 30,
]


@pytest.fixture(scope="module")
def full(models: Path, encoder: OnnxEncoder) -> OnnxEncoder:
    full = open_encoder(encoder.name, models, precision="fp32")
    assert isinstance(full, OnnxEncoder)
    return full


def test_vectors_are_close_to_the_originals(encoder: OnnxEncoder, full: OnnxEncoder, original: SentenceEncoder) -> None:
    expected = original.encode_passages(TEXTS)
    assert (full.encode_passages(TEXTS) * expected).sum(axis=1).min() >= 0.9999
    assert (encoder.encode_passages(TEXTS) * expected).sum(axis=1).min() >= 0.99
    assert (encoder.encode_passages(TEXTS) * full.encode_passages(TEXTS)).sum(axis=1).min() < 0.9999  # int8 is not fp32


def test_tokens_are_close_to_the_originals(encoder: OnnxEncoder, original: SentenceEncoder) -> None:
    for pair in zip(encoder.encode_passage_tokens(TEXTS), original.encode_passage_tokens(TEXTS), strict=True):
        assert_close(*pair)


@pytest.mark.parametrize("question", ["What happened to Xu Zhiyong?", "", "剪彩?"])
def test_a_reader_reads_nearly_as_the_original(encoder: OnnxEncoder, original: SentenceEncoder, question: str) -> None:
    assert encoder.reader is not None
    assert original.reader is not None
    read = zip(encoder.reader.read(question, TEXTS), original.reader.read(question, TEXTS), strict=True)
    for ours, theirs in read:
        assert_close(ours.question, theirs.question)
        assert_close(ours.passage, theirs.passage)
        assert len(ours.of_answer) == len(ours.passage.spans)
        np.testing.assert_allclose(ours.of_answer, theirs.of_answer, atol=1.0)
    assert encoder.reader.read(question, []) == []


def test_another_question_to_a_passage_goes_through_the_upper_layers_only(
    encoder: OnnxEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = encoder.reader
    assert reader is not None
    text, question, other = "Kerry met four bloggers in Beijing on Saturday.", "Who met Kerry?", "Who met Kerry, when?"
    first = reader.read(question, [text])[0]
    made, layers = list[int](), reader.lower_layers

    def counted(ids: NDArray[np.int64]) -> Vectors:
        made.append(ids.shape[1])
        return layers(ids)

    monkeypatch.setattr(reader, "lower_layers", counted)
    reader.read(other, [text])
    assert made == [len(encoder.cut(other).ids)]
    again = reader.read(question, [text])[0]
    np.testing.assert_array_equal(first.passage.vectors, again.passage.vectors)
    np.testing.assert_array_equal(first.of_answer, again.of_answer)


def assert_close(tokens: Tokens, expected: Tokens) -> None:
    np.testing.assert_array_equal(tokens.spans, expected.spans)
    assert tokens.vectors.shape == expected.vectors.shape
    if len(tokens.vectors):
        known = tokens.vectors.any(axis=1)
        np.testing.assert_array_equal(known, expected.vectors.any(axis=1))
        if known.any():
            assert (tokens.vectors * expected.vectors)[known].sum(axis=1).mean() >= 0.985
            np.testing.assert_allclose(np.linalg.norm(tokens.vectors[known], axis=1), 1, atol=1e-5)
    assert tokens.whole @ expected.whole >= 0.98  # of a question that is nothing but unknown tokens


def test_unknown_tokens_are_similar_to_nothing(encoder: OnnxEncoder, original: SentenceEncoder) -> None:
    for either in (encoder, original):
        (tokens,) = either.encode_passage_tokens(["Kerry 剪彩 🙂 met"])
        assert tokens.vectors.any(axis=1).tolist() == [True, False, False, False, True]


def test_token_counts_and_ends_equal_the_originals(encoder: OnnxEncoder, original: SentenceEncoder) -> None:
    assert encoder.count_tokens(TEXTS) == original.count_tokens(TEXTS)
    for text in TEXTS:
        assert list(encoder.token_ends(text)) == list(original.token_ends(text))
    assert (encoder.dimension, encoder.max_tokens) == (original.dimension, original.max_tokens)


def test_the_vector_of_a_text_does_not_depend_on_the_batch(encoder: OnnxEncoder) -> None:
    together = encoder.encode_passages(TEXTS * 20)
    for number, text in enumerate(TEXTS):
        np.testing.assert_array_equal(together[number + len(TEXTS)], encoder.encode_passages([text])[0])
        np.testing.assert_array_equal(together[number], encoder.encode_passage_tokens([text])[0].whole)


def test_threads_do_not_disturb_each_other(encoder: OnnxEncoder) -> None:
    expected, counts = encoder.encode_passages(TEXTS), encoder.count_tokens(TEXTS)

    def work(_: int) -> bool:
        return bool((encoder.encode_passages(TEXTS) == expected).all()) and encoder.count_tokens(TEXTS) == counts

    with ThreadPoolExecutor(4) as threads:
        assert all(threads.map(work, range(20)))


def test_no_texts_give_no_vectors(encoder: OnnxEncoder) -> None:
    assert encoder.encode_passages([]).shape == (0, 384)
    assert encoder.encode_passage_tokens([]) == []
    assert encoder.count_tokens([]) == []


def test_the_fingerprint_names_the_precision(
    encoder: OnnxEncoder, full: OnnxEncoder, original: SentenceEncoder
) -> None:
    assert full.fingerprint == original.fingerprint != encoder.fingerprint
    assert (precision_of(full.fingerprint), precision_of(encoder.fingerprint)) == ("fp32", "int8")
    assert same_model(full.fingerprint, encoder.fingerprint)
    assert not same_model(full.fingerprint, "0" + encoder.fingerprint)


@pytest.fixture
def linked(models: Path, tmp_path: Path) -> tuple[Path, Exported]:
    """A new folder of exported models with the bundled model: its files linked, its seal copied."""
    seal = find_bundled(models)
    folder = exported_folder(tmp_path / "models", seal.fingerprint)
    folder.mkdir(parents=True)
    for file in exported_folder(models, seal.fingerprint).iterdir():
        (folder / file.name).symlink_to(file)
    (folder / exported_files.SEAL).unlink()
    exported_files.seal(folder, seal)
    return folder, seal


def find_bundled(models: Path) -> Exported:
    seal = find(models, "bundled")
    assert seal is not None
    return seal


def test_the_seal_records_the_likeness_to_the_original(models: Path) -> None:
    likeness = find_bundled(models).likeness
    assert likeness["fp32.onnx"] >= 0.9999
    assert min(likeness["int8.onnx"], likeness[READER_JOINT]) >= 0.99


def test_a_model_that_has_changed_since_its_export_is_not_found(linked: tuple[Path, Exported]) -> None:
    folder, seal = linked
    assert find(folder.parent, "bundled") == seal
    assert find(folder.parent, "another") is None
    name, (size, changed) = next(iter(seal.sources.items()))
    exported_files.seal(folder, msgspec.structs.replace(seal, sources={**seal.sources, name: (size, changed + 1)}))
    assert find(folder.parent, "bundled") is None


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"version": 1}'])
def test_an_unreadable_seal_is_ignored(linked: tuple[Path, Exported], content: bytes) -> None:
    folder, _ = linked
    (folder / exported_files.SEAL).write_bytes(content)
    assert find(folder.parent, "bundled") is None


def test_an_exported_file_that_has_changed_is_never_run(linked: tuple[Path, Exported]) -> None:
    folder, seal = linked
    file = folder / "int8.onnx"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.unlink()
    file.write_bytes(content)
    with pytest.raises(ModelMissing, match=r"int8.onnx has changed since its export. Remove .*: the model is then exp"):
        OnnxEncoder(folder, seal).encode_passages(TEXTS)


def test_fp32_is_used_if_int8_is_too_different(linked: tuple[Path, Exported], caplog: pytest.LogCaptureFixture) -> None:
    folder, seal = linked
    files = {name: digest for name, digest in seal.files.items() if name != "int8.onnx"}
    exported_files.seal(
        folder, msgspec.structs.replace(seal, files=files, refused="it came out with a cosine of 0.9 to it")
    )
    encoder = open_encoder("bundled", folder.parent)
    assert precision_of(encoder.fingerprint) == "fp32"
    assert "used in full: it came out with a cosine of 0.9" in caplog.text


def test_a_model_that_cannot_be_exported_is_served_by_sentence_transformers_and_not_tried_again(
    linked: tuple[Path, Exported], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, seal = linked
    exported_files.seal(folder, msgspec.structs.replace(seal, files={}, refused="it pools its tokens by max"))
    monkeypatch.setattr(open_module, "_export", None)
    encoder = open_encoder("bundled", folder.parent)
    assert isinstance(encoder, SentenceEncoder)
    assert "served by sentence-transformers, slower: it pools its tokens by max" in caplog.text


def test_sentence_transformers_serves_if_the_export_cannot_be_written(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    assert isinstance(open_encoder("bundled", tmp_path / "file" / "models"), SentenceEncoder)
    assert "cannot be exported to" in caplog.text


def test_an_export_that_the_disk_interrupts_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export_module, "write_unigram", full)
    with pytest.raises(OSError, match="No space left"):
        export_module.export("bundled", tmp_path / "models")
    assert list((tmp_path / "models").glob("*/export.json")) == []


def test_an_export_waits_for_one_that_is_running_and_uses_it(
    linked: tuple[Path, Exported], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when the process that asked for it was killed: its export goes on."""
    folder, seal = linked
    (folder / exported_files.SEAL).unlink()
    monkeypatch.setattr(export_module, "_export", None)
    with ThreadPoolExecutor() as pool:
        with FileLock(folder.parent / "exporting.lock"):
            second = pool.submit(export_module.export, "bundled", folder.parent)
            with pytest.raises(TimeoutError):
                second.result(timeout=0.5)
            exported_files.seal(folder, seal)
        assert second.result() is None


def test_a_model_with_other_modules_is_not_exported(tmp_path: Path) -> None:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Dense

    model = SentenceTransformer(str(SentenceEncoder()._folder), device="cpu")
    model.append(Dense(384, 64))
    model.save(str(tmp_path / "dense"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in the process of its own, which takes long to start
        export_module.export(str(tmp_path / "dense"), tmp_path / "models")
    encoder = open_encoder(str(tmp_path / "dense"), tmp_path / "models")
    assert isinstance(encoder, SentenceEncoder)
    (seal,) = (tmp_path / "models").glob("*/export.json")
    assert "it is made of Transformer, Pooling, Normalize, Dense" in json.loads(seal.read_bytes())["refused"]
    assert encoder.encode_passages(TEXTS).shape == (len(TEXTS), 64)


ASK = """
import sys
from retrieval.cli.main import main
main(sys.argv[1:])
heavy = {"torch", "transformers", "sentence_transformers", "onnx", "scipy", "sklearn"} & set(sys.modules)
assert not heavy, heavy
"""


@pytest.mark.parametrize("command", [["ask", "Who met Kerry?"], ["chat"], ["status"], ["list"], ["index"]])
def test_daily_commands_do_not_import_torch(command: list[str], seed_archive: Path, tmp_path: Path) -> None:
    archive = shutil.copytree(seed_archive, tmp_path / "archive")
    process = subprocess.run(
        [sys.executable, "-c", ASK, *command],
        env={**os.environ, "CLIPPINGS_ARCHIVE": str(archive), "PYTHONPATH": str(ROOT)},
        input="Who met Kerry?\n",
        text=True,
        capture_output=True,
        check=False,
    )
    assert process.returncode == 0, process.stderr
