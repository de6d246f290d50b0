/**
 * The line to the server: keeps one transport open, notices when it is dead, and opens it again.
 *
 *   connecting --welcome--> online --closed, silent, gap--> connecting (at once, then with growing, jittered waits: `retryAt`)
 *   connecting --no welcome within 2.5 s on a socket--> the same over long-polling
 *   any --4401--> signed out      any --4409--> reload      any --4403--> refused
 */
import {
  CLOSE_NOT_ALLOWED,
  CLOSE_RECONNECT,
  CLOSE_RELOAD,
  CLOSE_SIGN_IN,
  type OperatorFrame,
  type ServerFrame,
} from "../../../protocol/generated.ts";

export interface TransportEvents {
  frame: (frame: ServerFrame) => void;
  closed: (code: number) => void;
  /** The transport is ready to take `hello`. */
  opened: () => void;
}

export interface Transport {
  send: (frame: OperatorFrame) => void;
  close: () => void;
}

export type Connect = (events: TransportEvents) => Transport;
export type ConnectionStatus = "connecting" | "online" | "offline";
export type EndReason = "signed_out" | "reload" | "refused";

export interface ConnectionOptions {
  socket: Connect;
  poll: Connect;
  hello: () => OperatorFrame;
  /** The newest event that has arrived here. */
  offset: () => number;
  frame: (frame: ServerFrame) => void;
  status: (status: ConnectionStatus) => void;
  ended: (reason: EndReason) => void;
  random?: () => number;
}

/** What long-polling closes with when it has lasted long enough: the network may let sockets through by now. */
export const TRY_SOCKET = 1001;

const WELCOME_MS = 2500;
const POLL_WELCOME_MS = 10_000;
const PING_MS = 25_000;
const PONG_MS = 6000;
/** With what is added at random, an operator is back within five seconds after the server is. */
const LONGEST_WAIT_MS = 3000;
const ENDS: Record<number, EndReason> = { [CLOSE_SIGN_IN]: "signed_out", [CLOSE_RELOAD]: "reload", [CLOSE_NOT_ALLOWED]: "refused" };

type Timer = ReturnType<typeof setTimeout>;

export class Connection {
  #options: ConnectionOptions;
  #transport: Transport | null = null;
  #isWelcome = false;
  #isStopped = true;
  /** After a socket stayed silent or was refused: the next attempt is long-polling. */
  #isPolling = false;
  #failures = 0;
  #attempt = 0;
  #welcomeTimer: Timer | undefined;
  #retryTimer: Timer | undefined;
  #pingTimer: Timer | undefined;
  #pongTimer: Timer | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  start(): void {
    this.#isStopped = false;
    this.#open();
  }

  stop(): void {
    this.#isStopped = true;
    this.#drop();
  }

  /** False when there is nobody to send to; whoever needs it sent keeps it. */
  send(frame: OperatorFrame): boolean {
    if (!this.#isWelcome || !this.#transport) return false;
    this.#transport.send(frame);
    return true;
  }

  /** After sleep, a change of network, or because somebody asked: find out at once whether the line still works. */
  check(): void {
    if (this.#isStopped) return;
    if (this.#isWelcome) this.#ping();
    else if (this.#retryTimer !== undefined) this.#open();
  }

  #open(): void {
    this.#drop();
    this.#options.status(this.#failures > 1 ? "offline" : "connecting");
    const attempt = ++this.#attempt;
    const isCurrent = (): boolean => attempt === this.#attempt;
    const connect = this.#isPolling ? this.#options.poll : this.#options.socket;
    this.#welcomeTimer = setTimeout(() => isCurrent() && this.#silent(), this.#isPolling ? POLL_WELCOME_MS : WELCOME_MS);
    const transport = connect({
      opened: () => isCurrent() && transport.send(this.#options.hello()),
      frame: (frame) => isCurrent() && this.#received(frame),
      closed: (code) => isCurrent() && this.#closed(code),
    });
    this.#transport = transport;
  }

  #received(frame: ServerFrame): void {
    clearTimeout(this.#pongTimer);
    this.#pongTimer = undefined;
    if (frame.type === "welcome") {
      clearTimeout(this.#welcomeTimer);
      this.#isWelcome = true;
      this.#failures = 0;
      this.#pingTimer = setInterval(() => this.#ping(), PING_MS);
    }
    this.#options.frame(frame);
    if (frame.type === "welcome") this.#options.status("online");
    if (frame.type === "pong" && frame.offset > this.#options.offset()) this.#closed(CLOSE_RECONNECT);
  }

  #ping(): void {
    this.#transport?.send({ type: "ping" });
    this.#pongTimer ??= setTimeout(() => this.#closed(CLOSE_RECONNECT), PONG_MS);
  }

  /** A socket that was refused, or accepted and then silent, is replaced by long-polling; failing that, sockets come next again. */
  #silent(): void {
    this.#isPolling = !this.#isPolling;
    if (this.#isPolling) this.#open();
    else this.#closed(1006);
  }

  #closed(code: number): void {
    const wasWelcome = this.#isWelcome;
    this.#drop();
    const end = ENDS[code];
    if (end) {
      this.#isStopped = true;
      this.#options.ended(end);
      return;
    }
    if (this.#isStopped) return;
    if (!wasWelcome && !this.#isPolling) {
      // Refused before a word was said: the network may not let sockets through, so the other way is tried at once.
      this.#isPolling = true;
      this.#open();
      return;
    }
    // Where long-polling worked a moment ago it works again; else the next line tries a socket first.
    this.#isPolling &&= wasWelcome && code !== TRY_SOCKET;
    this.#failures += 1;
    this.#options.status(this.#failures > 1 ? "offline" : "connecting");
    this.#retryTimer = setTimeout(() => this.#open(), wasWelcome || code === CLOSE_RECONNECT ? this.#jitter(150) : this.#wait());
  }

  #wait(): number {
    return this.#jitter(Math.min(LONGEST_WAIT_MS, 1000 * 2 ** Math.min(this.#failures - 1, 6)));
  }

  #jitter(milliseconds: number): number {
    return milliseconds * (0.5 + (this.#options.random ?? Math.random)());
  }

  #drop(): void {
    this.#attempt += 1;
    this.#isWelcome = false;
    for (const timer of [this.#welcomeTimer, this.#retryTimer, this.#pingTimer, this.#pongTimer]) clearTimeout(timer);
    this.#retryTimer = this.#pongTimer = undefined;
    this.#transport?.close();
    this.#transport = null;
  }
}
