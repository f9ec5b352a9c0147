import { type EventRow, toWireEvent } from '../../events/read-events.ts';

/** Id of the message of a delivery: the same each time that it is sent, and after a restore from a backup another's. */
export function messageIdOf(deliveryId: string): string {
  return `msg_${deliveryId.replaceAll('-', '')}`;
}

/** The body of an event, in the form that Standard Webhooks recommends. */
export function toMessageBody(event: Omit<EventRow, 'xid'>): string {
  const { type, at, ...rest } = toWireEvent(event);
  return JSON.stringify({ type, timestamp: at, data: rest });
}
