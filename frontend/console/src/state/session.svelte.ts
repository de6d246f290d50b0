/** Who is signed in at this console, what they may do, and their preferences. */
import type { Availability, Operator, Permission } from "../../../protocol/generated.ts";
import { api, ApiError, onSignedOut, setCsrfToken, type Me, type Preferences } from "../api.ts";
import { setLanguage } from "../i18n.svelte.ts";
import { openChannel } from "./tabs.ts";

export type SessionStatus = "loading" | "signed_in" | "signed_out" | "unreachable";

let status = $state<SessionStatus>("loading");
let me = $state.raw<Me | null>(null);
let isSetUp = $state(true);
let saving = Promise.resolve();

export const session = {
  get status() {
    return status;
  },
  get me() {
    return me;
  },
  /** Whether this installation has an owner yet. */
  get isSetUp() {
    return isSetUp;
  },
  get preferences(): Preferences & Record<string, unknown> {
    return me?.preferences ?? {};
  },
};

export function can(permission: Permission): boolean {
  return me?.permissions.includes(permission) ?? false;
}

/** Take over what the server says of the person who is signed in. */
export async function welcomeMe(found: Me): Promise<void> {
  setCsrfToken(found.csrf_token);
  await setLanguage(found.operator.language);
  me = found;
  isSetUp = true;
  applyTheme();
  status = "signed_in";
}

/** The session is over: by signing out here, elsewhere, or by age. */
export function forgetMe(): void {
  setCsrfToken("");
  me = null;
  status = "signed_out";
}

/** Find out who is signed in. */
export async function startSession(): Promise<void> {
  onSignedOut(forgetMe);
  try {
    await welcomeMe(await api.get<Me>("/me"));
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 401) {
      status = "unreachable";
      return;
    }
    try {
      isSetUp = (await api.get<{ is_set_up: boolean }>("/setup")).is_set_up;
      forgetMe();
    } catch {
      status = "unreachable";
    }
  }
}

/** Ask again who I am: my role, name or photo was changed. */
export async function refreshMe(): Promise<void> {
  await welcomeMe(await api.get<Me>("/me"));
}

export async function signIn(email: string, password: string): Promise<void> {
  await welcomeMe(await api.post<Me>("/session", { email, password }));
}

/** The local side is left even when the server cannot be asked: a shared computer must not stay open. */
export async function signOut(): Promise<void> {
  try {
    await api.delete("/session");
  } finally {
    forgetMe();
  }
}

/** Changes are sent one after another, each with what is wanted by then: the last one always wins. */
export function savePreferences(change: Preferences & Record<string, unknown>): Promise<void> {
  if (!me) return Promise.resolve();
  prefer(me, { ...me.preferences, ...change });
  otherTabs.post({ id: me.operator.id, preferences: me.preferences });
  const send = async (): Promise<void> => {
    if (me) await api.patch("/me", { preferences: me.preferences });
  };
  saving = saving.then(send, send);
  return saving;
}

/** What was chosen in one tab holds in all of this browser. */
const otherTabs = openChannel<{ id: string; preferences: Me["preferences"] }>("preferences", ({ id, preferences }) => {
  if (me?.operator.id === id) prefer(me, preferences);
});

function prefer(of: Me, preferences: Me["preferences"]): void {
  me = { ...of, preferences };
  applyTheme();
}

export async function setAvailability(availability: Availability): Promise<void> {
  if (!me) return;
  const before = me;
  me = { ...me, operator: { ...me.operator, availability } };
  try {
    await api.put("/me/availability", { availability });
  } catch (error) {
    me = before;
    throw error;
  }
}

/** What the stream says of me: changed here, in another tab, or by an owner. */
export async function updateMyself(operator: Operator): Promise<void> {
  if (!me || operator.id !== me.operator.id) return;
  const before = me.operator;
  me = { ...me, operator };
  if (operator.language !== before.language) await setLanguage(operator.language);
  if (operator.role !== before.role) await refreshMe();
}

function applyTheme(): void {
  const theme = me?.preferences.theme ?? "system";
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}
