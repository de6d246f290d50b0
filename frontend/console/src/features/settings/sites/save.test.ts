// @vitest-environment happy-dom
import { expect, test, vi } from "vitest";
import type { Site } from "../../../../../protocol/generated.ts";
import { saveSite } from "./save.ts";

const site = { id: "s", name: "Shop", settings: { position: "right", colour: "#000000", allowed_origins: [] } } as unknown as Site;
const sites = new Map<string, Site>();
const sent: { body: Partial<Site>; answer: (site: Site) => void; fail: (error: Error) => void }[] = [];

vi.mock("../../../api.ts", () => ({
  api: { patch: (_path: string, body: Partial<Site>) => new Promise<Site>((answer, fail) => sent.push({ body, answer, fail })) },
}));
vi.mock("../../../state/live.svelte.ts", () => ({
  live: { get state() { return { sites }; } },
  dispatch: (change: { sites: Site[] }) => change.sites.forEach((changed) => sites.set(changed.id, changed)),
}));

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("what is saved while a save is on its way waits for its answer and starts from it", async () => {
  sites.set("s", site);
  const first = saveSite("s", { settings: { position: "left" } });
  const second = saveSite("s", { settings: { colour: "#ffffff" } });
  await turn();
  expect(sent.map((one) => one.body.settings?.position)).toEqual(["left"]);
  sent[0]?.answer({ ...site, ...sent[0].body } as Site);
  await turn();
  expect(sent[1]?.body.settings).toEqual({ position: "left", colour: "#ffffff", allowed_origins: [] });
  sent[1]?.fail(new Error("refused"));
  expect((await first).settings.position).toBe("left");
  await expect(second).rejects.toThrow("refused");

  const third = saveSite("s", { name: "Kava" });
  await turn();
  sent[2]?.answer({ ...site, ...sent[2].body } as Site);
  expect((await third).name).toBe("Kava");
});
