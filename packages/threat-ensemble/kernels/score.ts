// What scoring a network needs.
export { lstmScore } from "./shared/lstm-cell";
export { multiply, packColumns } from "./shared/matrix";
