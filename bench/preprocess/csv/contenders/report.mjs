import { readFileSync } from "node:fs";

/**
 * Prints what a contender measured: seconds since `started`, the most memory that this process ever held, and figures of
 * its own, which come before these.
 */
export function report(started, own = {}) {
  console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, peakMB: peakBytes() / 1e6, ...own }));
}

function peakBytes() {
  try {
    // The usage that the kernel reports may count the parent before exec; this counts only ourselves.
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
