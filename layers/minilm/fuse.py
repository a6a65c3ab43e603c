"""Turns the quantised export into the two files of the layer (README.md says why).

    python fuse.py EXPORT.onnx .

The export's 36 MatMulNBits stand in the order query, key, value, output, up, down,
six times. Their weights are kept byte by byte; what changes is the graph around them.
Needs onnx 1.19 or later and numpy.
"""
import os
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

LAYERS, HEADS, EPSILON = 6, 12, 1e-12
MICROSOFT = "com.microsoft"  # only ONNX Runtime has these operators
SMALL = 8 << 10  # bytes; smaller tensors stay in the graph
ALIGNMENT = 64  # of tensors in the weights' file, for vector loads out of the mapping

source, folder = sys.argv[1:3]
export = onnx.load(source)
arrays = {t.name: numpy_helper.to_array(t) for t in export.graph.initializer}
products = [n for n in export.graph.node if n.op_type == "MatMulNBits"]
assert len(products) == 6 * LAYERS
nodes, tensors = [], []


def tensor(name, array):
    tensors.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
    return name


def node(op, inputs, output, domain="", **attributes):
    outputs = [output] if isinstance(output, str) else output
    nodes.append(helper.make_node(op, inputs, outputs, name=outputs[0], domain=domain, **attributes))
    return output


def linear(x, parts, output, bias=None):
    """The products of x with several weights, one below the other, as one."""
    weight = np.concatenate([arrays[p.input[1]] for p in parts])
    scale = np.concatenate([arrays[p.input[2]] for p in parts])
    width = {a.name: helper.get_attribute_value(a) for a in parts[0].attribute}["K"]
    inputs = [x, tensor(output + ".weight", weight), tensor(output + ".scale", scale)]
    if bias is not None:
        inputs += ["", "", tensor(output + ".bias", bias)]
    return node("MatMulNBits", inputs, output, MICROSOFT, K=width, N=len(weight), bits=8, block_size=64, accuracy_level=4)


def embedding():
    part = lambda name: arrays["b.embeddings." + name]
    quantised = node("Gather", [tensor("word.weight", arrays["word_embeddings_q"]), "input_ids"], "word.int8")
    scale = node("Gather", [tensor("word.scale", arrays["word_embeddings_scale"]), "input_ids"], "word.factor")
    word = node("Mul", [node("Cast", [quantised], "word.float", to=TensorProto.FLOAT), scale], "word")
    kind = node("Gather", [tensor("kind.weight", part("token_type_embeddings.weight")), "token_type_ids"], "kind")
    zero = tensor("zero", np.array([0], np.int64))
    length = node("Shape", ["input_ids"], "length", start=1, end=2)
    place = node("Slice", [tensor("place.weight", part("position_embeddings.weight")), zero, length, zero], "place")
    x = node("Add", [node("Add", [word, kind], "word.kind"), place], "word.kind.place")
    norm = [tensor("embedding.gamma", part("LayerNorm.weight")), tensor("embedding.beta", part("LayerNorm.bias"))]
    return node("LayerNormalization", [x, *norm], "embedding", axis=-1, epsilon=EPSILON)


def add_and_norm(y, x, prefix, output):
    norm = [tensor(output + ".gamma", arrays[prefix + "LayerNorm.weight"]), tensor(output + ".beta", arrays[prefix + "LayerNorm.bias"])]
    return node("SkipLayerNormalization", [y, x, *norm], output, MICROSOFT, epsilon=EPSILON)


def layer(x, mask, number):
    old, new = f"b.encoder.layer.{number}.", f"layer.{number}."
    query, key, value, output, up, down = products[6 * number : 6 * number + 6]
    bias = np.concatenate([arrays[f"{old}attention.self.{n}.bias"] for n in ("query", "key", "value")])
    qkv = linear(x, [query, key, value], new + "qkv", bias)
    heads = node("Split", [qkv], [new + "query", new + "key", new + "value"], axis=-1, num_outputs=3)
    y = node("MultiHeadAttention", [*heads, "", mask], new + "heads", MICROSOFT, num_heads=HEADS)
    y = linear(y, [output], new + "attention", arrays[old + "attention.output.dense.bias"])
    x = add_and_norm(y, x, old + "attention.output.", new + "attention.norm")
    y = linear(x, [up], new + "up")
    y = node("BiasGelu", [y, tensor(new + "up.bias", arrays[old + "intermediate.dense.bias"])], new + "gelu", MICROSOFT)
    y = linear(y, [down], new + "down", arrays[old + "output.dense.bias"])
    return add_and_norm(y, x, old + "output.", new + "norm")


def pooled(x):
    """The sum over the tokens that count; its length is taken off, so it need not be divided."""
    axis = tensor("tokens.axis", np.array([1], np.int64))
    row = node("Unsqueeze", [node("Cast", ["attention_mask"], "mask.float", to=TensorProto.FLOAT), axis], "mask.row")
    total = node("Squeeze", [node("MatMul", [row, x], "sum.row"), axis], "sum")
    return node("LpNormalization", [total], "sentence_embedding", axis=1, p=2)


def write(model):
    """The large tensors go to a file that ONNX Runtime maps instead of reading."""
    with open(os.path.join(folder, "weights.bin"), "wb") as weights:
        for t in model.graph.initializer:
            raw = t.raw_data
            if len(raw) < SMALL:
                continue
            weights.write(b"\0" * (-weights.tell() % ALIGNMENT))
            place = {"location": "weights.bin", "offset": weights.tell(), "length": len(raw)}
            weights.write(raw)
            t.ClearField("raw_data")
            t.data_location = TensorProto.EXTERNAL
            for k, v in place.items():
                t.external_data.add(key=k, value=str(v))
    with open(os.path.join(folder, "model.onnx"), "wb") as graph:
        graph.write(model.SerializeToString(deterministic=True))


x = embedding()
mask = node("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
for number in range(LAYERS):
    x = layer(x, mask, number)
pooled(x)
inputs = [helper.make_tensor_value_info(n, TensorProto.INT64, ["batch", "tokens"]) for n in ("input_ids", "attention_mask", "token_type_ids")]
outputs = [helper.make_tensor_value_info("sentence_embedding", TensorProto.FLOAT, ["batch", 384])]
graph = helper.make_graph(nodes, "all-MiniLM-L6-v2", inputs, outputs, tensors)
opsets = [helper.make_opsetid("", 18), helper.make_opsetid(MICROSOFT, 1)]
write(helper.make_model(graph, opset_imports=opsets, ir_version=8))
