/** What a command is. Each stands in a module of its own in this folder and is found by `all.ts`. */
import type { Permission } from "../../../protocol/generated.ts";
import type { TextKey } from "../i18n.svelte.ts";

export interface Command {
  label: TextKey;
  group: "everywhere" | "go" | "list" | "conversation" | "writing";
  /** Its place in lists of its group. */
  place: number;
  /** As `strokeOf` writes them; several strokes with spaces between. */
  keys?: string;
  /** Works while somebody writes too. */
  isForWriting?: boolean;
  permission?: Permission;
  /** Whether it makes sense now; without it, always. */
  isAvailable?: () => boolean;
  run: () => void;
}
