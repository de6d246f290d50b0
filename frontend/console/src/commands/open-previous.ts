import { openNeighbour } from "../features/inbox/neighbours.ts";
import { router } from "../router.svelte.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.open_previous",
  group: "list",
  place: 4,
  keys: "alt+arrowup",
  isForWriting: true,
  isAvailable: () => router.path.startsWith("/inbox"),
  run: () => openNeighbour(-1),
} satisfies Command;
