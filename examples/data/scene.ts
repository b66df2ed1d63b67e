import type { PacketSpec } from "@mlsec/flows";
import type { Random } from "@mlsec/preprocess/numeric";
import { type ConnectionDraft, playConnection } from "./connection-packets.js";
import { Dialogue, SECOND } from "./dialogue.js";
import { between, chance } from "./distributions.js";
import { type AttackWindow, BENIGN } from "./ground-truth.js";
import { addressOf, attackerAddress, forgedNetwork, hosts } from "./hosts.js";
import { serviceNamed } from "./services.js";

/** What hosts do together: a kind of ordinary use, or of attack. */
export interface Behaviour {
  /** Share of the rows that show it, of all of its mix. */
  readonly share: number;
  /** About how many connections an episode has; fewer where not so many are left to play. */
  readonly connections: number;
  /** Plays an episode. @param connections how many to make, for those that do not decide it themselves. */
  readonly play: (scene: Scene, connections: number) => void;
}

/** A connection as a script writes it: hosts by number, who began by default a desktop or, in attacks, the attacker. */
export type SceneConnection = Omit<ConnectionDraft, "source" | "destination" | "port" | "protocol"> & {
  readonly source?: number | string;
  readonly destination: number | string;
};

/** Where one episode plays: it has a clock, draws random numbers and collects packets. */
export class Scene {
  readonly packets: PacketSpec[] = [];
  readonly dialogue: Dialogue;
  readonly attacker: string;
  private clock: number;
  private suspect: string;
  private victim: string | null | undefined;

  /**
   * @param episode number of the episode, from which attackers have their addresses.
   * @param start microseconds since 1970-01-01 UTC.
   * @param hasInstants whether some flows have no duration.
   */
  constructor(
    readonly random: Random,
    readonly label: string,
    readonly episode: number,
    start: number,
    readonly hasInstants: boolean,
  ) {
    this.clock = start;
    this.dialogue = new Dialogue(random, this.packets);
    this.attacker = attackerAddress(episode);
    this.suspect = this.attacker;
  }

  /** Lets an exponentially distributed time pass. @param mean in seconds. */
  wait(mean: number): void {
    this.clock += Math.round(mean * this.random.exponential() * SECOND);
  }

  /** An address that the attacker forges, or of one of many hosts that work for it. */
  forged(last: number = 1 + this.random.below(254)): string {
    const network = forgedNetwork(this.episode);
    this.suspect = `${network}0/24`;
    return `${network}${last}`;
  }

  /** Has a script play between two hosts now; the scene's clock stays. */
  between(client: string, server: string, script: (dialogue: Dialogue) => void): void {
    this.note(client, server);
    const { dialogue } = this;
    dialogue.clientAddress = client;
    dialogue.serverAddress = server;
    dialogue.clock = this.clock;
    script(dialogue);
  }

  /** A connection to a service by KDD's name. Data of FTP from port 20 go to whatever port the client has offered. */
  connect(service: string, connection: SceneConnection): void {
    const { port, protocol } = serviceNamed(service);
    const isOffered = service === "ftp_data" && connection.sourcePort === port;
    this.play({ ...connection, protocol, port: isOffered ? between(this.random, 32_768, 65_535) : port });
  }

  /** A connection to a port. */
  connectPort(port: number, protocol: "tcp" | "udp", connection: SceneConnection): void {
    this.play({ ...connection, port, protocol });
  }

  /** What the scene was, where it was an attack; to be asked when it has been played. */
  attack(): AttackWindow | undefined {
    const { packets, label, suspect, victim = null } = this;
    if (label === BENIGN || packets.length === 0) return undefined;
    let [from, to] = [packets[0]!.time, packets[0]!.time];
    for (const { time } of packets) {
      if (time < from) from = time;
      if (time > to) to = time;
    }
    return { label, attacker: suspect, victim, from, to };
  }

  private play({ source, destination, ...draft }: SceneConnection & Pick<ConnectionDraft, "port" | "protocol">): void {
    const server = typeof destination === "number" ? addressOf(destination) : destination;
    const client =
      source === undefined ? this.somebody(server) : typeof source === "number" ? addressOf(source) : source;
    this.between(client, server, (dialogue) => playConnection(dialogue, draft));
  }

  private somebody(other: string): string {
    if (this.label !== BENIGN) return this.attacker;
    const { random } = this;
    const address = addressOf(chance(random, 0.7) ? hosts.desktop(random) : hosts.remote(random));
    return address === other ? addressOf(199) : address;
  }

  /** Remembers the victim, as long as it is one. A packet that claims to come from its own destination gives no attacker away. */
  private note(client: string, server: string): void {
    const isMine = client === this.attacker || this.suspect.startsWith(client.slice(0, client.lastIndexOf(".") + 1));
    const victim = isMine || client === server ? server : client;
    if (client === server) this.suspect = server;
    this.victim = this.victim === undefined || this.victim === victim ? victim : null;
  }
}
