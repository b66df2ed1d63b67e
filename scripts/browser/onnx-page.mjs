// A page that writes a bundle as ONNX and runs it: what it says of the rows of a CSV, beside what the bundle says there.
import { loadDetector } from "@mlsec/bundle";
import { toOnnx } from "@mlsec/bundle/onnx";
import { nslKddHeaders, readCsv } from "@mlsec/preprocess";
import * as onnxruntime from "onnxruntime-web/wasm";

// One thread needs no shared memory; the WebAssembly lies beside the page.
onnxruntime.env.wasm.numThreads = 1;
onnxruntime.env.wasm.wasmPaths = { wasm: "/onnxruntime.wasm" };

globalThis.judgedByOnnx = async (base64, csv) => {
  const bundle = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const model = await toOnnx(bundle);
  const detector = await loadDetector(bundle);
  const headers = nslKddHeaders(csv.slice(0, csv.indexOf("\n")).split(",")) ?? "suffix";
  const types = new Map(detector.inputs.map(({ name, type }) => [name, type]));
  const table = await readCsv(csv, { headers, types });
  const { codes, probabilities } = detector.detectColumns(table, { invalidRows: "skip" });
  const feeds = {};
  for (const { name, type } of detector.inputs) {
    const shape = [table.rows, 1];
    if (type === "number") feeds[name] = new onnxruntime.Tensor("float64", table.column(name).values, shape);
    else
      feeds[name] = new onnxruntime.Tensor(
        "string",
        table.texts(name).map((text) => text ?? ""),
        shape,
      );
  }
  const session = await onnxruntime.InferenceSession.create(model);
  const outputs = await session.run(feeds);
  const { classes, kind } = detector;
  return {
    model: Array.from(model),
    threshold: detector.bundle.pipeline.threshold?.value ?? null,
    ours: Array.from(codes, (code, row) => ({ label: code < 0 ? "" : classes[code], probability: probabilities[row] })),
    // Of an attack where the model is about attacks, else of the class that the label names.
    onnx: Array.from(outputs.label.data, (label, row) => ({
      label,
      probability:
        outputs.probabilities.data[
          row * classes.length + (kind === "threat_detector" ? 1 : Math.max(0, classes.indexOf(label)))
        ],
    })),
  };
};
