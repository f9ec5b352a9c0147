/** Paths of the emulator's own, which TikTok has not: no faults, no ledger. */
export function isOwnPath(path: string): boolean {
  return !(path.startsWith('/v2/') || path === '/upload' || path.startsWith('/upload/'));
}
