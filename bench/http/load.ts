import { connect, type Socket } from 'node:net';

/** What a load did. */
export interface Load {
  readonly requestsPerSecond: number;
  /** Statuses that came, and how often. */
  readonly statuses: ReadonlyMap<number, number>;
}

/** Where a load goes and what it asks. */
export interface LoadOptions {
  readonly port: number;
  /** Connections, each with one request under way. */
  readonly connections: number;
  readonly milliseconds: number;
  /** The bytes of the next request. */
  readonly next: () => string;
}

/**
 * Sends requests over kept connections and counts the answers.
 *
 * Written over plain sockets: on two cores a client of Node’s own would cost as much as what is measured,
 * and hide the difference.
 */
export async function runLoad(options: LoadOptions): Promise<Load> {
  const { connections, milliseconds } = options;
  const statuses = new Map<number, number>();
  const started = performance.now();
  const isOver = () => performance.now() - started >= milliseconds;
  await Promise.all(Array.from({ length: connections }, () => runOne(options, statuses, isOver)));
  const seconds = (performance.now() - started) / 1000;
  const count = [...statuses.values()].reduce((sum, one) => sum + one, 0);
  return { requestsPerSecond: count / seconds, statuses };
}

function runOne(
  { port, next }: LoadOptions,
  statuses: Map<number, number>,
  isOver: () => boolean,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
    let received = '';
    socket.setEncoding('latin1');
    socket.on('connect', () => socket.write(next()));
    socket.on('data', (text: string) => {
      received += text;
      const status = takeAnswer(received);
      if (status === undefined) return;
      received = '';
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (isOver()) socket.end();
      else socket.write(next());
    });
    socket.on('close', () => resolve());
    socket.on('error', reject);
  });
}

/** Status of an answer that is whole; one is under way at a time. */
function takeAnswer(received: string): number | undefined {
  const end = received.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [, length = '0'] = /\r\ncontent-length: (\d+)/i.exec(received.slice(0, end)) ?? [];
  if (received.length < end + 4 + Number(length)) return undefined;
  return Number(received.slice(9, 12));
}
