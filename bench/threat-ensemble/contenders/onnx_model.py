"""onnx_model.py FOLDER: writes network.onnx, the network of FOLDER for (rows, steps, width) inputs."""

import json
import sys
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper, save

folder = Path(sys.argv[1])
network = json.loads((folder / "network.json").read_text())
spec = network["spec"]
steps, width = spec["steps"], spec["width"]
nodes, constants = [], []


def constant(name: str, values) -> str:
    constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
    return name


def node(operator: str, inputs: list[str], outputs: list[str], **attributes) -> str:
    nodes.append(helper.make_node(operator, inputs, outputs, **attributes))
    return outputs[-1]


def iofc(gates: np.ndarray) -> np.ndarray:
    """ONNX has the gates in the order input, output, forget, cell, and its weights transposed."""
    i, f, c, o = np.split(gates, 4, axis=-1)
    return np.concatenate([i, o, f, c], axis=-1).T


flow = "inputs"
if steps == 1:
    flow = node("Squeeze", [flow, constant("axis1", np.array([1]))], ["rows"])
else:
    flow = node("Transpose", [flow], ["sequence"], perm=[1, 0, 2])
for index, (layer, weights) in enumerate(zip(spec["layers"], network["weights"], strict=True)):
    values = {name: np.array(value, np.float32) for name, value in weights.items()}
    units = layer.get("units", width)
    if layer["type"] == "dense":
        kernel = constant(f"kernel{index}", values["kernel"].reshape(width, units))
        flow = node("Gemm", [flow, kernel, constant(f"bias{index}", values["bias"])], [f"dense{index}"])
        if layer["activation"] == "relu":
            flow = node("Relu", [flow], [f"relu{index}"])
    elif layer["type"] == "lstm":
        kernel = constant(f"kernel{index}", iofc(values["kernel"].reshape(width, 4 * units))[None])
        recurrent = constant(f"recurrent{index}", iofc(values["recurrent"].reshape(units, 4 * units))[None])
        bias = np.concatenate([iofc(values["bias"]), np.zeros(4 * units, np.float32)])[None]
        names = [f"all{index}", f"last{index}"]
        node("LSTM", [flow, kernel, recurrent, constant(f"bias{index}", bias)], names, hidden_size=units)
        axis = 1 if layer["returnSequences"] else 0
        output = names[0] if layer["returnSequences"] else names[1]
        flow = node("Squeeze", [output, constant(f"axis{index}", np.array([axis]))], [f"hidden{index}"])
    width = units
node("Identity", [flow], ["logits"])

graph = helper.make_graph(
    nodes,
    "network",
    [helper.make_tensor_value_info("inputs", TensorProto.FLOAT, ["rows", steps, spec["width"]])],
    [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["rows", 1])],
    constants,
)
save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9), folder / "network.onnx")
