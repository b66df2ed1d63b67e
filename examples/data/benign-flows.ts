import type { Random } from "@mlsec/preprocess/numeric";
import { ACK, type Dialogue, type Ends, PSH, SECOND } from "./dialogue.js";
import { between, chance, logNormal, oneOf, size, weighted } from "./distributions.js";
import { addressOf, hosts } from "./hosts.js";
import type { Scene } from "./scene.js";

/** One conversation of ordinary hosts, each kind at its weight. */
export function converse(scene: Scene): void {
  const { random } = scene;
  const kind = weighted(random, {
    names: 42,
    secureWeb: 21,
    web: 11,
    idle: 4,
    time: 1.2,
    directory: 0.8,
    files: 0.6,
    shell: 0.5,
    mail: 0.8,
    proxy: 0.5,
    refused: 0.6,
    transfer: 1,
  });
  const [script, server] = KINDS[kind];
  scene.between(addressOf(hosts.desktop(random)), addressOf(server(random)), script);
}

const { names, files, unix, mail, remote } = hosts;
const { web: inside, down } = hosts;

/** Mostly elsewhere. */
const webServer = (random: Random): number => (chance(random, 0.8) ? remote(random) : inside(random));

const KINDS = {
  names: [lookUpName, names],
  secureWeb: [(dialogue) => browse(dialogue, 443), webServer],
  web: [(dialogue) => browse(dialogue, 80), webServer],
  idle: [stayConnected, remote],
  time: [askTime, remote],
  directory: [(dialogue) => shortSession(dialogue, oneOf(dialogue.random, [88, 389, 445, 139])), files],
  files: [(dialogue) => login(dialogue, 21), files],
  shell: [(dialogue) => login(dialogue, 22), unix],
  mail: [(dialogue) => shortSession(dialogue, oneOf(dialogue.random, [465, 993, 25, 587])), mail],
  proxy: [(dialogue) => shortSession(dialogue, 8080), remote],
  refused: [knockAtClosedPort, down],
  transfer: [transferMuch, webServer],
} as const satisfies Readonly<
  Record<string, readonly [script: (dialogue: Dialogue) => void, server: (random: Random) => number]>
>;

/** The two kinds of host of the network: Linux with timestamps, Windows without, and so with short frames that are padded. */
function anyHost(dialogue: Dialogue, port: number): Ends {
  const { random } = dialogue;
  const serverLaterWindow = chance(random, 0.5) ? 229 + random.below(40) : between(random, 60, 2000);
  if (chance(random, 0.55))
    return { port, serverLaterWindow, clientLaterWindow: between(random, 200, 1500), ecn: chance(random, 0.005) };
  const clientWindow = oneOf(random, [8192, 8192, 65535]);
  const clientLaterWindow = oneOf(random, [255, 256, 258, 2053, 16_425]);
  return { port, clientHeader: 20, serverHeader: 20, clientWindow, clientLaterWindow, serverLaterWindow };
}

/** Time of a packet to the other end and back, in microseconds: the same building, or the internet. */
function roundTrip(dialogue: Dialogue): number {
  return logNormal(dialogue.random, chance(dialogue.random, 0.35) ? 250 : 24_000, 0.6);
}

function lookUpName(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ port: 53, udp: true });
  const asked = weighted(random, { twice: 0.66, once: 0.27, again: 0.07 });
  const times = asked === "once" ? 1 : asked === "twice" ? 2 : 4;
  const question = size(random, 42, 0.18, 22, 80);
  for (let i = 0; i < times; i++) {
    if (i > 0) dialogue.wait(i % 2 === 1 ? 4 : 5 * SECOND, 0.4);
    dialogue.client(question);
  }
  dialogue.wait(oneOf(random, [200, 30_000, 62_000]), 0.5);
  const answer = question + size(random, 70, 0.7, 12, 450);
  for (let i = Math.min(times, 2); i > 0; i--) {
    dialogue.server(answer);
    dialogue.wait(oneOf(random, [3, 200, 24_000]), 0.8);
  }
}

function askTime(dialogue: Dialogue): void {
  dialogue.begin({ port: 123, udp: true });
  const times = oneOf(dialogue.random, [1, 1, 2, 4]);
  for (let i = 0; i < times; i++) {
    if (i > 0) dialogue.wait(16 * SECOND, 0.1);
    dialogue.client(48);
    dialogue.wait(40_000, 0.6);
    dialogue.server(48);
  }
}

function browse(dialogue: Dialogue, port: number): void {
  const { random } = dialogue;
  const how = weighted(random, {
    visit: 0.6,
    unused: port === 80 ? 0.08 : 0.02,
    ping: 0.06,
    part: 0.06,
  });
  const ends = anyHost(dialogue, port);
  const delay = roundTrip(dialogue);
  dialogue.begin(ends);
  if (how === "ping") {
    dialogue.client(oneOf(random, [0, 0, 1, 46]));
    dialogue.wait(delay);
    dialogue.server(oneOf(random, [0, 46]));
    return;
  }
  if (how !== "part") dialogue.handshake(delay);
  if (how === "unused") {
    dialogue.wait(oneOf(random, [5, 5.2, 10, 60]) * SECOND, 0.06);
    dialogue.close("client", delay);
    return;
  }
  if (port === 443 && how !== "part") dialogue.exchange(between(random, 180, 230), size(random, 3200, 0.3), delay);
  const visits = size(random, 2, 0.9, 1, 60);
  dialogue.converse(visits, size(random, 420, 0.5, 60, 1400), size(random, 2600, 1.3), delay, 0.4 * SECOND);
  if (chance(random, 0.4)) dialogue.wait(oneOf(random, [5, 10, 15, 58, 100]) * SECOND, 0.08);
  dialogue.close(chance(random, 0.5) ? "client" : "server", delay);
}

/** A connection held open by small packets at regular times. */
function stayConnected(dialogue: Dialogue): void {
  const { random } = dialogue;
  const delay = roundTrip(dialogue);
  const every = oneOf(random, [10, 10, 15, 30, 45, 58]) * SECOND;
  const payload = oneOf(random, [0, 1, 24, 46]);
  dialogue.begin(anyHost(dialogue, oneOf(random, [443, 443, 80, 5222, 5228, 8080])));
  for (let left = between(random, 2, 9); left > 0; left--) {
    dialogue.client(payload);
    dialogue.wait(delay);
    dialogue.server(payload === 24 ? 24 : 0);
    dialogue.wait(every, 0.01);
  }
}

function shortSession(dialogue: Dialogue, port: number): void {
  const { random } = dialogue;
  const ends = anyHost(dialogue, port);
  const delay = roundTrip(dialogue);
  dialogue.begin(ends);
  dialogue.handshake(delay);
  dialogue.converse(between(random, 1, 6), size(random, 190, 0.5, 20), size(random, 240, 0.6, 20), delay, 3000);
  dialogue.close("client", delay);
}

/** Somebody logs in to FTP (21) or SSH (22) and works for a while. */
function login(dialogue: Dialogue, port: 21 | 22): void {
  const { random } = dialogue;
  const ends: Ends = { ...anyHost(dialogue, port), clientHeader: 32 };
  dialogue.begin(ends);
  dialogue.handshake(roundTrip(dialogue));
  if (port === 22) dialogue.exchange(size(random, 1200, 0.3), size(random, 1500, 0.2), 4000);
  dialogue.converse(size(random, 7, 0.8, 2, 80), port === 21 ? 14 : 60, port === 21 ? 34 : 110, 900, 0.8 * SECOND);
  dialogue.close("client", 900);
}

/** One honest attempt at a port where nobody listens: what a scan consists of. */
function knockAtClosedPort(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({
    ...anyHost(dialogue, oneOf(random, [80, 443, 8080, 113, 3128, 5900])),
    serverHeader: 20,
  });
  dialogue.knock();
  dialogue.wait(chance(random, 0.5) ? 70 : 20_000, 0.6);
  dialogue.refuse();
}

function transferMuch(dialogue: Dialogue): void {
  const { random } = dialogue;
  const delay = roundTrip(dialogue);
  dialogue.begin(anyHost(dialogue, oneOf(random, [80, 443, 443, 8080, between(random, 1024, 65535)])));
  dialogue.handshake(delay);
  if (chance(random, 0.7)) dialogue.exchange(size(random, 400, 0.4), size(random, 200_000, 1.4, 0, 4_000_000), delay);
  else upload(dialogue);
  dialogue.close(chance(random, 0.5) ? "client" : "server", delay);
}

function upload(dialogue: Dialogue): void {
  const { random } = dialogue;
  for (let left = size(random, 60, 1, 5, 1500); left > 0; left--) {
    dialogue.client(size(random, 1100, 0.3, 100, 1448), chance(random, 0.3) ? PSH | ACK : ACK);
    dialogue.wait(3000, 1.2);
    if (left % 2 === 0) dialogue.server();
  }
}
