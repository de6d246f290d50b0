/** Looks after the connection: asks whether the server is there, regularly and whenever there is reason to doubt it. */
import type { Connection } from "./connection.ts";

const PING_MS = 25_000;
const TICK_MS = 5_000;
const SLEEP_MS = 10_000;

/** The answer ends it. */
export function watch(connection: Connection): () => void {
  let lastCheck = Date.now();
  let lastTick = lastCheck;

  const tick = (): void => {
    const now = Date.now();
    const hasSlept = Math.abs(now - lastTick) > SLEEP_MS; // or the clock was set
    lastTick = now;
    if (!hasSlept && now - lastCheck < PING_MS) return;
    lastCheck = now;
    connection.check();
  };
  const wake = (): void => {
    if (!document.hidden) connection.check();
  };
  const ticks = setInterval(tick, TICK_MS);
  const doubts = ["online", "offline", "pageshow"];
  for (const doubt of doubts) addEventListener(doubt, wake);
  document.addEventListener("visibilitychange", wake);
  return () => {
    clearInterval(ticks);
    for (const doubt of doubts) removeEventListener(doubt, wake);
    document.removeEventListener("visibilitychange", wake);
  };
}
