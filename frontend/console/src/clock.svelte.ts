/** One clock for the whole page, so that all relative times change together. It rests while the page is hidden. */

let now = $state(Date.now());

const tick = (): void => {
  if (document.visibilityState === "visible") now = Date.now();
};

setInterval(tick, 10_000);
document.addEventListener("visibilitychange", tick);

export const clock = {
  /** Milliseconds, at most ten seconds old. */
  get now() {
    return now;
  },
};
