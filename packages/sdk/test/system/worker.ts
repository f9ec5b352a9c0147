import { publishAnywhere } from './publish-anywhere.ts';

const worker = {
  async fetch(request: Request): Promise<Response> {
    const baseUrl = new URL(request.url).searchParams.get('tiktok') ?? '';
    return Response.json(await publishAnywhere(baseUrl));
  },
};

// The form that Workers want; nothing else in this project has a default export.
// biome-ignore lint/style/noDefaultExport: see above
export default worker;
