// @vitest-environment happy-dom
import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Me } from "../api.ts";
import { savePreferences, session, welcomeMe } from "./session.svelte.ts";

let asked: { body: unknown; answer: (status: number) => void }[];

async function sent(count: number): Promise<void> {
  await vi.waitFor(() => expect(asked.length).toBe(count));
}

describe("preferences", () => {
  beforeEach(async () => {
    asked = [];
    vi.stubGlobal("fetch", (_: string, { body }: { body: string }) => {
      return new Promise((resolve) => {
        asked.push({ body: JSON.parse(body), answer: (status) => resolve(new Response(status === 204 ? null : "{}", { status })) });
      });
    });
    await welcomeMe({ csrf_token: "", operator: { id: "me", language: "en" }, permissions: [], preferences: {} } as unknown as Me);
  });

  it("are sent one after another, the last as it is wanted by then", async () => {
    const first = savePreferences({ is_sound_on: false });
    const second = savePreferences({ theme: "dark" });
    const third = savePreferences({ theme: "light" });
    expect(session.preferences).toEqual({ is_sound_on: false, theme: "light" });
    await sent(1);
    asked[0]?.answer(204);
    await first;
    await sent(2);
    expect(asked[1]?.body).toEqual({ preferences: { is_sound_on: false, theme: "light" } });
    asked[1]?.answer(204);
    await second;
    await sent(3);
    asked[2]?.answer(204);
    await third;
  });

  it("are sent also after some could not be kept", async () => {
    const first = savePreferences({ is_sound_on: false });
    const second = savePreferences({ is_title_on: false });
    await sent(1);
    asked[0]?.answer(500);
    await expect(first).rejects.toThrow();
    await sent(2);
    asked[1]?.answer(204);
    await second;
    expect(asked[1]?.body).toEqual({ preferences: { is_sound_on: false, is_title_on: false } });
  });
});
