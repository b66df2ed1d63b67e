export { FittedAttackTree } from "../fitted-attack-tree.js";
