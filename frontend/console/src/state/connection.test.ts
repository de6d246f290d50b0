import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { OperatorFrame } from "../../../protocol/generated.ts";
import { Connection, TRY_SOCKET, type ConnectionStatus, type TransportEvents } from "./connection.ts";
import { welcome } from "./fixtures.ts";

interface Line {
  kind: "socket" | "poll";
  events: TransportEvents;
  sent: OperatorFrame[];
  isClosed: boolean;
}

let lines: Line[];
let statuses: ConnectionStatus[];
let ended: string[];
let offset: number;
let connection: Connection;

function connect(kind: Line["kind"]) {
  return (events: TransportEvents) => {
    const line: Line = { kind, events, sent: [], isClosed: false };
    lines.push(line);
    return { send: (frame: OperatorFrame) => void line.sent.push(frame), close: () => void (line.isClosed = true) };
  };
}

const last = (): Line => lines.at(-1) as Line;

function greet(line = last()): void {
  line.events.opened();
  line.events.frame(welcome(null));
}

beforeEach(() => {
  vi.useFakeTimers();
  lines = [];
  statuses = [];
  ended = [];
  offset = 0;
  connection = new Connection({
    socket: connect("socket"),
    poll: connect("poll"),
    hello: () => ({ type: "hello", protocol: 1 }),
    offset: () => offset,
    frame: () => undefined,
    status: (status) => statuses.push(status),
    ended: (reason) => ended.push(reason),
    random: () => 0.5,
  });
  connection.start();
});

afterEach(() => {
  connection.stop();
  vi.useRealTimers();
});

describe("connection", () => {
  it("says hello and is online with the welcome", () => {
    greet();
    expect(last().sent[0]?.type).toBe("hello");
    expect(statuses.at(-1)).toBe("online");
    expect(connection.send({ type: "ping" })).toBe(true);
  });

  it("turns to long-polling when a socket stays silent for 2.5 seconds", () => {
    last().events.opened();
    vi.advanceTimersByTime(2600);
    expect(lines.map((line) => line.kind)).toEqual(["socket", "poll"]);
    expect(lines[0]?.isClosed).toBe(true);
    greet();
    expect(statuses.at(-1)).toBe("online");
  });

  it("turns to long-polling at once when a socket is refused, and to sockets again when that fails too", () => {
    last().events.closed(1006);
    expect(last().kind).toBe("poll");
    last().events.closed(1006);
    vi.advanceTimersByTime(1100);
    expect(last().kind).toBe("socket");
  });

  it("goes on polling when the server sends it away, until it is time to try a socket", () => {
    last().events.closed(1006);
    greet();
    last().events.closed(4000);
    vi.advanceTimersByTime(200);
    expect(lines.map((line) => line.kind)).toEqual(["socket", "poll", "poll"]);
    greet();
    last().events.closed(TRY_SOCKET);
    vi.advanceTimersByTime(200);
    expect(last().kind).toBe("socket");
  });

  it("comes back at once after a lost line, then with growing waits", () => {
    greet();
    last().events.closed(1006);
    expect(statuses.at(-1)).toBe("connecting");
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(2);
    last().events.closed(1006);
    last().events.closed(1006);
    expect(statuses.at(-1)).toBe("offline");
    const before = lines.length;
    vi.advanceTimersByTime(1000);
    expect(lines).toHaveLength(before);
    vi.advanceTimersByTime(1500);
    expect(lines.length).toBeGreaterThan(before);
    for (let round = 0; round < 20; round++) {
      last().events.closed(1006); // the socket, and then the other way
      last().events.closed(1006);
      const tried = lines.length;
      vi.advanceTimersByTime(4_500);
      expect(lines.length, `after ${round} more losses`).toBeGreaterThan(tried);
    }
  });

  it("ends with a reason when it makes no sense to come back", () => {
    greet();
    last().events.closed(4401);
    vi.advanceTimersByTime(60_000);
    expect(ended).toEqual(["signed_out"]);
    expect(lines).toHaveLength(1);
  });

  it("asks to be loaded anew when the protocol is too old", () => {
    last().events.closed(4409);
    expect(ended).toEqual(["reload"]);
  });

  it("pings every 25 seconds and takes silence for a dead line", () => {
    greet();
    vi.advanceTimersByTime(25_000);
    expect(last().sent.at(-1)).toEqual({ type: "ping" });
    vi.advanceTimersByTime(6_500);
    expect(lines).toHaveLength(2);
  });

  it("stays when the ping is answered", () => {
    greet();
    vi.advanceTimersByTime(25_000);
    last().events.frame({ type: "pong", offset: 0 });
    vi.advanceTimersByTime(10_000);
    expect(lines).toHaveLength(1);
  });

  it("connects anew when the server has sent more than arrived", () => {
    greet();
    offset = 4;
    connection.check();
    last().events.frame({ type: "pong", offset: 5 });
    vi.advanceTimersByTime(200);
    expect(lines).toHaveLength(2);
  });

  it("pings at once when asked, and does not wait when it is off", () => {
    greet();
    connection.check();
    expect(last().sent.at(-1)).toEqual({ type: "ping" });
    last().events.closed(1006);
    connection.check();
    expect(lines).toHaveLength(2);
  });

  it("listens no longer to a line that it gave up", () => {
    const first = last();
    first.events.opened();
    vi.advanceTimersByTime(2600);
    first.events.frame(welcome(null));
    expect(statuses.at(-1)).toBe("connecting");
  });
});
