export { fromMlCart, type MlCartNames } from "./from-ml-cart.js";
export type { MlCartNode, MlCartTree } from "./json.js";
export { toMlCart } from "./to-ml-cart.js";
