import { overlay } from "../features/keys/overlay.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.open_palette",
  group: "everywhere",
  place: 1,
  keys: "mod+k",
  isForWriting: true,
  run: () => (overlay.shown = overlay.shown === "palette" ? null : "palette"),
} satisfies Command;
