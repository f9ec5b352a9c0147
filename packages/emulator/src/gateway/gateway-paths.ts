/** The emulator's own pages and pictures beside the control API. */
const OWN_PAGES: ReadonlySet<string> = new Set(['/', '/favicon.ico']);

/** Whether a path belongs to the control API and the inspector's files. */
export function isControlPath(path: string): boolean {
  return path === '/_emulator' || path.startsWith('/_emulator/');
}

/** Paths of the emulator's own, which TikTok has not: no faults, no ledger. */
export function isOwnPath(path: string): boolean {
  return (
    OWN_PAGES.has(path) ||
    isControlPath(path) ||
    path.startsWith('/avatars/') ||
    path.startsWith('/covers/')
  );
}
