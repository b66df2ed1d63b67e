// A page that loads a bundle of either kind and judges rows.
import { loadDetector } from "@mlsec/bundle/detect";

globalThis.judge = async (bytes, rows) => (await loadDetector(bytes)).detect(rows);
