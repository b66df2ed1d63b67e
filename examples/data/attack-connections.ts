import type { KddFlag } from "@mlsec/flows";
import { between, chance, oneOf, size, uniform, weighted } from "./distributions.js";
import { addressOf, hosts } from "./hosts.js";
import type { Behaviour, Scene } from "./scene.js";
import { NAMED_PORTS } from "./services.js";

/** Attacks of the kinds that NSL-KDD has, by what headers show of them. Shares are of the attack rows. */
export const attackBehaviours: Readonly<Record<string, Behaviour>> = {
  "SYN Flood": { share: 0.56, connections: 1200, play: floodWithSyns },
  "Vertical Scan": { share: 0.062, connections: 180, play: scanPorts },
  "Host Sweep": { share: 0.062, connections: 45, play: sweepHosts },
  "Slow Scan": { share: 0.053, connections: 40, play: scanSlowly },
  "Stealth Probe": { share: 0.028, connections: 12, play: probeQuietly },
  "Echo Flood": { share: 0.047, connections: 170, play: floodWithEchoReplies },
  "Web Probe": { share: 0.004, connections: 14, play: probeScripts },
  "Long Requests": { share: 0.018, connections: 25, play: sendLongRequests },
  Teardrop: { share: 0.017, connections: 55, play: sendOverlappingFragments },
  "Oversized Ping": { share: 0.004, connections: 11, play: sendOversizedPings },
  "Guest Download": { share: 0.016, connections: 3.5, play: downloadAsGuest },
  "Guest Upload": { share: 0.003, connections: 1, play: uploadAsGuest },
  "Password Guessing": { share: 0.012, connections: 17, play: guessPasswords },
  "Buffer Overflow": { share: 0.004, connections: 1, play: overflowBuffer },
};

/** Any host that serves something. */
export function victim({ random }: Scene): number {
  return oneOf(random, [hosts.web, hosts.mail, hosts.unix, hosts.files])(random);
}

/** A port that somebody might try: named ones every third time. */
function anyPort({ random }: Scene): number {
  return chance(random, 0.35) ? oneOf(random, NAMED_PORTS) : between(random, 1, 20_000);
}

/**
 * A flood from forged addresses over a dozen ports, as most are, or over a single one; some stay so slow that they look like an
 * outage.
 */
function floodWithSyns(scene: Scene): void {
  const { random } = scene;
  const destination = victim(scene);
  const ports = Array.from({ length: chance(random, 0.1) ? 1 : between(random, 8, 18) }, () => anyPort(scene));
  const slow = chance(random, 0.2);
  const perSecond = slow ? uniform(random, 2, 12) : uniform(random, 500, 5000);
  const reply = weighted<KddFlag>(random, { S0: 0.82, REJ: 0.14, RSTO: 0.04 });
  for (let left = slow ? between(random, 15, 60) : between(random, 600, 2400); left > 0; left--) {
    const flag = chance(random, 0.985) ? reply : "S0";
    scene.connectPort(oneOf(random, ports), "tcp", { source: scene.forged(), destination, flag });
    scene.wait(1 / perSecond);
  }
}

/** Tries port after port of one host, by TCP or by UDP; a few are open and answer. */
function scanPorts(scene: Scene): void {
  const { random } = scene;
  const destination = victim(scene);
  const datagrams = chance(random, 0.35);
  const sourcePort = between(random, 1024, 65_535);
  const perSecond = uniform(random, 15, 250);
  for (let left = between(random, 60, 300); left > 0; left--) {
    if (datagrams) {
      scene.connectPort(between(random, 1, 2048), "udp", { destination, sourcePort, srcBytes: 1 });
    } else {
      const port = anyPort(scene);
      const open = NAMED_PORTS.includes(port) && chance(random, 0.1);
      const flag = open ? "SF" : weighted<KddFlag>(random, { REJ: 0.93, S0: 0.05, RSTO: 0.02 });
      const bytes = open ? { srcBytes: size(random, 8, 1), dstBytes: size(random, 120, 1.2) } : {};
      scene.connectPort(port, "tcp", { destination, flag, ...bytes });
    }
    scene.wait(1 / perSecond);
  }
}

/** Asks host after host, mostly by ping, otherwise at one port. */
function sweepHosts(scene: Scene): void {
  const { random } = scene;
  const first = hosts.remote(random);
  const ping = chance(random, 0.85);
  const port = oneOf(random, NAMED_PORTS);
  for (let i = 0, n = between(random, 20, 70); i < n; i++) {
    const destination = first + i;
    if (ping) scene.connect("eco_i", { destination, srcBytes: chance(random, 0.97) ? 8 : 18 });
    else if (chance(random, 0.85)) scene.connectPort(port, "tcp", { destination, flag: "REJ" });
    else {
      const bytes = { srcBytes: size(random, 20, 1.5), dstBytes: size(random, 200, 1.5) };
      scene.connectPort(port, "tcp", { destination, ...bytes });
    }
    scene.wait(0.06);
  }
}

/** One port every few seconds, from one source port: too slow for the two-second windows. */
function scanSlowly(scene: Scene): void {
  const { random } = scene;
  const destination = victim(scene);
  const sourcePort = between(random, 1024, 65_535);
  const waits = chance(random, 0.4);
  const pause = uniform(random, 0.3, 3);
  const ports = new Set(Array.from({ length: between(random, 20, 60) }, () => anyPort(scene)));
  for (const port of ports) {
    scene.connectPort(port, "tcp", {
      destination,
      sourcePort,
      flag: weighted<KddFlag>(random, { RSTR: 0.74, REJ: 0.17, RSTOS0: 0.04, S0: 0.03, OTH: 0.02 }),
      duration: waits ? size(random, 1200, 1, 0, 3600) : 0,
      srcBytes: waits && chance(random, 0.3) ? 1 : 0,
    });
    scene.wait(pause);
  }
}

/** Few and odd packets: single pings, half-open FIN scans, lone datagrams, a SYN that claims to come from its target. */
function probeQuietly(scene: Scene): void {
  const { random } = scene;
  const how = weighted(random, { ping: 0.65, fin: 0.15, datagram: 0.18, land: 0.02 });
  const destination = how === "ping" ? hosts.remote(random) : victim(scene);
  const sourcePort = between(random, 1024, 65_535);
  for (let i = 0, n = between(random, 4, 20); i < n; i++) {
    if (how === "ping") scene.connect("eco_i", { destination: destination + i, srcBytes: 8 });
    else if (how === "fin") scene.connectPort(anyPort(scene), "tcp", { destination, sourcePort, flag: "SH" });
    else if (how === "land")
      scene.connect("telnet", { source: addressOf(destination), destination, sourcePort: 23, flag: "S0" });
    else {
      const srcBytes = chance(random, 0.5) ? 215 : 105;
      scene.connectPort(between(random, 1024, 40_000), "udp", { destination, sourcePort, srcBytes });
    }
    scene.wait(how === "ping" ? 0.07 : 0.5);
  }
}

/** Echo replies that nobody asked for, reflected by the hosts of another network. */
function floodWithEchoReplies(scene: Scene): void {
  const { random } = scene;
  const destination = victim(scene);
  const srcBytes = chance(random, 0.65) ? 1032 : 520;
  const perSecond = uniform(random, 80, 400);
  for (let reflector = between(random, 80, 254); reflector > 0; reflector--) {
    scene.connect("ecr_i", { source: scene.forged(reflector), destination, srcBytes });
    scene.wait(1 / perSecond);
  }
}

/** Asks a web server for scripts with known holes. An observer of sizes alone sees somewhat short visits. */
function probeScripts(scene: Scene): void {
  const { random } = scene;
  const destination = hosts.web(random);
  for (let left = between(random, 3, 25); left > 0; left--) {
    scene.connect("http", {
      destination,
      flag: chance(random, 0.97) ? "SF" : "RSTO",
      srcBytes: size(random, 150, 0.35, 40),
      dstBytes: size(random, 480, 0.9),
    });
    scene.wait(0.4);
  }
}

/** Web requests full of slashes that keep the server busy. */
function sendLongRequests(scene: Scene): void {
  const { random } = scene;
  const destination = hosts.web(random);
  for (let left = between(random, 10, 40); left > 0; left--) {
    const whole = chance(random, 0.88);
    scene.connect("http", {
      destination,
      flag: whole ? "SF" : "RSTR",
      srcBytes: whole ? 54_540 : size(random, 9000, 1, 200, 54_540),
      dstBytes: whole ? 8314 : size(random, 2000, 1.2, 0, 8314),
    });
    scene.wait(0.3);
  }
}

function sendOverlappingFragments(scene: Scene): void {
  const { random } = scene;
  const destination = victim(scene);
  const port = between(random, 1024, 20_000);
  for (let left = between(random, 20, 90); left > 0; left--) {
    const wrongFragments = chance(random, 0.93) ? 3 : between(random, 0, 1);
    scene.connectPort(port, "udp", { destination, srcBytes: 28, wrongFragments });
    scene.wait(0.02);
  }
}

function sendOversizedPings(scene: Scene): void {
  const { random } = scene;
  const destination = victim(scene);
  for (let source = between(random, 2, 20); source > 0; source--) {
    const cut = chance(random, 0.1);
    const wrongFragments = cut ? 0 : 1;
    const service = chance(random, 0.95) ? "ecr_i" : "tim_i";
    scene.connect(service, { source: scene.forged(source), destination, srcBytes: cut ? 564 : 1480, wrongFragments });
    scene.wait(0.1);
  }
}

/** Fetches what others left on a server that lets everybody in: hardly different from an honest guest. */
function downloadAsGuest(scene: Scene): void {
  const { random } = scene;
  const server = hosts.files(random);
  scene.connect("ftp", {
    destination: server,
    duration: size(random, 40, 1.5, 0, 3600),
    srcBytes: size(random, 1000, 0.5),
    dstBytes: size(random, 2447, 0.15),
  });
  for (let left = between(random, 1, 4); left > 0; left--) {
    scene.wait(4);
    scene.connect("ftp_data", {
      source: server,
      destination: scene.attacker,
      sourcePort: chance(random, 0.7) ? 20 : between(random, 1024, 65_535),
      duration: chance(random, 0.75) ? 0 : size(random, 200, 1.5, 0, 3600),
      srcBytes: chance(random, 0.5) ? 334 : size(random, 20_000, 2.5, 30, 5_135_000),
    });
  }
}

function uploadAsGuest(scene: Scene): void {
  const { random } = scene;
  scene.connect("ftp_data", {
    source: hosts.files(random),
    destination: scene.attacker,
    sourcePort: 20,
    duration: size(random, 9, 0.3),
    dstBytes: size(random, 5_000_000, 0.2, 0, 5_155_000),
  });
}

function guessPasswords(scene: Scene): void {
  const { random } = scene;
  const destination = hosts.unix(random);
  const service = oneOf(random, ["telnet", "telnet", "pop_3", "ftp"]);
  for (let left = between(random, 5, 30); left > 0; left--) {
    scene.connect(service, {
      destination,
      flag: chance(random, 0.7) ? "RSTO" : "SF",
      duration: chance(random, 0.7) ? 0 : between(random, 1, 5),
      srcBytes: between(random, 24, 28) + (service === "telnet" ? 100 : 0),
      dstBytes: size(random, 179, 0.05),
    });
    scene.wait(0.9);
  }
}

/** A login that ends with the rights of the administrator: the payload would tell it from an honest session, headers do not. */
function overflowBuffer(scene: Scene): void {
  const { random } = scene;
  scene.connect(chance(random, 0.7) ? "telnet" : "ftp_data", {
    destination: hosts.unix(random),
    duration: size(random, 80, 1),
    srcBytes: size(random, 1500, 0.8),
    dstBytes: size(random, 4700, 0.8),
  });
}
