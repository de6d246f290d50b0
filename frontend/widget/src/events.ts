/** What the page may listen to, and what it is told. */
import type { Id } from "../../protocol/generated.ts";

export interface Events {
  /** For our own parts: the server greeted us. */
  connected: undefined;
  ready: undefined;
  opened: undefined;
  closed: undefined;
  message: { author: string; text: string; at: string; conversation_id: Id };
  unread: number;
  conversation_started: { conversation_id: Id };
  conversation_ended: { conversation_id: Id };
  rated: { conversation_id: Id; score: number };
  identified: { user_id: string };
  error: { code: string; message: string };
}

export type Listener = (data: never) => void;
