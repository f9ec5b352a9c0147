import { createHmac } from 'node:crypto';
import { TikTokWebhookSignatureError } from '@greenroom/sdk';
import { parseWebhook, verifyWebhook, webhookIdempotencyKey } from '@greenroom/sdk/webhooks';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { WEBHOOK_VECTOR } from '../fixtures/vectors.ts';

const { clientSecret, timestamp, body, signature } = WEBHOOK_VECTOR;
const clock = () => new Date(timestamp * 1000);
const vector = {
  rawBody: body,
  signatureHeader: `t=${timestamp},s=${signature}`,
  clientSecret,
  clock,
};

function makeBody(event: string, content: unknown, more: object = {}): string {
  return JSON.stringify({
    client_key: 'awexample',
    event,
    create_time: timestamp,
    user_openid: '-000example',
    content: typeof content === 'string' ? content : JSON.stringify(content),
    ...more,
  });
}

function sign(raw: string | Uint8Array): string {
  const mac = createHmac('sha256', clientSecret).update(`${timestamp}.`).update(raw);
  return `t=${timestamp},s=${mac.digest('hex')}`;
}

describe('a signature', () => {
  test('is checked as in the vector', async () => {
    const event = await verifyWebhook(vector);
    expect(event).toMatchObject({
      event: 'post.publish.complete',
      user_openid: '-000example',
      content: { publish_id: 'v_pub_file~v2-1.7000000000000000001' },
    });
  });

  test('is over the bytes, whatever they are', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme' }), async (text) => {
        const rawBody = new TextEncoder().encode(makeBody('post.brand_new', { text }));
        const signed = { ...vector, rawBody, signatureHeader: sign(rawBody) };
        await expect(verifyWebhook(signed)).resolves.toMatchObject({ content: { text } });
        const changed = rawBody.slice();
        const last = changed.length - 1;
        changed[last] = (changed[last] ?? 0) ^ 1;
        await expect(verifyWebhook({ ...signed, rawBody: changed })).rejects.toMatchObject({
          code: 'webhook_signature_mismatch',
        });
      }),
    );
  });

  test.each([
    ['another secret', { clientSecret: 'other' }],
    ['another time', { signatureHeader: `t=${timestamp + 1},s=${signature}` }],
    ['another body', { rawBody: `${body}\n` }],
    ['another signature', { signatureHeader: `t=${timestamp},s=${'0'.repeat(64)}` }],
  ])('of %s is refused', async (_what, wrong) => {
    const error = verifyWebhook({ ...vector, ...wrong });
    await expect(error).rejects.toBeInstanceOf(TikTokWebhookSignatureError);
    await expect(error).rejects.toMatchObject({ code: 'webhook_signature_mismatch' });
  });

  test('is not checked with an empty secret', async () => {
    const error = verifyWebhook({ ...vector, clientSecret: '' });
    await expect(error).rejects.toMatchObject({ code: 'argument_invalid' });
  });

  test.each([
    undefined,
    null,
    '',
    'nonsense',
    `s=${signature}`,
    `t=${timestamp}`,
    `t=soon,s=${signature}`,
    `t=${timestamp},s=short`,
    `t=${timestamp},s=${signature}00`,
    `t=${timestamp}.5,s=${signature}`,
  ])('in the header %j is malformed', async (signatureHeader) => {
    const error = verifyWebhook({ ...vector, signatureHeader });
    await expect(error).rejects.toMatchObject({ code: 'webhook_signature_malformed' });
  });

  test.each([
    `s=${signature},t=${timestamp}`,
    ` t=${timestamp} , s=${signature.toUpperCase()} , v=2`,
  ])('in the header %j is read', async (signatureHeader) => {
    await expect(verifyWebhook({ ...vector, signatureHeader })).resolves.toBeDefined();
  });

  test.each([
    [300, undefined, true],
    [301, undefined, false],
    [-300, undefined, true],
    [-301, undefined, false],
    [3 * 86_400, 72 * 3_600, true],
    [1e9, Number.POSITIVE_INFINITY, true],
    [1, 0, false],
  ])('%i s old with a tolerance of %s s: %s', async (ageSec, toleranceSec, isAccepted) => {
    const late = () => new Date((timestamp + ageSec) * 1000);
    const check = verifyWebhook({ ...vector, clock: late, toleranceSec });
    if (isAccepted) await expect(check).resolves.toBeDefined();
    else await expect(check).rejects.toMatchObject({ code: 'webhook_too_old' });
  });
});

describe('the event', () => {
  const post = { publish_id: 'v_pub_file~v2-1.7', publish_type: 'DIRECT_PUBLISH' };
  const id = '7678907398077074696';

  test.each([
    ['authorization.removed', { reason: 1 }, { reason: 1 }],
    [
      'post.publish.failed',
      { ...post, reason: 'spam_risk_text' },
      { ...post, reason: 'spam_risk_text' },
    ],
    ['post.publish.complete', post, post],
    ['post.publish.inbox_delivered', post, post],
    ['post.publish.publicly_available', { ...post, post_id: id }, { ...post, post_id: id }],
    [
      'post.publish.no_longer_publicaly_available',
      { ...post, post_id: id },
      { ...post, post_id: id },
    ],
    ['video.upload.failed', { share_id: 'v.1' }, { share_id: 'v.1' }],
    ['video.publish.completed', { share_id: 'v.1' }, { share_id: 'v.1' }],
    ['portability.download.ready', `{"request_id":${id}}`, { request_id: id }],
    ['portability.download.ready', { request_id: 12 }, { request_id: '12' }],
    [
      'post.publish.publicly_available',
      `{"publish_id":"p","post_id":${id}}`,
      { publish_id: 'p', post_id: id },
    ],
  ])('%s is read with its content', (event, content, expected) => {
    const raw = makeBody(event, content);
    expect(parseWebhook(raw)).toEqual({
      client_key: 'awexample',
      event,
      event_name: event,
      create_time: timestamp,
      user_openid: '-000example',
      content: expected,
      raw: JSON.parse(raw),
    });
  });

  test('fields that TikTok has added are kept', () => {
    const raw = makeBody('post.publish.complete', { ...post, extra: [1] }, { brand_new: true });
    expect(parseWebhook(raw)).toMatchObject({ content: { extra: [1] }, raw: { brand_new: true } });
  });

  test('that TikTok has added is kept', () => {
    const raw = makeBody('post.publish.brand_new', `{"ids":[${id}]}`);
    expect(parseWebhook(raw)).toMatchObject({
      event: 'unknown',
      event_name: 'post.publish.brand_new',
      content: { ids: [id] },
    });
  });

  test('of a secondary spelling is the official one', () => {
    expect(parseWebhook(makeBody('post.publish.completed', post))).toMatchObject({
      event: 'post.publish.complete',
      event_name: 'post.publish.completed',
    });
  });

  test('may be without a user, and with content that is no text', () => {
    const raw = JSON.stringify({
      client_key: 'k',
      event: 'portability.download.ready',
      create_time: '1763700000',
      content: { request_id: 1 },
    });
    expect(parseWebhook(raw)).toMatchObject({
      create_time: timestamp,
      user_openid: undefined,
      content: { request_id: '1' },
    });
  });

  test.each<[string, string | Uint8Array]>([
    ['nothing', ''],
    ['half of the JSON', body.slice(0, 50)],
    ['a list', '[]'],
    ['HTML', '<html></html>'],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d)],
    ['no event', '{"client_key":"k","create_time":1,"content":"{}"}'],
    ['no client_key', '{"event":"e","create_time":1,"content":"{}"}'],
    ['no create_time', '{"client_key":"k","event":"e","content":"{}"}'],
    ['a create_time that is no time', '{"client_key":"k","event":"e","create_time":"x"}'],
    ['a user that is no text', '{"client_key":"k","event":"e","create_time":1,"user_openid":7}'],
    ['content that is not JSON', makeBody('post.publish.complete', 'oops')],
    ['content that is a list', makeBody('post.publish.complete', '[]')],
    ['a post without its id', makeBody('post.publish.complete', {})],
    ['a public post without its post_id', makeBody('post.publish.publicly_available', post)],
  ])('of %s is malformed, and the error says so', async (_what, rawBody) => {
    expect(() => parseWebhook(rawBody)).toThrow(TikTokWebhookSignatureError);
    const error = verifyWebhook({ ...vector, rawBody, signatureHeader: sign(rawBody) });
    await expect(error).rejects.toMatchObject({ code: 'webhook_body_malformed' });
  });
});

describe('the idempotency key', () => {
  const post = { publish_id: 'p', post_id: '1' };
  const make = (event: string, content: object, more?: object) =>
    webhookIdempotencyKey(parseWebhook(makeBody(event, content, more)));

  test('is the same for a duplicate, also in the secondary spelling', () => {
    const key = make('post.publish.complete', post);
    expect(make('post.publish.complete', post, { brand_new: 1 })).toBe(key);
    expect(make('post.publish.completed', post)).toBe(key);
  });

  test('differs by event, user, post, id and time', () => {
    const keys = [
      make('post.publish.complete', post),
      make('post.publish.publicly_available', post),
      make('post.publish.brand_new', post),
      make('post.publish.brand_newer', post),
      make('post.publish.complete', { ...post, publish_id: 'q' }),
      make('post.publish.complete', { ...post, post_id: '2' }),
      make('post.publish.complete', { publish_id: 'p' }),
      make('post.publish.complete', post, { user_openid: 'other' }),
      make('post.publish.complete', post, { create_time: timestamp + 1 }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
  });
});
