import { runNewestAction } from "../../../ui/toasts.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.undo",
  group: "everywhere",
  place: 3,
  keys: "z",
  run: () => void runNewestAction(),
} satisfies Command;
