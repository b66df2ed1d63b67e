import type { Json } from "@mlsec/preprocess";
import { NotStrictJson, strictJson } from "../strict-json.js";
import { invalidKeras, shown, tooLarge, unsupportedLayer } from "./keras-error.js";
import { CONFIG_LIMITS, MAX_CONFIG_LAYERS, MAX_CONFIG_LENGTH } from "./limits.js";

type JsonObject = Readonly<Record<string, Json>>;

/** A layer as the configuration has it. */
export interface LayerConfig {
  readonly name: string;
  readonly className: string;
  readonly options: JsonObject;
}

export interface ModelConfig {
  /** In the order of the configuration, by which files number layers. */
  readonly stored: readonly LayerConfig[];
  /** In the order in which a row goes through them. */
  readonly chain: readonly LayerConfig[];
  /** Shape of a batch as the model was built with it, where the configuration says so apart from layers; else null. */
  readonly builtShape: Json;
  /** The version of Keras that wrote it, as far as it tells: `"3"` where only the layout does. */
  readonly kerasVersion: string | null;
}

/**
 * A model's configuration: that of a Sequential model, or of a Functional one in which every layer has one input and one
 * output. It is data: no name in it is looked up but those of the layers that are known here.
 *
 * @param config as text or parsed: what `to_json()` gives, or `get_config()`.
 * @throws KerasError `invalid-keras`, `unsupported-layer`, `too-large`.
 */
export function modelConfig(config: unknown): ModelConfig {
  const root = parsed(config);
  const model = isObject(root) && root["class_name"] !== undefined ? root : null;
  const className = model === null ? null : text(model["class_name"], "The model's class_name");
  if (model !== null) requireKeras(model, "(model)", className!);
  const content = model === null ? root : (model["config"] ?? null);
  // The oldest Sequential models are lists of layers.
  const list = Array.isArray(content) ? content : isObject(content) ? content["layers"] : undefined;
  if (!Array.isArray(list)) throw invalidKeras("The model's configuration lists no layers.");
  if (list.length > MAX_CONFIG_LAYERS) throw tooLarge(`The model has ${list.length} layers`, MAX_CONFIG_LAYERS);
  const entries = list.map((entry: Json, place) => object(entry, `Layer ${place} of the configuration`));
  const stored = entries.map(layerConfig);
  const isFunctional = isObject(content) && content["output_layers"] !== undefined;
  const known = isFunctional ? ["Functional", "Model"] : ["Sequential"];
  if (className !== null && !known.includes(className))
    throw unsupportedLayer("(model)", `is a ${shown(className)}, not a Sequential or Functional model`);
  return {
    stored,
    chain: isFunctional ? functionalChain(content as JsonObject, entries, stored) : stored,
    builtShape: isObject(content) ? (content["build_input_shape"] ?? null) : null,
    kerasVersion: model === null ? null : versionOf(model),
  };
}

/** Keras 2 names its version; Keras 3 the module of the model's class. */
function versionOf(model: JsonObject): string | null {
  const { keras_version: version = null, module = null } = model;
  if (typeof version === "string") return version.slice(0, 100);
  return typeof module === "string" && /^keras(\.|$)/.test(module) ? "3" : null;
}

function parsed(config: unknown): Json {
  const json = typeof config === "string" ? config : asText(config);
  if (json.length > MAX_CONFIG_LENGTH)
    throw tooLarge(`The model's configuration has ${json.length} characters`, MAX_CONFIG_LENGTH);
  try {
    return strictJson(json, CONFIG_LIMITS);
  } catch (cause) {
    if (!(cause instanceof NotStrictJson)) throw cause;
    throw invalidKeras(`The model's configuration ${cause.message}.`, {}, cause);
  }
}

function asText(config: unknown): string {
  try {
    return JSON.stringify(config) ?? "";
  } catch (cause) {
    throw invalidKeras("The model's configuration cannot be written as JSON: it may hold itself.", {}, cause);
  }
}

function layerConfig(entry: JsonObject, place: number): LayerConfig {
  const className = text(entry["class_name"], `The class_name of layer ${place}`);
  const options = object(entry["config"], `The config of layer ${place}`);
  const name = text(options["name"] ?? entry["name"] ?? `layer ${place}`, `The name of layer ${place}`);
  requireKeras(entry, name, className);
  return { name, className, options };
}

/** A class of Keras' own, not one that some program registered under the same name. */
function requireKeras(entry: JsonObject, name: string, className: string): void {
  const { module = null, registered_name: registered = null } = entry;
  const isKeras = module === null || (typeof module === "string" && /^(tf_)?keras(\.|$)/.test(module));
  const isOwn = registered === null || registered === className;
  if (isKeras && isOwn) return;
  throw unsupportedLayer(name, `is of a class that is not Keras' own, ${shown(String(isKeras ? registered : module))}`);
}

/** The layers from the only input to the only output; every layer must lie between. */
function functionalChain(
  content: JsonObject,
  entries: readonly JsonObject[],
  stored: readonly LayerConfig[],
): LayerConfig[] {
  const places = new Map(entries.map((entry, place) => [entry["name"] ?? stored[place]!.name, place]));
  if (places.size !== stored.length) throw invalidKeras("Two layers of the model have one name.");
  const input = onlyEnd(content["input_layers"], "input");
  const chain: LayerConfig[] = [];
  let name: string | null = onlyEnd(content["output_layers"], "output");
  while (name !== null) {
    const place = places.get(name);
    if (place === undefined)
      throw invalidKeras(`The model has no layer ${shown(name)}, but another's input is its output.`);
    // As many as there are, and more to come: they go round in a circle.
    if (chain.length === stored.length) throw invalidKeras("The model's layers go round in a circle.");
    chain.unshift(stored[place]!);
    const source: string | null = sourceOf(entries[place]!["inbound_nodes"], stored[place]!.name);
    if (source === null && name !== input) throw invalidKeras(`The layer ${shown(name)} has no input.`);
    name = source;
  }
  const outside = stored.find((layer) => !chain.includes(layer));
  if (outside !== undefined)
    throw unsupportedLayer(outside.name, "does not lie on the one way from the model's input to its output");
  return chain;
}

/** The layer of `["name", 0, 0]`, alone or as the only one in a list. */
function onlyEnd(ends: Json | undefined, what: string): string {
  const list = Array.isArray(ends) ? ends : [];
  const [first, node, tensor, ...more] = list.length === 1 && Array.isArray(list[0]) ? list[0] : list;
  if (typeof first === "string" && node === 0 && tensor === 0 && more.length === 0) return first;
  throw unsupportedLayer("(model)", `has more than one ${what}, or a part of a layer's output as one`);
}

/** The layer whose output a layer takes; null of an input layer. */
function sourceOf(nodes: Json | undefined, name: string): string | null {
  if (!Array.isArray(nodes)) throw invalidKeras(`The layer ${shown(name)} has no list of inputs.`);
  if (nodes.length === 0) return null;
  if (nodes.length > 1) throw unsupportedLayer(name, "is used more than once");
  const [node] = nodes;
  if (isObject(node)) return sourceInKeras3(node, name);
  const calls = Array.isArray(node) ? node : [];
  if (calls.length !== 1) throw unsupportedLayer(name, "has more than one input");
  const [source, at, tensor, keywords] = Array.isArray(calls[0]) ? calls[0] : [];
  requirePlain(keywords ?? {}, name);
  return only(source, at, tensor, name);
}

function sourceInKeras3(node: JsonObject, name: string): string {
  const args = node["args"];
  if (!Array.isArray(args) || args.length !== 1 || !isObject(args[0]))
    throw unsupportedLayer(name, "has more than one input");
  requirePlain(node["kwargs"] ?? {}, name);
  const tensor = args[0];
  const config = tensor["class_name"] === "__keras_tensor__" ? tensor["config"] : null;
  const history = isObject(config) ? config["keras_history"] : null;
  const [source, at, output] = Array.isArray(history) ? history : [];
  return only(source, at, output, name);
}

function only(source: Json | undefined, node: Json | undefined, tensor: Json | undefined, name: string): string {
  if (typeof source !== "string") throw invalidKeras(`The input of the layer ${shown(name)} is not named.`);
  if (node !== 0 || tensor !== 0) throw unsupportedLayer(name, "takes a part of another layer's output");
  return source;
}

/** No masks, no initial states, no training in scoring. */
function requirePlain(keywords: Json, name: string): void {
  for (const [keyword, value] of Object.entries(object(keywords, `The call of the layer ${shown(name)}`)))
    if (value !== null && value !== false) throw unsupportedLayer(name, `is called with ${shown(keyword)}`);
}

export function isObject(value: Json | undefined): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function object(value: Json | undefined, what: string): JsonObject {
  if (isObject(value)) return value;
  throw invalidKeras(`${what} is no object.`);
}

function text(value: Json | undefined, what: string): string {
  if (typeof value === "string" && value !== "") return value;
  throw invalidKeras(`${what} is no text.`);
}
