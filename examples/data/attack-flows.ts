import { ACK, type Dialogue, type Ends, FIN, PSH, RST, SECOND } from "./dialogue.js";
import { between, chance, oneOf, size, weighted } from "./distributions.js";
import { addressOf, hosts } from "./hosts.js";
import type { Behaviour, Scene } from "./scene.js";

/** The thirteen attack classes of CIC-IDS2017. Shares are of the attack rows of a working week. */
export const attackFlows: Readonly<Record<string, Behaviour>> = {
  "DoS Hulk": { share: 0.42, connections: 200, play: (scene, n) => attackWeb(scene, n, 0.03, hulk) },
  DDoS: { share: 0.23, connections: 250, play: floodFromMany },
  PortScan: { share: 0.288, connections: 150, play: scanPorts },
  "FTP-Patator": { share: 0.0144, connections: 40, play: (scene, n) => guess(scene, n, 0.25, guessFtpPassword) },
  "DoS slowloris": { share: 0.0103, connections: 40, play: (scene, n) => attackWeb(scene, n, 0.1, slowloris) },
  "DoS Slowhttptest": { share: 0.0103, connections: 40, play: (scene, n) => attackWeb(scene, n, 0.1, slowHttpTest) },
  "SSH-Patator": { share: 0.0108, connections: 40, play: (scene, n) => guess(scene, n, 0.4, guessSshPassword) },
  "DoS GoldenEye": { share: 0.0185, connections: 60, play: (scene, n) => attackWeb(scene, n, 0.08, goldenEye) },
  "Web Attack Brute Force": { share: 0.0026, connections: 12, play: guessForm },
  Bot: { share: 0.0036, connections: 6, play: (scene, n) => fromInside(scene, n, 20, reportToMaster) },
  "Web Attack XSS": { share: 0.001, connections: 12, play: injectScripts },
  "Web Attack Sql Injection": { share: 0.00005, connections: 6, play: (scene, n) => attackWeb(scene, n, 8, injectSql) },
  Infiltration: { share: 0.00005, connections: 4, play: (scene, n) => fromInside(scene, n, 30, infiltrate) },
};

/** The web server under attack, and attackers on Linux. */
const WEB: Ends = { port: 80, serverLaterWindow: 235 };

/** An attacker on Windows: its short frames are padded. */
const WINDOWS = { clientHeader: 20, serverHeader: 20, clientWindow: 8192, clientLaterWindow: 256 } as const;

/** Of so many connections of a flood or scan one has no duration, where a capture may have such. */
const INSTANT_EVERY = 16;

/** Connection after connection from the attacker to one host. @param pause seconds between their begins, on the average. */
function attack(
  scene: Scene,
  victim: string,
  connections: number,
  pause: number,
  script: (dialogue: Dialogue, isInstant: boolean) => void,
): void {
  for (let i = 0; i < connections; i++) {
    const isInstant = scene.hasInstants && i % INSTANT_EVERY === 0;
    scene.between(scene.attacker, victim, (dialogue) => script(dialogue, isInstant));
    scene.wait(pause);
  }
}

function attackWeb(
  scene: Scene,
  connections: number,
  pause: number,
  script: (dialogue: Dialogue, isInstant: boolean) => void,
): void {
  attack(scene, addressOf(hosts.web(scene.random)), connections, pause, script);
}

function guess(scene: Scene, connections: number, pause: number, script: (dialogue: Dialogue) => void): void {
  attack(scene, addressOf(hosts.files(scene.random)), connections, pause, script);
}

function scanPorts(scene: Scene, connections: number): void {
  const host = oneOf(scene.random, [hosts.web, hosts.unix, hosts.desktop])(scene.random);
  attack(scene, addressOf(host), connections, 0.012, scanPort);
}

/** Many hosts at once, all told to by one attacker. */
function floodFromMany(scene: Scene, connections: number): void {
  const victim = addressOf(hosts.web(scene.random));
  for (let i = 0; i < connections; i++) {
    scene.between(scene.forged(), victim, loic);
    scene.wait(0.02);
  }
}

/** A host inside calls its master, who cannot call it. */
function fromInside(scene: Scene, connections: number, pause: number, script: (dialogue: Dialogue) => void): void {
  const victim = addressOf(hosts.desktop(scene.random));
  for (let i = 0; i < connections; i++) {
    scene.between(victim, scene.attacker, script);
    scene.wait(pause);
  }
}

function guessForm(scene: Scene, connections: number): void {
  attackWeb(scene, connections, 1.5, (dialogue) => attackForm(dialogue, 0.8, 470));
}

function injectScripts(scene: Scene, connections: number): void {
  attackWeb(scene, connections, 1.5, (dialogue) => attackForm(dialogue, 0.9, 520));
}

/** Floods of varied requests; the overwhelmed server lets connections hang for a minute and a half. */
function hulk(dialogue: Dialogue, isInstant: boolean): void {
  const { random } = dialogue;
  dialogue.begin({ ...WEB, clientLaterWindow: between(random, 245, 280) });
  dialogue.handshake(900);
  dialogue.exchange(size(random, 340, 0.08, 200), chance(random, 0.85) ? 11_595 : size(random, 1100, 0.5), 2500);
  const hangs = weighted(random, { long: 0.8, short: 0.14, no: 0.06 });
  if (hangs === "long") dialogue.wait(93 * SECOND, 0.09);
  else dialogue.wait(hangs === "short" ? 6 * SECOND : 4000, 0.5);
  if (isInstant) {
    dialogue.server(0, FIN | ACK);
    dialogue.wait(60, 0.8);
    dialogue.freeze();
    dialogue.client();
    dialogue.client(0, RST | ACK);
    return;
  }
  if (chance(random, 0.7)) dialogue.close("server", 60);
  else dialogue.server(0, FIN | ACK);
}

/** Many Windows hosts send the same twenty bytes. */
function loic(dialogue: Dialogue): void {
  const { random } = dialogue;
  const patience = oneOf(random, [0.7, 1.8, 2.5, 9, 84]) * SECOND;
  dialogue.begin({ port: 80, ...WINDOWS, serverLaterWindow: 229 });
  dialogue.handshake(800);
  dialogue.wait(200, 1);
  dialogue.client(20);
  dialogue.wait(patience, 0.5);
  dialogue.exchange(20, 11_595 + oneOf(random, [0, 6, 12]), 900);
  if (chance(random, 0.6)) {
    dialogue.server(0, FIN | ACK);
    for (let left = between(random, 2, 4); left > 0; left--) {
      dialogue.wait(left === 1 ? patience : 200, 0.5);
      dialogue.client(0, left === 1 && chance(random, 0.5) ? RST | ACK : ACK);
    }
  } else dialogue.client(0, RST | ACK);
}

/** Mostly one SYN and one RST; where a port is open or filtered, a little more. */
function scanPort(dialogue: Dialogue, isInstant: boolean): void {
  const { random } = dialogue;
  const open = !isInstant && chance(random, 0.02);
  const known = [21, 22, 23, 25, 80, 110, 139, 443, 445, 3306, 3389, 5900, 8080];
  const any = between(random, 1, chance(random, 0.9) ? 12_000 : 65_535);
  const port = open || chance(random, 0.08) ? oneOf(random, known) : any;
  if (isInstant || chance(random, 0.4))
    dialogue.begin({ port, clientHeader: 20, serverHeader: 20, clientWindow: 1024 });
  else dialogue.begin({ port, serverHeader: open ? 32 : 20 });
  if (isInstant) dialogue.freeze();
  dialogue.knock();
  dialogue.wait(48, 0.45);
  if (!open) {
    dialogue.refuse();
    return;
  }
  dialogue.greet();
  dialogue.wait(60, 0.5);
  dialogue.client(0, RST);
}

/** Ten lines of an FTP login, with the pause after a wrong password. */
function guessFtpPassword(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ port: 21, serverLaterWindow: 227, clientLaterWindow: 229 });
  dialogue.handshake(150);
  for (let line = 0; line < 5; line++) {
    dialogue.wait(60, 0.8);
    dialogue.client(line % 2 === 0 ? 12 + random.below(12) : 14);
    dialogue.server();
    dialogue.wait(line === 2 || line === 4 ? 2.8 * SECOND : 900, 0.15);
    dialogue.server(line % 2 === 0 ? 34 : 22);
    if (line < 3) dialogue.client();
  }
  if (chance(random, 0.5)) {
    dialogue.server(0, FIN | ACK);
    return;
  }
  dialogue.client(14, FIN | PSH | ACK);
  dialogue.wait(oneOf(random, [30, 120]), 0.7);
  dialogue.server(0, FIN | ACK);
  dialogue.wait(30, 0.7);
  dialogue.client();
}

function guessSshPassword(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ port: 22, serverLaterWindow: 247, clientLaterWindow: 259 });
  dialogue.handshake(200);
  dialogue.exchange(640, 976 + 400, 1500);
  for (let guesses = between(random, 4, 7); guesses > 0; guesses--) {
    dialogue.wait(2000, 0.6);
    dialogue.exchange(oneOf(random, [64, 96, 144]), 52 + 4 * random.below(6), 900);
    dialogue.wait(1.9 * SECOND, 0.15);
    dialogue.server(52);
  }
  dialogue.close("client", 200);
}

/** A request that never ends: a few bytes of one more header line, again and again. */
function slowloris(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin(WEB);
  dialogue.handshake(600);
  dialogue.client(231);
  const pause = oneOf(random, [10, 15, 50]) * SECOND;
  for (let left = between(random, 1, 9); left > 0; left--) {
    dialogue.wait(pause, 0.02);
    dialogue.client(8);
    if (chance(random, 0.15)) dialogue.server();
  }
  if (chance(random, 0.3)) {
    dialogue.client(8, FIN | PSH | ACK);
    dialogue.wait(60, 0.2);
    dialogue.server();
    dialogue.wait(oneOf(random, [60, 50 * SECOND]), 0.2);
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
      dialogue.knock(true);
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
  dialogue.begin({ ...WEB, clientLaterWindow: between(random, 280, 420) });
  dialogue.handshake(500);
  dialogue.exchange(size(random, 390, 0.18), chance(random, 0.4) ? 11_632 : 3525, 1500);
  dialogue.wait(oneOf(random, [5.5, 6.5, 15]) * SECOND, 0.07);
  dialogue.server(0, FIN | ACK);
  dialogue.client();
  dialogue.wait(chance(random, 0.3) ? oneOf(random, [5, 82, 103]) * SECOND : 5 * SECOND, 0.08);
  dialogue.client(0, FIN | ACK);
  dialogue.server();
}

/** Guessing a form's password and injecting scripts look alike: idle connections, and a few with a hundred requests. */
function attackForm(dialogue: Dialogue, idleShare: number, request: number): void {
  const { random } = dialogue;
  dialogue.begin(WEB);
  dialogue.handshake(120);
  if (chance(random, idleShare)) {
    dialogue.wait(5.4 * SECOND, 0.06);
    dialogue.close("client", 120, false);
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
  dialogue.close("server", 120, false);
}

/** A short report to port 8080 in the same words each time; sometimes a stolen file follows. */
function reportToMaster(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ port: 8080, ...WINDOWS, serverLaterWindow: 237 });
  dialogue.handshake(300);
  dialogue.exchange(between(random, 194, 196), 128, 70_000);
  if (chance(random, 0.12)) {
    for (let left = between(random, 8, 30); left > 0; left--) {
      dialogue.client(size(random, 4000, 0.5, 100, 23_360));
      dialogue.wait(4000, 0.8);
      dialogue.server();
    }
  }
  dialogue.close("server", 300);
}

/** A shell behind the firewall: an upload that lasts for minutes, so that meters cut it, hardly any answer. */
function infiltrate(dialogue: Dialogue): void {
  const { random } = dialogue;
  dialogue.begin({ port: 444, clientHeader: 20, serverHeader: 20, clientLaterWindow: oneOf(random, [255, 258, 8192]) });
  const pause = oneOf(random, [0.08, 1.5, 7, 20]) * SECOND;
  for (let left = between(random, 8, 120); left > 0 && dialogue.elapsed < 300 * SECOND; left--) {
    dialogue.client(size(random, 900, 0.6, 60, 1460));
    dialogue.wait(60_000, 0.8);
    dialogue.server(chance(random, 0.02) ? 26 : 0);
    dialogue.wait(pause, 1);
  }
}
