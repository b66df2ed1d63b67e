import { JoblibError, shownName } from "../joblib-error.js";

/** The last release of each version of scikit-learn that can be written for. */
const RELEASES = {
  "1.1": "1.1.3",
  "1.2": "1.2.2",
  "1.3": "1.3.2",
  "1.4": "1.4.2",
  "1.5": "1.5.2",
  "1.6": "1.6.1",
  "1.7": "1.7.2",
  "1.8": "1.8.0",
  "1.9": "1.9.1",
} as const;

/** A version of scikit-learn that can be written for. */
export type SklearnVersion = keyof typeof RELEASES;

/** The version of scikit-learn that shall open a file: `"1.6"`, or one of its releases, `"1.6.0"`, which then gives no warning about versions. */
export type SklearnTarget = SklearnVersion | `${SklearnVersion}.${number}`;

/** The versions of scikit-learn that can be written for. */
export const SKLEARN_VERSIONS: readonly SklearnVersion[] = /* @__PURE__ */ Object.keys(RELEASES) as SklearnVersion[];

export const DEFAULT_TARGET: SklearnVersion = "1.9";

/** What the objects of a version have. */
export interface Target {
  /** The release, for example 1.6.1. */
  readonly release: string;
  /** From 1.3 on nodes say where missing values go, and values are shares of classes rather than counts. */
  readonly hasShares: boolean;
  /** From 1.4 on. */
  readonly hasMonotonicConstraints: boolean;
  /** What the trees' model of a forest is called: renamed in 1.2, and there under the old name, too, until 1.3. */
  readonly forestBase: "base_estimator" | "estimator";
  readonly hasDeprecatedBase: boolean;
}

/** @throws JoblibError `unknown-target`. */
export function targetOf(name: string): Target {
  const [, version, patch] = /^(\d+\.\d+)(\.\d{1,4})?$/.exec(name) ?? [];
  if (version === undefined || !Object.hasOwn(RELEASES, version))
    throw new JoblibError(
      "unknown-target",
      `No objects can be written for scikit-learn ${shownName(name)}. The targets are ${SKLEARN_VERSIONS.join(", ")}.`,
      { got: name.slice(0, 80), expected: SKLEARN_VERSIONS },
    );
  const minor = Number(version.slice(2));
  return {
    release: patch === undefined ? RELEASES[version as SklearnVersion] : name,
    hasShares: minor >= 3,
    hasMonotonicConstraints: minor >= 4,
    forestBase: minor >= 2 ? "estimator" : "base_estimator",
    hasDeprecatedBase: minor === 2 || minor === 3,
  };
}
