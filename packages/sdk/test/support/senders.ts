import { type ChunkSender, fetchSender } from '@greenroom/sdk';
import { nodeSender } from '@greenroom/sdk/node';

/** One way for the same bytes. */
interface SenderCase {
  readonly sender: string;
  readonly make: () => ChunkSender;
}

/** Senders that give the bytes away as they come. */
export const STREAMING_SENDERS: readonly SenderCase[] = [
  { sender: 'nodeSender', make: () => nodeSender() },
  { sender: 'fetchSender, streaming', make: () => fetchSender({ body: 'stream' }) },
];

/** Every sender: one suite runs over all of them. */
export const SENDERS: readonly SenderCase[] = [
  ...STREAMING_SENDERS,
  { sender: 'fetchSender, whole chunks', make: () => fetchSender({ body: 'whole' }) },
];
