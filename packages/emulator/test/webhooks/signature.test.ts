import { expect, test } from 'vitest';
import { toSignatureHeader } from '../../src/webhooks/signature.ts';

// Reference 9.4, a computed vector: TikTok publishes the rule but no vector.
// https://developers.tiktok.com/doc/webhooks-verification
test('signs the computed vector of the reference', () => {
  const body =
    '{"client_key":"awexample","event":"post.publish.complete","create_time":1763700000,"user_openid":"-000example","content":"{\\"publish_id\\":\\"v_pub_file~v2-1.7000000000000000001\\",\\"publish_type\\":\\"DIRECT_PUBLISH\\"}"}';
  expect(toSignatureHeader('test_client_secret', 1_763_700_000, body)).toBe(
    't=1763700000,s=8e29233e920e8da4af83080d91b0705a8464d33817c090e94d8fc8e4855fee9b',
  );
});
