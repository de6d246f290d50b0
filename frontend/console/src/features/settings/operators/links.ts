/** One-time links that an owner hands over. */
import type { Instant, Role } from "../../../../../protocol/generated.ts";
import { api } from "../../../api.ts";

export interface Handed {
  kind: "invite" | "reset";
  /** Whom it is for. */
  name: string;
  link: string;
  expires_at: Instant;
}

export interface Invited {
  email: string;
  name: string | null;
  role: Role;
}

/** Make a link by which somebody joins. Made again for the same address, only the newest works. */
export async function makeInvitation(whom: Invited): Promise<Handed> {
  const made = await api.post<{ link: string; expires_at: Instant }>("/operators/invitations", whom);
  return { ...made, kind: "invite", name: whom.name ?? whom.email };
}
