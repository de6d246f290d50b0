/** What is wrong with a value that the page handed in, in a sentence for its developer; undefined when nothing is. */

export type Check = (value: unknown, name: string) => string | undefined;

const shown = (value: unknown): string => {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 60);
  } catch {
    return typeof value;
  }
};

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const text =
  (longest: number, shortest = 1): Check =>
  (value, name) =>
    typeof value === "string" && value.length >= shortest && value.length <= longest
      ? undefined
      : `${name} must be text of ${shortest} to ${longest} characters, not ${shown(value)}`;

export const pattern =
  (form: RegExp, like: string): Check =>
  (value, name) =>
    typeof value === "string" && form.test(value) ? undefined : `${name} must be text like ${like}, not ${shown(value)}`;

export const oneOf =
  (values: readonly string[]): Check =>
  (value, name) =>
    values.includes(value as string) ? undefined : `${name} must be one of ${values.join(", ")}, not ${shown(value)}`;

export const wholeNumber: Check = (value, name) =>
  Number.isInteger(value) && (value as number) > 0 ? undefined : `${name} must be a whole number above 0, not ${shown(value)}`;

export const aFunction: Check = (value, name) =>
  typeof value === "function" ? undefined : `${name} must be a function, not ${shown(value)}`;

/** Names with plain values: at most 50 of at most 500 characters. */
export const attributes: Check = (value, name) => {
  if (!isObject(value)) return `${name} must be an object of names and plain values, not ${shown(value)}`;
  const entries = Object.entries(value);
  if (entries.length > 50) return `${name} has ${entries.length} entries; the limit is 50`;
  for (const [key, entry] of entries) {
    if (!key || key.length > 64) return `${name}: the name ${shown(key)} must have 1 to 64 characters`;
    if (entry !== null && !["string", "number", "boolean"].includes(typeof entry))
      return `${name}.${key} must be text, a number, true, false or null, not ${shown(entry)}`;
    if (typeof entry === "number" && !Number.isFinite(entry)) return `${name}.${key} must be a finite number`;
    if (typeof entry === "string" && entry.length > 500) return `${name}.${key} has ${entry.length} characters; the limit is 500`;
  }
  return undefined;
};

/** An object of known fields; those with a `?` may be missing or null. */
export const fields =
  (checks: Record<string, Check>): Check =>
  (value, name) => {
    if (!isObject(value)) return `${name} must be an object, not ${shown(value)}`;
    const known = Object.keys(checks).map((field) => field.replace("?", ""));
    const strange = Object.keys(value).find((field) => !known.includes(field));
    if (strange) return `${name} has no field ${shown(strange)}; it has ${known.join(", ")}`;
    for (const [field, check] of Object.entries(checks)) {
      const key = field.replace("?", "");
      if (field.endsWith("?") && value[key] == null) continue;
      const problem = check(value[key], `${name}.${key}`);
      if (problem) return problem;
    }
    return undefined;
  };

export const listOf =
  (check: Check, longest: number): Check =>
  (value, name) => {
    if (!Array.isArray(value)) return `${name} must be a list, not ${shown(value)}`;
    if (value.length > longest) return `${name} has ${value.length} entries; the limit is ${longest}`;
    return value.map((entry, index) => check(entry, `${name}[${index}]`)).find(Boolean);
  };
