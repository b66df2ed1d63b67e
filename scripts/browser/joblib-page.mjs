// What a page makes of a file of Python: its bundle, and what was noted. Here as in Node, for the comparison of both.
import { importJoblib } from "@mlsec/bundle/joblib";

globalThis.importedByPage = async (base64, options) => {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const { layout, kind, bundle, notes, content } = await importJoblib(bytes, options);
  return { layout, kind, bundle: bundle && Array.from(bundle), notes, names: content.names };
};
