"""ONNX Runtime: prediction through a graph of Gemm and Relu nodes, built by hand."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from benchmarks.peers.features import as_float32

OPSET, IR_VERSION = 17, 8  # old enough for every ONNX Runtime of the last years


def predict(job: dict[str, Any], X: np.ndarray) -> Callable[[], object]:
    """One run of a session; the features are float32 already, and only the logits are computed."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = job["threads"]
    graph = graph_bytes(job["sizes"], job["seed"])
    session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    feed = {"x": as_float32(X)}
    return lambda: session.run(None, feed)


def graph_bytes(sizes: list[int], seed: int) -> bytes:
    """A multi-layer perceptron with random weights in ONNX's own form."""
    generator = np.random.default_rng(seed)
    nodes, constants, last = [], [], len(sizes) - 2
    name = "x"
    for i, (n_in, n_out) in enumerate(pairwise(sizes)):
        W = generator.normal(0, np.sqrt(2 / n_in), (n_in, n_out)).astype(np.float32)
        constants += [
            numpy_helper.from_array(W, f"W{i}"),
            numpy_helper.from_array(np.zeros(n_out, "f4"), f"b{i}"),
        ]
        nodes.append(helper.make_node("Gemm", [name, f"W{i}", f"b{i}"], [f"z{i}"]))
        if i < last:
            nodes.append(helper.make_node("Relu", [f"z{i}"], [f"h{i}"]))
        name = f"h{i}"
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", sizes[0]])
    z = helper.make_tensor_value_info(f"z{last}", TensorProto.FLOAT, ["n", sizes[-1]])
    graph = helper.make_graph(nodes, "mlp", [x], [z], constants)
    opset = helper.make_opsetid("", OPSET)
    return helper.make_model(graph, opset_imports=[opset], ir_version=IR_VERSION).SerializeToString()
