/** Every command of this folder. */
import { can } from "../state/session.svelte.ts";
import type { Command } from "./command.ts";

const modules = import.meta.glob<{ default: Command }>(["./*.ts", "!./all.ts", "!./command.ts"], { eager: true });

const GROUPS: Command["group"][] = ["conversation", "writing", "list", "go", "everywhere"];

/** By group, what is nearest to the work first. */
export const COMMANDS: readonly Command[] = Object.values(modules)
  .map((module) => module.default)
  .sort((one, other) => GROUPS.indexOf(one.group) - GROUPS.indexOf(other.group) || one.place - other.place);

/** Whether the person may do it, and it makes sense now. */
export function isUsable(command: Command): boolean {
  return (!command.permission || can(command.permission)) && (command.isAvailable?.() ?? true);
}
