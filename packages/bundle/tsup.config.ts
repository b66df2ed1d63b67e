import { libraryBuild } from "../../tsup.base.ts";

export default libraryBuild([
  "src/index.ts",
  "src/attack-tree/index.ts",
  "src/detect/index.ts",
  "src/node/index.ts",
  "src/joblib/index.ts",
  "src/keras/index.ts",
  "src/keras/start.ts",
  "src/onnx/index.ts",
]);
