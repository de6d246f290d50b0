import { openNextWaiting } from "../features/inbox/neighbours.ts";
import type { Command } from "./command.ts";

export default {
  label: "command.next_waiting",
  group: "list",
  place: 5,
  keys: "alt+w",
  isForWriting: true,
  run: openNextWaiting,
} satisfies Command;
