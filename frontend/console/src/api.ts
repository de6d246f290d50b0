/** The REST client: JSON in and out, the CSRF header, one kind of error. No domain knowledge. */
import type { Operator, Permission, Problem } from "../../protocol/generated.ts";

export interface Preferences {
  is_sound_on?: boolean;
  is_title_on?: boolean;
  are_notifications_on?: boolean;
  /** Single letters as keys (WCAG 2.1.4: they can be switched off). */
  are_letter_keys_on?: boolean;
  theme?: "system" | "light" | "dark";
}

export interface Me {
  operator: Operator;
  permissions: Permission[];
  csrf_token: string;
  preferences: Preferences & Record<string, unknown>;
  installation: { is_demo: boolean; version: string; languages: string[] };
}

export interface Page<T> {
  items: T[];
  next_cursor: string | null;
}

/** A request that was refused (`problem` as the server sent it) or never answered (code `offline`). */
export class ApiError extends Error {
  readonly status: number;
  readonly problem: Problem;

  constructor(status: number, problem: Problem) {
    super(problem.message);
    this.name = "ApiError";
    this.status = status;
    this.problem = problem;
  }

  get code(): string {
    return this.problem.code;
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;

interface Options {
  query?: Query;
  body?: unknown;
  /** Raw bytes instead of JSON. */
  raw?: Blob;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

let csrf = "";
let signedOut: () => void = () => undefined;

export function setCsrfToken(token: string): void {
  csrf = token;
}

export function csrfToken(): string {
  return csrf;
}

/** What to do when the session has ended. */
export function onSignedOut(handler: () => void): void {
  signedOut = handler;
}

function address(path: string, query: Query = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== "");
  const text = new URLSearchParams(pairs.map(([name, value]) => [name, String(value)])).toString();
  return `/api/v1${path}${text ? `?${text}` : ""}`;
}

async function problemOf(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as { error?: Problem };
    if (body.error?.code) return body.error;
  } catch {
    // Not our error shape: something between us and the server answered.
  }
  return { code: "internal", message: `The server answered ${response.status}.` };
}

/** Ask the server. Answers the decoded JSON, or undefined for an empty answer; raises ApiError. */
export async function request<T>(method: string, path: string, options: Options = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET" && csrf) headers["X-Klepet-Csrf"] = csrf;
  if (options.idempotencyKey) headers["Idempotency-Key"] = options.idempotencyKey;
  const init: RequestInit = { method, headers, credentials: "same-origin" };
  if (options.signal) init.signal = options.signal;
  if (options.raw) {
    headers["Content-Type"] = options.raw.type || "application/octet-stream";
    init.body = options.raw;
  } else if (options.body !== undefined) {
    headers["Content-Type"] = "application/json";
    init.body = JSON.stringify(options.body);
  }
  let response: Response;
  try {
    response = await fetch(address(path, options.query), init);
  } catch (error) {
    if (options.signal?.aborted) throw error;
    throw new ApiError(0, { code: "offline", message: "The server cannot be reached." });
  }
  if (!response.ok) {
    const problem = await problemOf(response);
    if (response.status === 401 && csrf && path !== "/session") signedOut();
    throw new ApiError(response.status, problem);
  }
  if (response.status === 204) return undefined as T;
  const text = await response.text();
  return (text ? JSON.parse(text) : undefined) as T;
}

export const api = {
  get: <T>(path: string, query?: Query, signal?: AbortSignal) =>
    request<T>("GET", path, { ...(query && { query }), ...(signal && { signal }) }),
  post: <T>(path: string, body?: unknown, options?: Options) => request<T>("POST", path, { ...options, body }),
  put: <T>(path: string, body?: unknown) => request<T>("PUT", path, { body }),
  patch: <T>(path: string, body: unknown) => request<T>("PATCH", path, { body }),
  delete: <T = void>(path: string) => request<T>("DELETE", path),
  /** The address of something to download; the cookie goes with it. */
  address,
};
