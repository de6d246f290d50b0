/** The two ways to the server: a WebSocket, and long-polling where networks break sockets. Same frames on both. */
import { CLOSE_NOT_ALLOWED, CLOSE_SIGN_IN, type OperatorFrame, type ServerFrame } from "../../../protocol/generated.ts";
import { csrfToken } from "../api.ts";
import { TRY_SOCKET, type Connect } from "./connection.ts";

export const openSocket: Connect = (events) => {
  const address = new URL("/api/v1/socket", location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  let socket: WebSocket;
  try {
    socket = new WebSocket(address);
  } catch {
    // A policy of the browser or its network forbids sockets altogether.
    queueMicrotask(() => events.closed(1006));
    return { send: () => undefined, close: () => undefined };
  }
  socket.onopen = () => events.opened();
  socket.onmessage = (message) => {
    events.frame(JSON.parse(String(message.data)) as ServerFrame);
  };
  socket.onclose = (event) => events.closed(event.code);
  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
    },
    close: () => {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    },
  };
};

const POLLING_MS = 300_000;

interface PollAnswer {
  session: string;
  number: number;
  frames: ServerFrame[];
  close: { code: number; reason: string } | null;
}

/** One call waits for what comes; one more may send at the same time. A lost answer is asked for again with the same `ack`. */
export const openPoll: Connect = (events) => {
  let session: string | null = null;
  let ack = 0;
  let calls = 0;
  let isClosed = false;
  let isSending = false;
  const queue: OperatorFrame[] = [];
  /** Answers that overtook one another: the two calls' answers are taken in the order of their numbers. */
  const early = new Map<number, PollAnswer>();
  const abort = new AbortController();
  /** A word of its own: proxies that choose a process by the address keep the calls of this session together. */
  const path = `/api/v1/poll?s=${Math.random()}`;

  async function call(frames: OperatorFrame[]): Promise<void> {
    const number = ++calls;
    for (let tries = 0; !isClosed; tries += 1) {
      try {
        const response = await fetch(path, {
          method: "POST",
          headers: { "Content-Type": "application/json", "X-Klepet-Csrf": csrfToken() },
          body: JSON.stringify({ session, ack, call: number, frames }),
          signal: abort.signal,
        });
        if (!response.ok) return close(response.status === 401 ? CLOSE_SIGN_IN : response.status === 403 ? CLOSE_NOT_ALLOWED : 1006);
        take((await response.json()) as PollAnswer);
        return;
      } catch {
        if (tries >= 2) return close(1006);
        await new Promise((resolve) => setTimeout(resolve, 400 * (tries + 1)));
      }
    }
  }

  function take(answer: PollAnswer): void {
    if (isClosed) return;
    session = answer.session;
    early.set(answer.number, answer);
    for (let next = early.get(ack + 1); next && !isClosed; next = early.get(ack + 1)) {
      ack = next.number;
      early.delete(ack);
      for (const frame of next.frames) if (!isClosed) events.frame(frame);
      if (next.close) close(next.close.code);
    }
  }

  function close(code: number): void {
    if (isClosed) return;
    isClosed = true;
    clearTimeout(again);
    events.closed(code);
  }

  async function drain(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (queue.length > 0 && !isClosed) {
      const isFirst = session === null;
      await call(queue.splice(0));
      if (isFirst && session !== null) void listen();
    }
    isSending = false;
  }

  async function listen(): Promise<void> {
    while (!isClosed) await call([]);
  }

  // Networks change: after a while the line is made anew, and a socket is tried first.
  const again = setTimeout(() => close(TRY_SOCKET), POLLING_MS);
  queueMicrotask(() => events.opened());
  return {
    send: (frame) => {
      queue.push(frame);
      void drain();
    },
    close: () => {
      isClosed = true;
      clearTimeout(again);
      abort.abort();
    },
  };
};
