// @vitest-environment happy-dom
import { beforeAll, describe, expect, it } from "vitest";
import { ApiError } from "../../api.ts";
import { loadTexts, setLanguage, t } from "../../i18n.svelte.ts";
import { Form } from "./form.svelte.ts";

beforeAll(async () => {
  await setLanguage("en");
  await loadTexts("settings");
});

function refusal(status: number, code: string, field?: string, limit?: number): () => Promise<void> {
  return () => Promise.reject(new ApiError(status, { code, message: "for developers", ...(field && { field }), ...(limit && { limit }) }));
}

describe("a form", () => {
  it("says at its field what the server refused there", async () => {
    const form = new Form("profile", ["name", "email"]);
    expect(await form.run(refusal(409, "conflict", "email"))).toBe(false);
    expect(form.problems).toEqual({ email: t("problem.profile_email.conflict") });
    expect(form.problem).toBe("");
  });

  it("knows fields inside of settings by their whole path", async () => {
    const form = new Form("site", ["greeting"]);
    await form.run(refusal(400, "invalid", "settings.greeting.pl", 500));
    expect(form.problems["settings.greeting.pl"]).toContain("500");
  });

  it("says for the whole what belongs to no field of it", async () => {
    const form = new Form("profile", ["name"]);
    await form.run(refusal(400, "invalid", "somewhere_else"));
    expect(form.problems).toEqual({});
    expect(form.problem).toBe(t("problem.invalid"));
    await form.run(refusal(0, "offline"));
    expect(form.problem).toBe(t("problem.offline"));
  });

  it("has something to save from the first letter until it was saved, and also after a refusal", async () => {
    const form = new Form("profile", ["name"]);
    expect(form.isChanged).toBe(false);
    form.clear();
    await form.run(refusal(400, "invalid", "name"));
    expect([form.isChanged, form.isSaved]).toEqual([true, false]);
    expect(await form.run(() => Promise.resolve())).toBe(true);
    expect([form.isChanged, form.isSaved]).toEqual([false, true]);
    form.clear();
    expect([form.isChanged, form.isSaved]).toEqual([true, false]);
  });

  it("is sent once, however often it is submitted", async () => {
    const form = new Form("profile", []);
    let sent = 0;
    let finish = (): void => undefined;
    const send = (): Promise<void> => {
      sent += 1;
      return new Promise((resolve) => (finish = resolve));
    };
    const first = form.submit(new Event("submit") as SubmitEvent, send);
    expect(await form.submit(new Event("submit") as SubmitEvent, send)).toBe(false);
    finish();
    expect(await first).toBe(true);
    expect(sent).toBe(1);
  });

  it("gives the focus to the field that was refused", async () => {
    const form = new Form("profile", ["name"]);
    const element = document.createElement("form");
    const input = document.createElement("input");
    element.append(input);
    document.body.append(element);
    input.setAttribute("aria-invalid", "true");
    form.refuse("name", "no", element);
    await new Promise((resolve) => setTimeout(resolve));
    expect(document.activeElement).toBe(input);
  });
});
