import type { KddFlag } from "@mlsec/flows";
import { between, chance, oneOf, size, weighted } from "./distributions.js";
import { hosts } from "./hosts.js";
import type { Behaviour, Scene } from "./scene.js";

/** What ordinary hosts and users do. Shares are of the ordinary rows. */
export const normalBehaviours: Readonly<Record<string, Behaviour>> = {
  web: { share: 0.512, connections: 6, play: browse },
  refused: { share: 0.034, connections: 11, play: knockAtStoppedServer },
  unanswered: { share: 0.01, connections: 4.5, play: waitForSilentHost },
  mail: { share: 0.103, connections: 1, play: deliverMail },
  nameBurst: { share: 0.11, connections: 145, play: resolveManyNames },
  nameLookup: { share: 0.03, connections: 1, play: resolveName },
  fileTransfer: { share: 0.088, connections: 7.4, play: transferFiles },
  chat: { share: 0.036, connections: 5, play: chat },
  remoteShell: { share: 0.016, connections: 1, play: useRemoteShell },
  management: { share: 0.015, connections: 2.5, play: pollDevice },
  unreachable: { share: 0.01, connections: 2.5, play: reportUnreachable },
  monitoring: { share: 0.01, connections: 3.5, play: pingHosts },
  finger: { share: 0.009, connections: 1, play: finger },
  rareService: { share: 0.017, connections: 1, play: useRareService },
};

/** How a TCP connection that carried data ends. */
function ending(scene: Scene): KddFlag {
  return weighted(scene.random, { SF: 0.982, S1: 0.007, RSTO: 0.004, RSTR: 0.003, S2: 0.002, S3: 0.002 });
}

function browse(scene: Scene): void {
  const { random } = scene;
  const source = chance(random, 0.6) ? hosts.desktop(random) : hosts.remote(random);
  const destination = hosts.web(random);
  const pages = size(random, 4, 0.9, 1, 60);
  for (let page = 0; page < pages; page++) {
    const bytes = chance(random, 0.02) ? size(random, 2000, 1.2) : size(random, 240, 0.22, 60);
    scene.connect("http", {
      source,
      destination,
      flag: ending(scene),
      duration: chance(random, 0.05) ? size(random, 3, 1.2) : 0,
      srcBytes: bytes,
      dstBytes: size(random, 1500, 1.4),
    });
    scene.wait(0.25);
  }
}

function knockAtStoppedServer(scene: Scene): void {
  const source = hosts.desktop(scene.random);
  const destination = hosts.down(scene.random);
  for (let left = size(scene.random, 8, 0.8, 1, 60); left > 0; left--) {
    scene.connect("http", { source, destination, flag: "REJ" });
    scene.wait(0.4);
  }
}

/** A client repeats its SYN at a host that does not answer: a SYN flood in small. */
function waitForSilentHost(scene: Scene): void {
  const { random } = scene;
  const destination = chance(random, 0.5) ? hosts.web(random) : hosts.remote(random);
  const service = oneOf(random, ["http", "http", "smtp", "telnet", "pop_3"]);
  const source = hosts.desktop(random);
  for (let left = size(random, 3, 0.9, 1, 40); left > 0; left--) {
    scene.connect(service, { source, destination, flag: "S0" });
    scene.wait(0.3);
  }
}

function deliverMail(scene: Scene): void {
  const { random } = scene;
  const source = hosts.desktop(random);
  const destination = chance(random, 0.8) ? hosts.mail(random) : hosts.remote(random);
  scene.connect("smtp", {
    source,
    destination,
    flag: ending(scene),
    duration: chance(random, 0.5) ? 0 : size(random, 2, 0.9, 0, 400),
    srcBytes: size(random, 1250, 0.7, 200),
    dstBytes: size(random, 335, 0.12, 100),
  });
  if (chance(random, 0.04))
    scene.connect("auth", { source, destination, srcBytes: 9, dstBytes: size(random, 28, 0.2) });
}

function resolveName(scene: Scene): void {
  lookUp(scene, hosts.names(scene.random));
}

function resolveManyNames(scene: Scene): void {
  const { random } = scene;
  const destination = hosts.names(random);
  for (let left = size(random, 130, 0.5, 10, 320); left > 0; left--) {
    lookUp(scene, destination);
    scene.wait(0.012);
  }
}

function lookUp(scene: Scene, destination: number): void {
  const { random } = scene;
  scene.connect("domain_u", {
    destination,
    srcBytes: between(random, 42, 46) - (chance(random, 0.08) ? 12 : 0),
    dstBytes: chance(random, 0.12) ? 0 : oneOf(random, [45, 77, 105, 127, 131, 132, 133, 137]),
  });
}

/** A control connection, and data connections that the server opens from port 20 to the client. */
function transferFiles(scene: Scene): void {
  const { random } = scene;
  const client = hosts.desktop(random);
  const server = hosts.files(random);
  scene.connect("ftp", {
    source: client,
    destination: server,
    flag: chance(random, 0.97) ? "SF" : "RSTO",
    duration: size(random, 26, 0.3),
    srcBytes: size(random, 600, 0.9, 20),
    dstBytes: size(random, 2200, 0.6, 50),
  });
  for (let left = size(random, 5, 0.7, 1, 40); left > 0; left--) {
    scene.wait(0.8);
    scene.connect("ftp_data", {
      source: server,
      destination: client,
      sourcePort: 20,
      duration: chance(random, 0.9) ? 0 : size(random, 2, 1.5),
      srcBytes: chance(random, 0.06) ? 0 : size(random, 900, 2.4, 12, 6_000_000),
    });
  }
}

/** Messages from one port to many, some of them open for hours; in part as dense as a scan over UDP. */
function chat(scene: Scene): void {
  const { random } = scene;
  const dense = chance(random, 0.04);
  const destination = hosts.desktop(random);
  const sourcePort = between(random, 1024, 5000);
  const source = hosts.remote(random);
  for (let left = dense ? between(random, 40, 120) : size(random, 2, 0.6, 1); left > 0; left--) {
    scene.connectPort(between(random, 800, 1023), "udp", {
      source,
      destination,
      sourcePort,
      duration: dense || chance(random, 0.3) ? 0 : size(random, 900, 1.2, 0, 3600),
      srcBytes: chance(random, 0.05) ? size(random, 2000, 1.5) : between(random, 145, 147) - (dense ? 144 : 0),
      dstBytes: dense || chance(random, 0.5) ? 0 : 105,
    });
    scene.wait(dense ? 0.02 : 1);
  }
}

function useRemoteShell(scene: Scene): void {
  const { random } = scene;
  scene.connect(chance(random, 0.85) ? "telnet" : "ssh", {
    destination: hosts.unix(random),
    flag: weighted(random, { SF: 0.81, S1: 0.1, RSTO: 0.07, RSTR: 0.02 }),
    duration: size(random, 80, 2, 0, 3600),
    srcBytes: size(random, 200, 1.1, 0),
    dstBytes: size(random, 4000, 1.9),
    urgent: chance(random, 0.01) ? 1 : 0,
  });
}

function pollDevice(scene: Scene): void {
  const { random } = scene;
  const destination = hosts.unix(random);
  for (let left = between(random, 1, 4); left > 0; left--) {
    scene.connectPort(oneOf(random, [1161, 1161, 1161, 1999]), "udp", {
      destination,
      srcBytes: 105,
      dstBytes: chance(random, 0.1) ? 0 : between(random, 145, 147),
    });
    scene.wait(0.5);
  }
}

function reportUnreachable(scene: Scene): void {
  const { random } = scene;
  const destination = hosts.names(random);
  for (let left = between(random, 1, 4); left > 0; left--) {
    const service = chance(random, 0.9) ? "urp_i" : oneOf(random, ["red_i", "tim_i"]);
    const source = hosts.remote(random);
    const code = service === "urp_i" && chance(random, 0.1) ? 1 : 0;
    scene.connect(service, { source, destination, code, srcBytes: oneOf(random, [78, 78, 127, 182, 183]) });
    scene.wait(0.3);
  }
}

/** A monitor that asks its hosts whether they are up; now and then it sweeps over many, as an intruder would. */
function pingHosts(scene: Scene): void {
  const { random } = scene;
  const first = hosts.unix(random);
  const source = hosts.desktop(random);
  const bytes = chance(random, 0.2) ? 8 : oneOf(random, [30, 30, 64]);
  const service = chance(random, 0.75) ? "eco_i" : "ecr_i";
  for (let i = 0, n = chance(random, 0.15) ? 15 : between(random, 1, 2); i < n; i++) {
    scene.connect(service, { source, destination: first + i, srcBytes: bytes });
    scene.wait(0.2);
  }
}

function finger(scene: Scene): void {
  const { random } = scene;
  scene.connect("finger", {
    destination: hosts.unix(random),
    flag: chance(random, 0.96) ? "SF" : "S0",
    srcBytes: between(random, 6, 10),
    dstBytes: chance(random, 0.1) ? 0 : size(random, 150, 0.4),
  });
}

function useRareService(scene: Scene): void {
  const { random } = scene;
  const service = weighted(random, {
    IRC: 8,
    pop_3: 8,
    ntp_u: 7,
    time: 4,
    X11: 4,
    http_443: 4,
    domain: 2,
    imap4: 2,
    nntp: 1,
    whois: 1,
    ldap: 1,
    sql_net: 0.5,
    shell: 0.3,
    tftp_u: 0.3,
  });
  const datagram = service.endsWith("_u");
  scene.connect(service, {
    destination: chance(random, 0.5) ? hosts.unix(random) : hosts.remote(random),
    flag: datagram ? "SF" : weighted<KddFlag>(random, { SF: 0.9, REJ: 0.05, RSTR: 0.03, OTH: 0.02 }),
    duration: datagram ? 0 : size(random, 2, 1.8),
    srcBytes: datagram ? 48 : size(random, 60, 1.3),
    dstBytes: datagram ? 48 : size(random, 400, 1.8),
  });
}
