// node --import tsx packages/bundle/test/use-store.ts STORE UID OPERATION...: does operations on a store, each a JSON list of a
// method and its arguments, as the user UID, and prints what came of each as a line of JSON: the method, a code or null.
import { readFileSync } from "node:fs";
import { ModelStore } from "../src/node/index.js";

const [root = "", uid = "0", ...operations] = process.argv.slice(2);
// Once all code is loaded: another user may not be able to read it.
if (Number(uid) !== 0) process.setuid!(Number(uid));
const store = new ModelStore(root);
for (const operation of operations) {
  const [method, ...args] = JSON.parse(operation) as [string, ...any[]];
  let code: string | null = null;
  try {
    if (method === "open") await ModelStore.open(root);
    else if (method === "install") await store.install(readFileSync(args[0]));
    else await (store as any)[method](...args);
  } catch (error) {
    code = (error as { code?: string }).code ?? String(error);
  }
  console.log(JSON.stringify([method, code]));
}
