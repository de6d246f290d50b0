/** Names of fields in the server's refusals. Pure. */

/** The field that a path leads to: `settings.greeting.pl` is of `greeting`, `settings.allowed_origins[2]` of `allowed_origins`. */
export function fieldName(path: string): string {
  return /^(?:settings\.)?(\w+)/.exec(path)?.[1] ?? path;
}

/** The index in a path such as `settings.allowed_origins[2]`. */
export function fieldIndex(path: string): number | undefined {
  const found = /\[(\d+)\]/.exec(path)?.[1];
  return found === undefined ? undefined : Number(found);
}
