import type { TlsCredentials } from '../app.ts';

/** A certificate for this machine and the authority that signed it, thrown away with the emulator. */
export interface ThrowAwayTls extends TlsCredentials {
  /** Certificate of the authority, in PEM: what a client must trust. */
  readonly ca: string;
}

const EC = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;

/** Makes an authority and has it sign a certificate for loopback and, where it is another, `host`. */
export async function createThrowAwayTls(host: string): Promise<ThrowAwayTls> {
  const { generate } = await import('selfsigned');
  const authority = await generate([{ name: 'commonName', value: 'Greenroom emulator CA' }], {
    ...EC,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const server = await generate([{ name: 'commonName', value: 'localhost' }], {
    ...EC,
    ca: { key: authority.private, cert: authority.cert },
    extensions: [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true },
      { name: 'subjectAltName', altNames: toAltNames(host) },
    ],
  });
  return { key: server.private, cert: server.cert, ca: authority.cert };
}

type AltName = { type: 2; value: string } | { type: 7; ip: string };

function toAltNames(host: string): AltName[] {
  const names: AltName[] = [
    { type: 2, value: 'localhost' },
    { type: 7, ip: '127.0.0.1' },
    { type: 7, ip: '::1' },
  ];
  const isIp = /^[\d.]+$/.test(host) || host.includes(':');
  if (isIp)
    return host === '127.0.0.1' || host === '::1' ? names : [...names, { type: 7, ip: host }];
  return host === 'localhost' ? names : [...names, { type: 2, value: host }];
}
