/** Bytes as people say them: megabytes with one decimal, rounded up so that "too large" never equals the limit. */
export function megabytes(bytes: number): number {
  return Math.ceil((bytes / (1024 * 1024)) * 10) / 10;
}
