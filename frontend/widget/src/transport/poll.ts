/** Frames by asking: one call waits for the server, one carries what is sent. Used where WebSocket does not get through. */
import { CLOSE_RECONNECT, CLOSE_TOO_MANY } from "../../../protocol/generated.ts";
import type { VisitorServerFrame } from "../state/reduce.ts";
import type { ClientFrame, OpenWire } from "./wire.ts";

interface Answer {
  session: string;
  number: number;
  frames: VisitorServerFrame[];
  close: { code: number } | null;
}

const TRIES = 3;
/** How long a network that broke WebSocket is taken to break it still; then the connection begins anew and tries it again. */
const MEMORY_MS = 300_000;

function remember(): void {
  try {
    sessionStorage["klepet:poll"] ??= 0;
    if (sessionStorage["klepet:poll"] < Date.now()) sessionStorage["klepet:poll"] = Date.now() + MEMORY_MS;
  } catch {
    // Then every connection tries WebSocket first.
  }
}

export const openPoll: OpenWire = (url, hello, take, lost) => {
  const abort = new AbortController();
  // A word of its own: proxies that choose a process by the address keep the calls of this session together.
  const path = `w/poll?s=${Math.random()}`;
  const answers = new Map<number, Answer>();
  let session: string | null = null;
  let ack = 0;
  let calls = 0;
  let isSending = true;
  let waiting: ClientFrame[] = [];

  const end = (code: number): void => {
    if (abort.signal.aborted) return;
    abort.abort();
    lost(code);
  };

  async function call(frames: ClientFrame[]): Promise<void> {
    const number = ++calls;
    for (let tries = 0; ; tries++) {
      try {
        const answer = await fetch(url(path), {
          method: "POST",
          headers: { "Content-Type": "text/plain" },
          body: JSON.stringify({ session, ack, call: number, frames }),
          signal: abort.signal,
        });
        if (answer.ok) return accept((await answer.json()) as Answer);
        if (answer.status < 500) return end(answer.status === 429 ? CLOSE_TOO_MANY : 0);
      } catch {
        if (abort.signal.aborted) return;
      }
      if (!session || tries >= TRIES) return end(0);
      await new Promise((resume) => setTimeout(resume, 300 * 2 ** tries));
    }
  }

  /** Answers may overtake each other; frames are taken in the order in which the server gave them. */
  function accept(answer: Answer): void {
    if (answer.number > ack) answers.set(answer.number, answer);
    for (let next; (next = answers.get(ack + 1)); ) {
      answers.delete(++ack);
      if (!session) remember();
      session = next.session;
      for (const frame of next.frames) if (!abort.signal.aborted) take(frame);
      if (next.close) return end(next.close.code);
    }
  }

  async function listen(): Promise<void> {
    while (!abort.signal.aborted) await call([]);
  }

  async function push(): Promise<void> {
    if (isSending) return;
    isSending = true;
    while (waiting.length && !abort.signal.aborted) {
      const frames = waiting;
      waiting = [];
      await call(frames);
    }
    isSending = false;
  }

  const again = setTimeout(end, MEMORY_MS, CLOSE_RECONNECT);
  abort.signal.addEventListener("abort", () => clearTimeout(again));
  void call([hello]).then(() => {
    isSending = false;
    void listen();
    void push();
  });

  return {
    send(frame) {
      waiting.push(frame);
      void push();
    },
    close: () => abort.abort(),
  };
};
