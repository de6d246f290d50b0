// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Hello } from "../../../protocol/generated.ts";
import { type Connection, connect } from "./connection.ts";
import { watch } from "./watch.ts";
import type { ClientFrame, OpenWire } from "./wire.ts";

interface Wire {
  kind: "socket" | "poll";
  sent: ClientFrame[];
  take: Parameters<OpenWire>[2];
  lost: (code: number) => void;
  isClosed: boolean;
}

const wires: Wire[] = [];
const wireOf =
  (kind: Wire["kind"]): OpenWire =>
  (_url, hello, take, lost) => {
    const wire: Wire = { kind, sent: [hello], take, lost, isClosed: false };
    wires.push(wire);
    return {
      send: (frame) => void wire.sent.push(frame),
      close() {
        wire.isClosed = true;
      },
    };
  };
vi.mock("./poll.ts", () => ({ openPoll: (...args: Parameters<OpenWire>) => wireOf("poll")(...args) }));

const changes: boolean[] = [];
const refusals: number[] = [];
let followed = 0;
let take: () => void;
let connection: Connection;
let unwatch: () => void;
const last = (): Wire => wires.at(-1) as Wire;
const welcome = (): void => last().take({ type: "welcome" } as never);

beforeEach(() => {
  vi.useFakeTimers();
  vi.spyOn(Math, "random").mockReturnValue(1);
  wires.length = changes.length = refusals.length = followed = 0;
  sessionStorage.clear();
  take = () => undefined;
  connection = connect(
    {
      url: (path) => path,
      hello: () => ({ type: "hello", protocol: 1 }) as Hello,
      take: () => take(),
      changed: (isConnected) => void changes.push(isConnected),
      refused: (code) => void refusals.push(code),
      offset: () => followed,
    },
    wireOf("socket"),
  );
  connection.start();
  unwatch = watch(connection);
});
afterEach(() => {
  unwatch();
  connection.stop();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("it greets, and is connected with the welcome", () => {
  expect(last().sent[0]?.type).toBe("hello");
  expect(connection.send({ type: "ping" })).toBe(false);
  welcome();
  expect(changes).toEqual([true]);
  expect(connection.send({ type: "ping" })).toBe(true);
});

test.each([
  ["refused", () => last().lost(1006)],
  ["silent", () => vi.advanceTimersByTime(2_500)],
])("where WebSocket is %s, it polls", async (_, block) => {
  block();
  await vi.dynamicImportSettled();
  expect(wires.map((wire) => wire.kind)).toEqual(["socket", "poll"]);
  expect(wires[0]?.isClosed).toBe(true);
  welcome();
  expect(changes).toEqual([true]);
});

test("a server's own close is no reason to poll", async () => {
  last().lost(4429);
  await vi.dynamicImportSettled();
  expect(wires).toHaveLength(1);
});

test("the first retry comes within half a second, the next ones later and later", async () => {
  const first: number[] = [];
  for (const random of [0, 0.5, 1]) {
    vi.spyOn(Math, "random").mockReturnValue(random);
    const count = wires.length;
    const from = Date.now();
    welcome();
    last().lost(1006);
    while (wires.length === count) await vi.advanceTimersByTimeAsync(50);
    first.push(Date.now() - from);
  }
  expect(first).toEqual([50, 250, 500]);
  const gaps: number[] = [];
  for (let round = 0; round < 24; round++) {
    const from = Date.now();
    const count = wires.length;
    while (last().kind === "socket" && !last().isClosed) last().lost(4400);
    while (wires.length === count) await vi.advanceTimersByTimeAsync(100);
    gaps.push(Date.now() - from);
  }
  expect(gaps.slice(0, 3)).toEqual([1_000, 2_000, 4_000]);
  const soon = gaps.filter((gap) => gap <= 5_000);
  expect(gaps.slice(0, soon.length)).toEqual(soon);
  expect(soon.reduce((sum, gap) => sum + gap)).toBeGreaterThan(60_000);
  expect(Math.max(...gaps)).toBe(15_000);
});

test("no pong within five seconds: it begins anew", async () => {
  welcome();
  await vi.advanceTimersByTimeAsync(25_000);
  expect(last().sent.at(-1)?.type).toBe("ping");
  await vi.advanceTimersByTimeAsync(5_500);
  expect(changes).toEqual([true, false]);
  expect(wires).toHaveLength(2);
});

test("a pong keeps it, a pong that knows more than we do shows a gap", () => {
  welcome();
  connection.start();
  expect(last().sent.at(-1)?.type).toBe("ping");
  followed = 7;
  last().take({ type: "pong", offset: 7 });
  expect(wires).toHaveLength(1);
  last().take({ type: "pong", offset: 8 });
  expect(wires).toHaveLength(2);
});

test("after sleep it asks at once", async () => {
  welcome();
  vi.setSystemTime(Date.now() + 600_000);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(last().sent.at(-1)?.type).toBe("ping");
});

test("a network that the browser knows to be gone is noticed within seconds, also where the socket seems to live", async () => {
  welcome();
  dispatchEvent(new Event("offline"));
  expect(last().sent.at(-1)?.type).toBe("ping");
  await vi.advanceTimersByTimeAsync(5_001);
  expect(changes).toEqual([true, false]);
});

test("coming online ends the waiting", async () => {
  last().lost(4400);
  const count = wires.length;
  dispatchEvent(new Event("online"));
  expect(wires).toHaveLength(count + 1);
});

test("what the server refuses for good is not tried again; a token that ended is", async () => {
  last().lost(4401);
  await vi.advanceTimersByTimeAsync(500);
  expect(wires).toHaveLength(2);
  last().lost(4403);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(wires).toHaveLength(2);
  expect(refusals).toEqual([4401, 4403]);
});

test("who begins anew because of the welcome is not connected by it", () => {
  take = () => connection.restart();
  welcome();
  expect(changes).toEqual([]);
  expect(wires).toHaveLength(2);
});

test("what an old connection says is not heard", () => {
  const [old] = wires;
  connection.restart();
  old?.take({ type: "welcome" } as never);
  old?.lost(4403);
  expect(changes).toEqual([]);
  expect(refusals).toEqual([]);
});
