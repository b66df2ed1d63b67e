import { libraryBuild } from "../../tsup.base.ts";

export default libraryBuild([
  "src/index.ts",
  "src/numeric/index.ts",
  "src/node/index.ts",
  "src/arquero/index.ts",
  "src/ml-matrix/index.ts",
  "src/parquet/index.ts",
  "src/workers/index.ts",
]);
