/** Why a file was refused: what a person reads, and what to do. */
export const mediaRefusals = {
  not_media: {
    words: 'It is no MP4, MOV or WebM video and no JPEG or WebP photo.',
    remedy: 'Export it in one of these formats and upload it again.',
  },
  unreadable: {
    words: 'It cannot be read as what it claims to be.',
    remedy: 'Export it again, check that it plays, and upload it again.',
  },
  truncated: {
    words: 'Its last part is missing.',
    remedy: 'Check that the file was written to its end, and upload it again.',
  },
  probe_limit: {
    words: 'Reading its headers takes more time or memory than any honest file needs.',
    remedy: 'Export it again with another tool, and upload it again.',
  },
  bytes_gone: {
    words: 'Its bytes are not in the storage any more.',
    remedy: 'Upload it again; the operator should look at the disk, or restore the media folder.',
  },
  sha256_mismatch: {
    words: 'What arrived is not what the uploader announced: its SHA-256 is another.',
    remedy: 'Upload it again; if it happens again, look for a proxy that changes bodies.',
  },
} as const satisfies Record<string, { readonly words: string; readonly remedy: string }>;

/** Code of why a file was refused. */
export type MediaRefusal = keyof typeof mediaRefusals;
