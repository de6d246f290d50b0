/** Addresses as people read them. Pure. */

/** Without the scheme, `www.` and the last slash. */
export function shortAddress(address: string): string {
  return address.replace(/^https?:\/\/(www\.)?/i, "").replace(/\/$/, "");
}
