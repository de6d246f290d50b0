/** What went wrong, as a sentence for the person at the screen. */
import { ApiError } from "./api.ts";
import { hasText, t } from "./i18n.svelte.ts";

/** The sentence for any error. `where` may name a text area with own words, as `problem.<where>.<code>`. */
export function sentenceFor(error: unknown, where?: string): string {
  const seconds = error instanceof ApiError ? error.problem.retry_after_seconds : undefined;
  const said = error instanceof ApiError ? error.code : "internal";
  // Too many of something that is kept, not of requests: waiting does not help.
  const general = said === "too_many" && seconds === undefined ? "limit" : said;
  const values = { count: Math.ceil((seconds ?? 60) / 60), limit: String(error instanceof ApiError ? (error.problem.limit ?? "") : "") };
  for (const key of [`problem.${where}.${said}`, `problem.${general}`]) if (hasText(key)) return t(key, values);
  return t("problem.internal");
}

/** The field of a form that the server refused, if it named one. */
export function fieldOf(error: unknown): string | undefined {
  return error instanceof ApiError ? error.problem.field : undefined;
}
