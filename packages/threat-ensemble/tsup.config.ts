import { libraryBuild } from "../../tsup.base.ts";

export default libraryBuild([
  "src/index.ts",
  "src/score/index.ts",
  "src/worker/index.ts",
  "src/worker/start.ts",
  "src/tfjs/index.ts",
]);
