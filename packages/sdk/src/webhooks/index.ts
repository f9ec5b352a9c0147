export type {
  AuthorizationRemovedEvent,
  InboxDeliveredEvent,
  PortabilityReadyEvent,
  PublicAvailabilityEvent,
  PublishCompleteEvent,
  PublishContent,
  PublishFailedEvent,
  UnknownWebhookEvent,
  VideoKitEvent,
  WebhookEvent,
} from './events.ts';
export { parseWebhook, webhookIdempotencyKey } from './parse.ts';
export { verifyWebhook, type WebhookVerification } from './verify.ts';
