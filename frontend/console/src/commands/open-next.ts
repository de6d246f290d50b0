import { openNeighbour } from "../features/inbox/neighbours.ts";
import { router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.open_next",
  group: "list",
  place: 3,
  keys: "alt+arrowdown",
  isForWriting: true,
  isAvailable: () => router.path.startsWith("/inbox"),
  run: () => openNeighbour(1),
} satisfies Command;
