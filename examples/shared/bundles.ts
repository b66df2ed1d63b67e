import { BundleError } from "@mlsec/bundle";
import type { ModelKind } from "@mlsec/preprocess";
import { Option } from "commander";

/** The option by which a user states the kind that a bundle must have. */
export function modelTypeOption(): Option {
  return new Option("--model-type <kind>", "the kind that the bundle must have").choices([
    "threat_detector",
    "attack_classifier",
  ]);
}

/** @throws BundleError `wrong-kind` where a bundle is not of the stated kind. */
export function requireKind(path: string, got: ModelKind, stated: ModelKind | undefined): void {
  if (stated === undefined || got === stated) return;
  throw new BundleError(
    "wrong-kind",
    `${path} holds a model of the kind ${got}, not ${stated}. Give the other bundle.`,
    { expected: stated, got },
  );
}
