/** Runs checks one after the other, prints a line for each, and counts. */
export class Checks {
  passed = 0;
  failed = 0;

  /**
   * Prints `ok` with the figures that the check returns, or `FAILED` with the message of what it throws.
   *
   * @returns whether it passed: what builds on it need not be tried where it did not.
   */
  async check(title, body) {
    const start = performance.now();
    const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
    try {
      const figures = await body();
      this.passed++;
      console.log(`ok      ${title}${figures ? `: ${figures}` : ""} (${seconds()})`);
      return true;
    } catch (error) {
      this.failed++;
      console.log(`FAILED  ${title} (${seconds()})\n${error.message.trim().replaceAll(/^/gm, "        ")}`);
      return false;
    }
  }
}

/** @throws Error with the findings, one a line, where there are any. */
export function requireNone(findings) {
  if (findings.length > 0) throw new Error(findings.join("\n"));
}

/** Bytes in kB, as figures are printed. */
export function kilobytes(bytes) {
  return `${(bytes / 1000).toFixed(1)} kB`;
}
