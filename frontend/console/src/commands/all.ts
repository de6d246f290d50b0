/** Every command of this folder. */
import { can } from "../state/session.svelte.ts";
import type { Command } from "./command.ts";

const modules = import.meta.glob<{ default: Command }>(["./*.ts", "!./all.ts", "!./command.ts"], { eager: true });

export const COMMANDS: readonly Command[] = Object.values(modules)
  .map((module) => module.default)
  .sort((one, other) => one.place - other.place);

/** Whether the person may do it, and it makes sense now. */
export function isUsable(command: Command): boolean {
  return (!command.permission || can(command.permission)) && (command.isAvailable?.() ?? true);
}
