export { exp, expm1, sigmoid, tanh } from "./exp.js";
export { log, log1p, log2 } from "./log.js";
export { nextDown, nextDownFloat32, nextUp, nextUpFloat32 } from "./neighbours.js";
export { Random } from "./random.js";
