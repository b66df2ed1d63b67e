// A page that loads the bundle of an attack classifier and judges rows.
import { loadDetector } from "@mlsec/bundle/attack-tree";

globalThis.judge = async (bytes, rows) => (await loadDetector(bytes)).detect(rows);
