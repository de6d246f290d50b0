/** What a new password must be; the server checks the same. */
export const PASSWORD_CHARS_MIN = 10;

export function isLongEnough(password: string): boolean {
  return [...password].length >= PASSWORD_CHARS_MIN;
}
