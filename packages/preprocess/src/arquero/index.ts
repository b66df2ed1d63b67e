export { type ArqueroTable, fromArquero } from "./from-arquero.js";
export { type ArqueroColumn, type ArqueroLibrary, toArquero } from "./to-arquero.js";
