import { overlay } from "../features/keys/overlay.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.show_keys",
  group: "everywhere",
  place: 2,
  keys: "?",
  run: () => (overlay.shown = overlay.shown === "keys" ? null : "keys"),
} satisfies Command;
