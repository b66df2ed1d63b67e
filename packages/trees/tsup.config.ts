import { libraryBuild } from "../../tsup.base.ts";

export default libraryBuild([
  "src/index.ts",
  "src/score/index.ts",
  "src/ml-cart/index.ts",
  "src/worker/index.ts",
  "src/worker/start.ts",
]);
