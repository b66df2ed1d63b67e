import type { FlowScript } from "./benign-flows.js";
import { leftover } from "./benign-flows.js";
import { type Dialogue, type Ends, SECOND } from "./dialogue.js";
import { between, chance, oneOf, size, weighted } from "./distributions.js";
import { ACK, FIN, PSH, RST } from "./packet-trace.js";

/** The thirteen attack classes, each with a script. */
export const attackFlows: Readonly<Record<string, FlowScript>> = {
  "DoS Hulk": hulk,
  DDoS: loic,
  PortScan: scanPort,
  "FTP-Patator": guessFtpPassword,
  "DoS slowloris": slowloris,
  "DoS Slowhttptest": slowHttpTest,
  "SSH-Patator": guessSshPassword,
  "DoS GoldenEye": goldenEye,
  "Web Attack Brute Force": (dialogue) => attackForm(dialogue, 0.8, 470),
  Bot: reportToMaster,
  "Web Attack XSS": (dialogue) => attackForm(dialogue, 0.9, 520),
  "Web Attack Sql Injection": injectSql,
  Infiltration: infiltrate,
};

/** The attacked web server, and attackers on Linux. */
const WEB: Ends = { port: 80, serverLaterWindow: 235 };

/** An attacker on Windows. */
const WINDOWS = { clientHeader: 20, serverHeader: 20, clientWindow: 8192, clientLaterWindow: 256 } as const;

/** Floods of varied requests; the overwhelmed server lets connections hang for a minute and a half. */
function hulk(dialogue: Dialogue): void {
  const { random } = dialogue;
  const ends = { ...WEB, clientLaterWindow: between(random, 245, 280) };
  if (chance(random, 0.36)) {
    leftover(dialogue, ends);
    return;
  }
  dialogue.begin(ends);
  if (chance(random, 0.5)) dialogue.handshake(900);
  dialogue.exchange(size(random, 340, 0.08, 200), chance(random, 0.85) ? 11_595 : size(random, 1100, 0.5), 2500);
  const hangs = weighted(random, { long: 0.8, short: 0.14, no: 0.06 });
  if (hangs === "long") dialogue.wait(93 * SECOND, 0.09);
  else dialogue.wait(hangs === "short" ? 6 * SECOND : 4000, 0.5);
  dialogue.server(0, FIN | ACK);
  dialogue.wait(60, 0.8);
  dialogue.client(0, chance(random, 0.6) ? ACK : RST);
}

/** Many Windows hosts send the same twenty bytes. */
function loic(dialogue: Dialogue): void {
  const { random } = dialogue;
  const patience = oneOf(random, [0.7, 1.8, 2.5, 9, 84]) * SECOND;
  dialogue.begin({ port: 80, ...WINDOWS, padded: chance(random, 0.9), serverLaterWindow: 229 });
  if (chance(random, 0.42)) {
    dialogue.client(chance(random, 0.8) ? 20 : 0);
    for (let left = between(random, 1, 4); left > 0; left--) {
      dialogue.wait(left === 1 ? patience : 200, 0.5);
      dialogue.client(0, left === 1 && chance(random, 0.3) ? RST | ACK : ACK);
    }
    return;
  }
  dialogue.handshake(800);
  dialogue.wait(200, 1);
  dialogue.client(20);
  dialogue.wait(patience, 0.5);
  dialogue.exchange(20, 11_595 + oneOf(random, [0, 6, 12]), 900);
  dialogue.client(0, chance(random, 0.5) ? RST | ACK : ACK);
}

/** Mostly one SYN and one RST; where a port is open or filtered, a little more. */
function scanPort(dialogue: Dialogue): void {
  const { random } = dialogue;
  const open = chance(random, 0.02);
  const known = [21, 22, 23, 25, 80, 110, 139, 443, 445, 3306, 3389, 5900, 8080];
  const any = between(random, 1, chance(random, 0.9) ? 12_000 : 65_535);
  const ends = { port: open || chance(random, 0.08) ? oneOf(random, known) : any, padded: true };
  if (chance(random, 0.4)) dialogue.begin({ ...ends, clientHeader: 20, serverHeader: 20, clientWindow: 1024 });
  else dialogue.begin({ ...ends, clientHeader: 32, serverHeader: open ? 32 : 20 });
  dialogue.knock();
  dialogue.wait(48, 0.45);
  if (!open) {
    dialogue.server(0, RST | ACK);
    return;
  }
  dialogue.greet();
  dialogue.wait(60, 0.5);
  dialogue.client(0, RST);
}

/** Ten lines of an FTP login, with the pause after a wrong password. */
function guessFtpPassword(dialogue: Dialogue): void {
  const { random } = dialogue;
  const ends = { port: 21, serverLaterWindow: 227, clientLaterWindow: 229 };
  dialogue.begin(ends);
  if (chance(random, 0.26)) {
    dialogue.client(chance(random, 0.8) ? 14 : 0, FIN | PSH | ACK);
    dialogue.wait(oneOf(random, [3, 120]), 0.7);
    if (chance(random, 0.5)) dialogue.client(0, ACK);
    else dialogue.server(0, ACK);
    return;
  }
  dialogue.handshake(150);
  for (let line = 0; line < 5; line++) {
    dialogue.wait(60, 0.8);
    dialogue.client(line % 2 === 0 ? 12 + random.below(12) : 14);
    dialogue.server();
    dialogue.wait(line === 2 || line === 4 ? 2.8 * SECOND : 900, 0.15);
    dialogue.server(line % 2 === 0 ? 34 : 22);
    if (line < 3) dialogue.client();
  }
  dialogue.server(0, FIN | ACK);
}

function guessSshPassword(dialogue: Dialogue): void {
  const { random } = dialogue;
  const ends = { port: 22, serverLaterWindow: 247, clientLaterWindow: 259 };
  if (chance(random, 0.25)) {
    leftover(dialogue, ends);
    return;
  }
  dialogue.begin(ends);
  dialogue.handshake(200);
  dialogue.exchange(640, 976 + 400, 1500);
  for (let guess = between(random, 4, 7); guess > 0; guess--) {
    dialogue.wait(2000, 0.6);
    dialogue.exchange(oneOf(random, [64, 96, 144]), 52 + 4 * random.below(6), 900);
    dialogue.wait(1.9 * SECOND, 0.15);
    dialogue.server(52);
  }
  dialogue.client(0, FIN | ACK);
}

/** A request that never ends: a few bytes of one more header line, again and again. */
function slowloris(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin(WEB);
  if (chance(random, 0.22)) {
    dialogue.client(8, FIN | PSH | ACK);
    dialogue.wait(oneOf(random, [60, 50 * SECOND]), 0.2);
    if (chance(random, 0.5)) dialogue.client(8);
    else dialogue.server(0, RST);
    return;
  }
  dialogue.handshake(600);
  dialogue.client(231);
  const pause = oneOf(random, [10, 15, 50]) * SECOND;
  for (let left = between(random, 1, 9); left > 0; left--) {
    dialogue.wait(pause, 0.02);
    dialogue.client(8);
    if (chance(random, 0.15)) dialogue.server();
  }
  dialogue.server(0, RST | ACK);
}

/** Connections that wait: SYNs repeated at doubling intervals, or a body that dribbles. */
function slowHttpTest(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ ...WEB, serverLaterWindow: oneOf(random, [235, 235, 28_960]) });
  if (chance(random, 0.35)) {
    dialogue.knock();
    for (let pause = 1, left = between(random, 1, 6); left > 0; left--, pause *= 2) {
      dialogue.wait(pause * SECOND, 0.01);
      dialogue.knock();
    }
    dialogue.greet();
    return;
  }
  dialogue.handshake(700);
  dialogue.client(size(random, 350, 0.06));
  for (let left = between(random, 0, 6); left > 0; left--) {
    dialogue.wait(10 * SECOND, 0.3);
    dialogue.client(between(random, 4, 60));
    dialogue.server();
  }
  dialogue.wait(oneOf(random, [20, 100]) * SECOND, 0.05);
  dialogue.server(oneOf(random, [0, 0, 483, 1983]), FIN | ACK);
}

/** Requests that ask the server to keep the connection, and to answer without a cache. */
function goldenEye(dialogue: Dialogue): void {
  const { random } = dialogue;
  const ends = { ...WEB, clientLaterWindow: between(random, 280, 420) };
  dialogue.begin(ends);
  if (chance(random, 0.25)) {
    dialogue.client(0, chance(random, 0.3) ? FIN | ACK : ACK);
    dialogue.wait(oneOf(random, [5, 82, 103]) * SECOND, 0.08);
    dialogue.client(0, ACK);
    return;
  }
  dialogue.handshake(500);
  dialogue.exchange(size(random, 390, 0.18), chance(random, 0.4) ? 11_632 : 3525, 1500);
  dialogue.wait(oneOf(random, [5.5, 6.5, 15]) * SECOND, 0.07);
  dialogue.server(0, FIN | ACK);
  if (chance(random, 0.7)) dialogue.wait(5 * SECOND, 0.05);
  dialogue.client(0, FIN | ACK);
  dialogue.client();
}

/** Guessing a form's password and injecting scripts look alike: idle connections, and a few with a hundred requests. */
function attackForm(dialogue: Dialogue, idleShare: number, request: number): void {
  const { random } = dialogue;
  dialogue.begin(WEB);
  dialogue.handshake(120);
  if (chance(random, idleShare)) {
    dialogue.wait(5.4 * SECOND, 0.06);
    dialogue.client(0, FIN | ACK);
    return;
  }
  for (let left = between(random, 20, 100); left > 0; left--) {
    dialogue.wait(0.16 * SECOND, 0.4);
    dialogue.exchange(size(random, request, 0.12), size(random, 900, 0.9), 4000);
  }
}

function injectSql(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin(WEB);
  dialogue.handshake(100);
  dialogue.exchange(oneOf(random, [447, 460, 530, 599, 600]), oneOf(random, [530, 2021, 4149]), 4000);
  dialogue.wait(5 * SECOND, 0.003);
  dialogue.server(0, FIN | ACK);
}

/** A short report to port 8080 in the same words each time; sometimes a stolen file follows. */
function reportToMaster(dialogue: Dialogue): void {
  const { random } = dialogue;
  const ends = { port: 8080, ...WINDOWS, padded: true, serverLaterWindow: 237 };
  if (chance(random, 0.3)) {
    leftover(dialogue, ends);
    return;
  }
  dialogue.begin(ends);
  dialogue.handshake(300);
  dialogue.exchange(between(random, 194, 196), 128, 70_000);
  if (chance(random, 0.12)) {
    for (let left = between(random, 8, 30); left > 0; left--) {
      dialogue.client(size(random, 4000, 0.5, 100, 23_360));
      dialogue.wait(4000, 0.8);
      dialogue.server();
    }
  }
  dialogue.server(0, FIN | ACK);
}

/** A shell behind the firewall: an upload that lasts until the meter cuts it, hardly any answer. */
function infiltrate(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ port: 444, clientHeader: 20, serverHeader: 20, clientLaterWindow: oneOf(random, [255, 258, 8192]) });
  const pause = oneOf(random, [0.08, 1.5, 7, 20]) * SECOND;
  for (let left = between(random, 8, 120); left > 0; left--) {
    dialogue.client(size(random, 900, 0.6, 60, 1460));
    dialogue.wait(60_000, 0.8);
    dialogue.server(chance(random, 0.02) ? 26 : 0);
    dialogue.wait(pause, 1);
  }
}
