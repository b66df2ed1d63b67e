// A page that loads a bundle and judges rows.
import { loadDetector } from "@mlsec/bundle";

globalThis.judge = async (bytes, rows) => (await loadDetector(bytes)).detect(rows);
