import { libraryBuild } from "../../tsup.base.ts";

export default libraryBuild(["src/index.ts", "src/numeric/index.ts", "src/node/index.ts"]);
