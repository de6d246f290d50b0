/** A name for a person who gave none: a colour and an animal that always belong to the same id. Pure. */

/** The hues of the colours in `alias.colours`, in the same order: a nameless person's face has the colour of the name. */
export const ALIAS_HUES = [25, 50, 70, 88, 112, 145, 163, 195, 232, 262, 303, 352] as const;

export interface Alias {
  colour: number;
  animal: number;
}

/** FNV-1a over the characters of an id: well spread, and the same everywhere. */
export function hashOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < id.length; index += 1) hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193) >>> 0;
  // The last step mixes the high bits into the low ones, which alone decide below.
  hash ^= hash >>> 15;
  hash = Math.imul(hash, 0x2c1b3c6d) >>> 0;
  return (hash ^ (hash >>> 12)) >>> 0;
}

export function aliasOf(id: string, colours: number, animals: number): Alias {
  const hash = hashOf(id);
  return { colour: hash % colours, animal: Math.floor(hash / colours) % animals };
}
