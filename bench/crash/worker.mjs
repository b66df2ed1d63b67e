// worker.mjs STORE BUNDLE SEED FIRST: changes a store without end, and prints each change that is done as a line of JSON.
import { readFileSync, writeSync } from "node:fs";
import { loadBundle, saveBundle } from "@mlsec/bundle";
import { ModelStore } from "@mlsec/bundle/node";
import { Random } from "@mlsec/preprocess/numeric";

const [root, bundle, seed, first] = process.argv.slice(2);
const random = Random.seeded(Number(seed));
const { kind, pipeline } = await loadBundle(readFileSync(bundle));
const store = await ModelStore.open(root);

const OPERATIONS = {
  install: async (why) => {
    const createdAt = new Date(1.7e12 + random.below(1e9) * 1000).toISOString();
    return (await store.install(await saveBundle(pipeline, { createdAt }), { why })).name;
  },
  activate: async (why) => (await store.activate(await anyModel(), { why })).active,
  rollback: async (why) => (await store.rollback(kind, { why })).active,
  remove: async (why) => {
    const model = await anyModel();
    await store.remove(kind, model, { why });
    return model.name;
  },
};

/** What may be refused, depending on what the others did. */
const REFUSALS = ["nothing-before", "in-use", "not-installed"];

print({ ready: true });
for (let change = Number(first); ; change++) {
  const names = Object.keys(OPERATIONS);
  const operation = names[random.below(names.length)];
  const why = `change ${change}`;
  try {
    print({ operation, why, model: await OPERATIONS[operation](why) });
  } catch (error) {
    if (!REFUSALS.includes(error.code)) throw error;
  }
}

async function anyModel() {
  const models = await store.list(kind);
  if (models.length === 0) return { kind, name: "20260101_000000_000000000000" };
  return models[random.below(models.length)];
}

/** At once, so that what was printed is known to the parent whenever this process dies. */
function print(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
