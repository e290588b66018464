"""How near embedding is to what a core can do: python -m benchmarks.roofline MODELS [--model NAME] [--tokens N]

MODELS is the folder of exported models. Three rates are measured on one core: of products of 8-bit matrices and of
floats, both by onnxruntime in the shapes of the model, and of reading memory. A passage's operations and bytes are
counted in the graph: each matrix is multiplied by every token and read once, and attention is in floats. The limit is
the time of the operations at these rates, or that of the bytes if it is longer. The table shows where the rest goes.
"""

import argparse
import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime import InferenceSession, SessionOptions

from benchmarks.support.results_table import rounded
from retrieval.encode.exported_files import exported_folder, find_whole
from retrieval.encode.onnx import session

RUNS, READ_BYTES = 30, 256_000_000
# A head has 32 channels.
HEAD = 32


def products_of(file: Path) -> Counter[tuple[int, int]]:
    """Return how many matrices of each shape a passage is multiplied by, in 8 bits."""
    graph = onnx.load(file, load_external_data=False).graph
    shapes = {weights.name: tuple(weights.dims) for weights in graph.initializer}
    return Counter(
        (rows, columns)
        for node in graph.node
        if node.op_type == "MatMulInteger"
        for rows, columns in [shapes[node.input[1]]]
    )


def layers_of(file: Path) -> int:
    """Return the number of layers."""
    graph = onnx.load(file, load_external_data=False).graph
    return sum(node.op_type == "MultiHeadAttention" for node in graph.node)


def product_rate(shapes: Counter[tuple[int, int]], tokens: int) -> float:
    """Return the operations a second of products of 8-bit matrices: the best of the model's shapes."""
    random = np.random.default_rng(0)
    rates = []
    for rows, columns in shapes:
        matrix = random.integers(-127, 128, (rows, columns), np.int8)
        texts = random.integers(0, 256, (tokens, rows), np.uint8)
        seconds = _product_seconds("MatMulInteger", matrix, texts, TensorProto.INT32)
        rates.append(2 * tokens * rows * columns / seconds)
    return max(rates)


def float_rate(tokens: int) -> float:
    """Return the operations a second of products of floats in the shapes of attention."""
    random = np.random.default_rng(0)
    heads = random.standard_normal((tokens, tokens), np.float32)
    values = random.standard_normal((tokens, HEAD), np.float32)
    return 2 * tokens * tokens * HEAD / _product_seconds("MatMul", values, heads, TensorProto.FLOAT)


def memory_rate() -> float:
    """Return the bytes a second that one core reads from memory."""
    content = np.ones(READ_BYTES // 8, np.float64)
    return READ_BYTES / _best_seconds(lambda: content.sum(), 5)


def passage_seconds(file: Path, ids: np.ndarray[Any, Any]) -> tuple[float, dict[str, float]]:
    """Return the seconds of embedding one passage on one core, and those of each kind of node."""
    embedding = session(str(file))
    seconds = _best_seconds(lambda: embedding.run(None, {"input_ids": ids}), RUNS)
    with TemporaryDirectory() as folder:
        options = SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.enable_cpu_mem_arena = False
        options.enable_profiling, options.profile_file_prefix = True, f"{folder}/profile"
        options.log_severity_level = 3
        profiled = InferenceSession(
            str(file), options, ["CPUExecutionProvider"], None, disabled_optimizers=["SkipLayerNormFusion"]
        )
        for _ in range(RUNS):
            profiled.run(None, {"input_ids": ids})
        events = json.loads(Path(profiled.end_profiling()).read_text())
    by_node: defaultdict[tuple[str, str], list[float]] = defaultdict(list)
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            by_node[event["args"]["op_name"], event["name"]].append(event["dur"] / 1e6)
    kinds: Counter[str] = Counter()
    for (kind, _), times in by_node.items():
        kinds[kind] += median(times)  # type: ignore[assignment]
    return seconds, dict(kinds)


def _product_seconds(operator: str, matrix: np.ndarray[Any, Any], texts: np.ndarray[Any, Any], type_: int) -> float:
    taken = helper.np_dtype_to_tensor_dtype(texts.dtype)
    graph = helper.make_graph(
        [helper.make_node(operator, ["texts", "matrix"], ["product"])],
        "product",
        [helper.make_tensor_value_info("texts", taken, texts.shape)],
        [helper.make_tensor_value_info("product", type_, (len(texts), matrix.shape[1]))],
        [numpy_helper.from_array(matrix, "matrix")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=10)
    multiplying = session(model.SerializeToString())
    return _best_seconds(lambda: multiplying.run(None, {"texts": texts}), RUNS)


def _best_seconds(do: Callable[[], object], runs: int) -> float:
    """Return the shortest time of a function, in seconds of this thread: what else runs does not count."""
    times = []
    for _ in range(runs):
        start = time.thread_time()
        do()
        times.append(time.thread_time() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("models", type=Path)
    parser.add_argument("--model", default="bundled")
    parser.add_argument("--tokens", type=int, default=150)
    args = parser.parse_args()
    exported = find_whole(args.models, args.model)
    if exported is None:
        raise SystemExit(f"{args.model} is not exported to {args.models}. Run `clippings setup`.")
    file, tokens = exported_folder(args.models, exported.fingerprint) / "int8.onnx", args.tokens
    shapes, layers = products_of(file), layers_of(file)
    weights = sum(rows * columns * count for (rows, columns), count in shapes.items())
    in_products, in_attention = 2 * tokens * weights, 4 * tokens**2 * exported.dimension * layers
    products, floats, memory = product_rate(shapes, tokens), float_rate(tokens), memory_rate()
    limit = max(in_products / products + in_attention / floats, weights / memory)
    seconds, kinds = passage_seconds(file, np.full((1, tokens), 1000))
    print(
        f"One core: products in 8 bits {rounded(products / 1e9)} and in floats {rounded(floats / 1e9)} thousand "
        f"million operations a second; memory {rounded(memory / 1e9)} GB a second.\n"
        f"A passage of {tokens} tokens: {rounded(in_products / 1e9)} thousand million operations in 8 bits "
        f"({rounded(1e3 * in_products / products)} ms), {rounded(in_attention / 1e9)} in floats "
        f"({rounded(1e3 * in_attention / floats)} ms), {rounded(weights / 1e6)} MB of weights "
        f"({rounded(1e3 * weights / memory)} ms).\n"
        f"Limit {rounded(1e3 * limit)} ms, embedding {rounded(1e3 * seconds)} ms: {limit / seconds:.0%} of the limit's "
        "rate.\n\n| nodes | ms | share |\n| --- | --- | --- |"
    )
    for kind, spent in sorted(kinds.items(), key=lambda item: -item[1])[:9]:
        print(f"| {kind} | {rounded(1e3 * spent)} | {spent / sum(kinds.values()):.0%} |")


if __name__ == "__main__":
    main()
