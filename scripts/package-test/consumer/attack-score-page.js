// A page that scores with a trained attack tree and does nothing else.
import { FittedAttackTree } from "@mlsec/attack-tree/score";

globalThis.FittedAttackTree = FittedAttackTree;
