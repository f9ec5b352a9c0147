import { connect } from 'node:net';

/** An answer, as it came over the socket. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends bytes as they are, and reads until the server closes or the answer is whole. */
export function sendRaw(port: number, ...parts: readonly (string | Buffer)[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let received = Buffer.alloc(0);
    const finish = () => {
      socket.destroy();
      resolve(parseAnswer(received));
    };
    socket.on('connect', () => {
      for (const part of parts) socket.write(part);
    });
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      if (isWhole(received)) finish();
    });
    socket.on('close', finish);
    socket.on('error', (error) => {
      if (received.length === 0) reject(error);
    });
  });
}

/** A whole request with a body, as text. */
export function rawPost(path: string, apiKey: string, body: string | Buffer): (string | Buffer)[] {
  const head = [
    `POST ${path} HTTP/1.1`,
    'Host: 127.0.0.1',
    `Authorization: Bearer ${apiKey}`,
    'Content-Type: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    '',
  ];
  return [head.join('\r\n'), body];
}

function isWhole(received: Buffer): boolean {
  const { headers, body } = parseAnswer(received);
  const length = headers['content-length'];
  return length !== undefined && Buffer.byteLength(body) >= Number(length);
}

function parseAnswer(received: Buffer): RawAnswer {
  const text = received.toString();
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [first = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(
    lines.map((line) => {
      const [name = '', ...value] = line.split(':');
      return [name.toLowerCase(), value.join(':').trim()];
    }),
  );
  return { status: Number(first.split(' ')[1] ?? 0), headers, body: rest.join('\r\n\r\n') };
}
