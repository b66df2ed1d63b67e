import { readFileSync } from "node:fs";
import { inflateSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { KerasError, readKeras } from "../../src/keras/index.js";

interface Fixture {
  readonly name: string;
  readonly way: string;
  readonly file: string;
  readonly config: string | null;
  readonly inputs: readonly number[];
  readonly scores: readonly number[];
  readonly keras: string;
  readonly refused?: { readonly code: string; readonly layer: string; readonly option: string | null };
}

/** Made by interop/make_keras_fixtures.py. */
const cases = (
  JSON.parse(readFileSync(new URL("../fixtures/keras/models.json", import.meta.url), "utf8")) as {
    readonly cases: readonly Fixture[];
  }
).cases;
const models = cases.filter(({ refused }) => refused === undefined);

function bytesOf({ file }: Fixture): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(file, "base64")));
}

function fixture(...parts: readonly string[]): Fixture {
  return models.find(({ name }) => parts.every((part) => name.includes(part)))!;
}

describe.each(models)("a model of $name", (model) => {
  it("scores as there, within 1e-5", async () => {
    const { network, kerasVersion, format } = await readKeras(bytesOf(model), { config: model.config });
    const scores = network.score(Float32Array.from(model.inputs));
    expect(scores.length).toBe(model.scores.length);
    for (const [row, score] of model.scores.entries()) expect(Math.abs(scores[row]! - score)).toBeLessThan(1e-5);
    expect(format).toBe(model.way === "keras" ? "keras" : "h5");
    // The layout that numbers weights names no version where it is alone, and Keras 3's JSON only its layout.
    const named = model.way === "weights.h5" && model.keras.startsWith("3") ? "3" : model.keras;
    expect(kerasVersion).toBe(named);
  });
});

describe.each(cases.filter(({ refused }) => refused !== undefined))("a model with $name", (model) => {
  it("is refused by the layer's and the option's name", async () => {
    const { code, layer, option } = model.refused!;
    const details = { layer, ...(option === null ? {} : { option }) };
    await expect(readKeras(bytesOf(model), { config: model.config })).rejects.toMatchObject({ code, details });
  });
});

describe("readKeras", () => {
  it("says how it read the model's end, and what its layers are", async () => {
    const { head, layers, notes } = await readKeras(bytesOf(fixture("softmax", "keras 3")), {
      config: fixture("softmax", "keras 3").config,
    });
    expect(head).toBe("softmax");
    expect(layers.map(({ className, shape }) => [className, ...shape])).toEqual([
      ["InputLayer", 6],
      ["Dense", 5],
      ["Dense", 2],
    ]);
    expect(notes).toMatchObject([{ severity: "info", what: "softmax-head" }]);
  });

  it("asks for the version where hard_sigmoid may be either line", async () => {
    const model = fixture("hard sigmoid", "keras 2", "weights.h5");
    const bytes = bytesOf(model);
    const { config } = JSON.parse(model.config!) as { config: unknown };
    await expect(readKeras(bytes, { config })).rejects.toMatchObject({
      code: "unsupported-option",
      message: expect.stringContaining("kerasVersion"),
    });
    const scored = async (kerasVersion: string): Promise<number[]> => {
      const { network } = await readKeras(bytes, { config, kerasVersion });
      return [...network.score(Float32Array.from(model.inputs))];
    };
    const distance = (scores: readonly number[]): number =>
      Math.max(...scores.map((score, row) => Math.abs(score - model.scores[row]!)));
    expect(distance(await scored("2.15.0"))).toBeLessThan(1e-5);
    expect(distance(await scored("3"))).toBeGreaterThan(1e-4);
  });

  it("needs the configuration of weights alone, and takes it as text or parsed", async () => {
    const model = fixture("weights.h5");
    await expect(readKeras(bytesOf(model))).rejects.toMatchObject({ code: "no-config" });
    const [text, parsed] = [model.config!, JSON.parse(model.config!) as { config: unknown }];
    const of = async (config: unknown) => (await readKeras(bytesOf(model), { config })).network.toJSON();
    expect(await of(parsed)).toEqual(await of(text));
    expect(await of(parsed.config)).toEqual(await of(text));
  });
});

/** Weights alone, with the configuration changed as a stranger might. */
async function withConfig(change: (config: { config: { layers: Layer[] } }) => unknown): Promise<unknown> {
  const model = fixture("weights.h5");
  const config = JSON.parse(model.config!);
  const changed = change(config) ?? config;
  return readKeras(bytesOf(model), { config: changed });
}

interface Layer {
  class_name: string;
  module?: string;
  registered_name?: string | null;
  config: Record<string, unknown>;
}

function layerOf(config: { config: { layers: Layer[] } }, className: string): Layer {
  return config.config.layers.find(({ class_name: name }) => name === className)!;
}

describe("a configuration that is not to be trusted", () => {
  it("may not claim other shapes than the weights have, nor any size", async () => {
    const claims = [2 ** 31, 1e300, 4097, 7, -1, 1.5, "7", null];
    for (const units of claims) {
      const read = withConfig((config) => {
        layerOf(config, "Dense").config["units"] = units;
      });
      await expect(read, String(units)).rejects.toBeInstanceOf(KerasError);
    }
    const shapes = [[null], [null, 0], [null, null], [null, 1e9], [null, 2, 2, 2], "x", [null, -3]];
    for (const shape of shapes) {
      const read = withConfig((config) => {
        for (const { config: options } of config.config.layers)
          for (const key of ["batch_shape", "batch_input_shape", "build_input_shape"])
            if (key in options) options[key] = shape;
        Object.assign(config.config, { build_input_shape: shape });
      });
      await expect(read, JSON.stringify(shape)).rejects.toBeInstanceOf(KerasError);
    }
  });

  it("may not name classes of other modules, nor options that are not known", async () => {
    const code = (change: (layer: Layer) => void) => withConfig((config) => change(layerOf(config, "Dense")));
    await expect(
      code((layer) => {
        layer.module = "os";
      }),
    ).rejects.toMatchObject({ code: "unsupported-layer" });
    await expect(
      code((layer) => {
        layer.module = "kerasx";
      }),
    ).rejects.toMatchObject({ code: "unsupported-layer" });
    await expect(
      code((layer) => {
        layer.registered_name = "Mine>Dense";
      }),
    ).rejects.toMatchObject({
      code: "unsupported-layer",
    });
    await expect(
      code((layer) => {
        layer.config["lora_rank"] = 4;
      }),
    ).rejects.toMatchObject({
      code: "unsupported-option",
      details: { option: "lora_rank" },
    });
    await expect(
      code((layer) => {
        layer.config["dtype"] = "mixed_float16";
      }),
    ).rejects.toMatchObject({
      details: { option: "dtype" },
    });
    await expect(
      code((layer) => {
        layer.config["activation"] = { class_name: "function" };
      }),
    ).rejects.toMatchObject({
      details: { option: "activation" },
    });
    await expect(withConfig((config) => void config.config.layers.splice(1, 1))).rejects.toBeInstanceOf(KerasError);
  });

  it("may not hold itself, be endlessly deep, or be anything else than a model", async () => {
    const cyclic = (config: { config: { layers: Layer[] } }) => {
      layerOf(config, "Dense").config["extra"] = config;
    };
    await expect(withConfig(cyclic)).rejects.toMatchObject({ code: "invalid-keras" });
    for (const text of ["[".repeat(100_000), "{", "", "null", "[]", '{"layers": [1]}', '{"a": 1, "a": 1}', "1e999"])
      await expect(
        withConfig(() => text),
        text.slice(0, 20),
      ).rejects.toBeInstanceOf(KerasError);
    for (const value of [12, true, [[]], {}, { class_name: "Sequential" }, { class_name: 3 }, () => 1])
      await expect(withConfig(() => value)).rejects.toBeInstanceOf(KerasError);
  });

  it("may not lead a Functional model's layers round in a circle, nor into others", async () => {
    const functional = fixture("reshape, LSTM, flatten", "weights");
    const read = (change: (layers: (Layer & { name: string; inbound_nodes: unknown })[]) => void) => {
      const config = JSON.parse(functional.config!);
      change(config.config.layers);
      return readKeras(bytesOf(functional), { config });
    };
    await expect(read(() => undefined)).resolves.toBeDefined();
    const circle = read((layers) => {
      layers[0]!.inbound_nodes = layers[2]!.inbound_nodes;
    });
    await expect(circle).rejects.toMatchObject({ message: expect.stringContaining("circle") });
    const nowhere = read((layers) => {
      layers[1]!.inbound_nodes = [[["no such", 0, 0, {}]]];
    });
    await expect(nowhere).rejects.toBeInstanceOf(KerasError);
    const twice = read((layers) => {
      layers[1]!.name = layers[2]!.name;
    });
    await expect(twice).rejects.toBeInstanceOf(KerasError);
    const masked = read((layers) => {
      layers[1]!.inbound_nodes = [[["input_1", 0, 0, { mask: 1 }]]];
    });
    await expect(masked).rejects.toBeInstanceOf(KerasError);
  });
});

describe("a damaged file", () => {
  it("is refused wherever it ends", async () => {
    for (const parts of [
      ["keras 3", ", h5"],
      ["keras 3", ", keras"],
      ["keras 2", ", keras"],
    ]) {
      const model = fixture(...parts);
      const whole = bytesOf(model);
      for (let share = 0; share < 24; share++) {
        const cut = whole.slice(0, Math.floor((whole.length * share) / 24));
        await expect(readKeras(cut, { config: model.config }), `${model.name}, ${share}/24`).rejects.toBeInstanceOf(
          KerasError,
        );
      }
    }
  });

  it("is refused in a .keras file whatever bit of a part is another", async () => {
    const model = fixture("keras 3", ", keras");
    const whole = bytesOf(model);
    const own = JSON.stringify((await readKeras(whole)).network.toJSON());
    for (let at = 5; at < whole.length; at += 331) {
      const damaged = whole.slice();
      damaged[at]! ^= 1 << (at % 8);
      try {
        // Dates of the zip, for example, change nothing.
        expect(JSON.stringify((await readKeras(damaged)).network.toJSON())).toBe(own);
      } catch (error) {
        expect(error).toBeInstanceOf(KerasError);
      }
    }
  });

  it("is refused where its numbers are in another file, or cannot be read", async () => {
    const { elsewhere } = JSON.parse(
      readFileSync(new URL("../fixtures/keras/models.json", import.meta.url), "utf8"),
    ) as { readonly elsewhere: { readonly file: string; readonly config: unknown } };
    const bytes = new Uint8Array(inflateSync(Buffer.from(elsewhere.file, "base64")));
    await expect(readKeras(bytes, { config: elsewhere.config })).rejects.toMatchObject({ code: "invalid-keras" });
    // What was thrown out of HDF5 has left it as it was.
    await expect(readKeras(bytesOf(models[0]!), { config: models[0]!.config })).resolves.toBeDefined();
  });

  it("is refused where it is no file of Keras, or too large", async () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(1000), new TextEncoder().encode("PK\x03\x04 and no more")])
      await expect(readKeras(bytes)).rejects.toMatchObject({ code: "invalid-keras" });
    await expect(readKeras(bytesOf(models[0]!), { maxBytes: 100 })).rejects.toMatchObject({ code: "too-large" });
  });
});
