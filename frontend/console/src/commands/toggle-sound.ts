import { alerts, switchSound } from "../features/alerts/alerts.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.toggle_sound",
  group: "everywhere",
  place: 5,
  keys: "g m",
  run: () => switchSound(!alerts.isSoundOn),
} satisfies Command;
