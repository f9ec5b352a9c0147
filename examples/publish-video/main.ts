import { TikTokClient } from '@greenroom/sdk';
import { publishVideo } from '@greenroom/sdk/node';

const [file = 'video.mp4'] = process.argv.slice(2);
const client = new TikTokClient({
  accessToken: process.env['TIKTOK_ACCESS_TOKEN'] ?? '',
  baseUrl: process.env['TIKTOK_URL'] ?? 'https://open.tiktokapis.com',
});

const run = publishVideo(client, {
  source: file,
  postInfo: { title: 'first light over the harbour #timelapse', privacy_level: 'SELF_ONLY' },
});
for await (const event of run) console.error(event.type);
console.log(await run.result);
