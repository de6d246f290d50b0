/** The one connection of a tab: it is opened, lost, and comes back by itself. `watch.ts` looks after it. */
import {
  CLOSE_NOT_ALLOWED,
  CLOSE_RELOAD,
  CLOSE_SIGN_IN,
  type Hello,
} from "../../../protocol/generated.ts";
import type { VisitorServerFrame } from "../state/reduce.ts";
import { openSocket } from "./socket.ts";
import type { ClientFrame, OpenWire, Wire } from "./wire.ts";

export interface Options {
  url(path: string): string;
  hello(): Hello;
  take(frame: VisitorServerFrame): void;
  /** Connected, or not any more. */
  changed(isConnected: boolean): void;
  /**
   * The server refuses the token (4401: the next `hello` has to go without), or will not have this client at all: there is
   * no trying again.
   */
  refused(code: number): void;
  /** How far the log was followed. */
  offset(): number;
}

export interface Connection {
  /** Open, or check. */
  start(): void;
  /** Make sure at once that an open connection still is, and that a lost one comes back. */
  check(): void;
  stop(): void;
  /** Begin anew with a new `hello`. */
  restart(): void;
  /** Whether the frame went out. */
  send(frame: ClientFrame): boolean;
}

const WELCOME_MS = 2_500;
const POLL_WELCOME_MS = 10_000;
const PONG_MS = 5_000;
/** What a restart sends away comes back spread over half a second: no stampede, and nobody takes it for trouble. */
const FIRST_RETRY_MS = 500;
/** For a minute, as long as most restarts take, people are back within five seconds after the server is. */
const SOON_MAX_MS = 4_500;
const SOON_TIMES = 18;
const RETRY_MAX_MS = 15_000;
/** Until when WebSocket is taken not to get through in this tab; `poll.ts` writes it. */
const POLL_MEMORY = "klepet:poll";

const isPollRemembered = (): boolean => {
  try {
    return sessionStorage[POLL_MEMORY] > Date.now();
  } catch {
    return false;
  }
};

export function connect(options: Options, socket: OpenWire = openSocket): Connection {
  let wire: Wire | undefined;
  let run = 0;
  let isStopped = true;
  let isConnected = false;
  let failures = 0;
  /** Until when the server has to say something: its welcome, or that it is still there. */
  let deadline = 0;
  let retry = 0;

  /** Leave what is open, quietly. */
  function leave(): void {
    run++;
    clearTimeout(deadline);
    clearTimeout(retry);
    deadline = retry = 0;
    wire?.close();
    wire = undefined;
    if (isConnected) options.changed((isConnected = false));
  }

  function open(byPoll: boolean): void {
    leave();
    const mine = run;
    const lost = (code = 0): void => {
      if (mine === run) ended(code, byPoll);
    };
    const take = (frame: VisitorServerFrame): void => {
      if (mine === run) taken(frame);
    };
    deadline = +setTimeout(lost, byPoll ? POLL_WELCOME_MS : WELCOME_MS);
    const hello = options.hello();
    if (!byPoll) wire = socket(options.url, hello, take, lost);
    else
      import("./poll.ts").then(
        ({ openPoll }) => {
          if (mine === run) wire = openPoll(options.url, hello, take, lost);
        },
        () => lost(),
      );
  }

  function ended(code: number, byPoll: boolean): void {
    const was = isConnected;
    leave();
    if (code === CLOSE_NOT_ALLOWED || code === CLOSE_RELOAD) {
      stop();
      return options.refused(code);
    }
    if (code === CLOSE_SIGN_IN) options.refused(code);
    // Closed or silent before it welcomed us, and not by the server's word: WebSocket does not get through here.
    if (!was && !byPoll && code < 4_000) return open(true);
    if (was) failures = 0;
    const longest = Math.min(failures < SOON_TIMES ? SOON_MAX_MS : RETRY_MAX_MS, FIRST_RETRY_MS * 2 ** failures);
    const least = failures++ && longest / 2;
    retry = +setTimeout(begin, least + Math.random() * (longest - least));
  }

  const begin = (): void => open(isPollRemembered());

  function taken(frame: VisitorServerFrame): void {
    clearTimeout(deadline);
    deadline = 0;
    const isWelcome = frame.type === "welcome";
    if (isWelcome) failures = 0;
    const mine = run;
    options.take(frame);
    if (mine !== run) return; // it began anew
    if (isWelcome) options.changed((isConnected = true));
    if (frame.type === "pong" && frame.offset > options.offset()) begin();
  }

  /** Ask whether the other end is there, unless the question is open. */
  function ping(): void {
    if (!isConnected || deadline) return;
    deadline = +setTimeout(() => ended(0, true), PONG_MS);
    wire?.send({ type: "ping" });
  }

  function check(): void {
    if (retry) begin();
    else ping();
  }

  function stop(): void {
    isStopped = true;
    leave();
  }

  return {
    start() {
      if (!isStopped) return check();
      isStopped = false;
      begin();
    },
    check,
    stop,
    restart() {
      if (!isStopped) begin();
    },
    send(frame) {
      if (isConnected) wire?.send(frame);
      return isConnected;
    },
  };
}
