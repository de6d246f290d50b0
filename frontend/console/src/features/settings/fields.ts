/** Names of fields in the server's refusals. Pure. */

/** The field that a path leads to: `settings.greeting.pl` is of `greeting`, `settings.allowed_origins[2]` of `allowed_origins`. */
export function fieldName(path: string): string {
  return /^(?:settings\.)?(\w+)/.exec(path)?.[1] ?? path;
}
