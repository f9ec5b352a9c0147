import type { ByteRange } from '@greenroom/sdk';

/** What a request for a part of a file gets. */
export type RangeAnswer =
  | { readonly status: 200 | 206; readonly range: ByteRange }
  | { readonly status: 416 };

/** Headers that ask for a part. */
export interface RangeHeaders {
  readonly range?: string | undefined;
  readonly 'if-range'?: string | string[] | undefined;
}

/**
 * Which bytes a request gets, as RFC 9110 says (sections 13.1.5 and 14.2): one range is honoured; several, or what is no
 * range of bytes, get the whole file; one that begins behind the end gets 416.
 *
 * @param etag - Strong; with another one in `If-Range` the whole file is sent.
 */
export function readRange(headers: RangeHeaders, size: number, etag: string): RangeAnswer {
  const whole = { status: 200, range: { first: 0, last: size - 1 } } as const;
  const ifRange = headers['if-range'];
  if (headers.range === undefined || (ifRange !== undefined && ifRange !== etag)) return whole;
  const parts = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(headers.range);
  const [, from = '', to = ''] = parts ?? [];
  if (parts === null || (from === '' && to === '')) return whole;
  const first = from === '' ? Math.max(0, size - Number(to)) : Number(from);
  const last = from === '' || to === '' ? size - 1 : Math.min(Number(to), size - 1);
  if (first >= size || (from === '' && Number(to) === 0)) return { status: 416 };
  // A range that ends before it begins is none.
  if (from !== '' && to !== '' && Number(to) < Number(from)) return whole;
  return { status: 206, range: { first, last } };
}
