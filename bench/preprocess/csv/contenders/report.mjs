import { readFileSync } from "node:fs";

/** Prints what a contender measured: seconds since `started`, and the most memory that this process ever held. */
export function report(started) {
  console.log(JSON.stringify({ seconds: (performance.now() - started) / 1000, peakMB: peakBytes() / 1e6 }));
}

function peakBytes() {
  try {
    // The usage that the kernel reports may count the parent before exec; this counts only ourselves.
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync("/proc/self/status", "utf8"))[1]) * 1024;
  } catch {
    return process.resourceUsage().maxRSS * 1024;
  }
}
