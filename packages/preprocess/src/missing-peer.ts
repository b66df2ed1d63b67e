import { MlsecError } from "./errors.js";

/** The error of an optional peer that is not installed, or not what was handed over. */
export function missingPeer(name: string, what: string, cause?: unknown): MlsecError {
  return new MlsecError(
    "missing-peer",
    `${what} needs the package ${name}, an optional peer of @mlsec/preprocess. Install it: npm install ${name}`,
    { package: name },
    cause === undefined ? undefined : { cause },
  );
}
