import {
  CANCEL,
  CONTENT_INIT,
  CREATOR_INFO,
  directPost,
  INBOX_INIT,
  photoPost,
  STATUS,
  VIDEO_INIT,
  wholeFile,
} from './client.ts';

/** How an endpoint is asked so that nothing but the token can be wrong. */
export interface Endpoint {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: object;
}

/** Every endpoint that takes a bearer token, by the short name of the table of codes. */
export const endpoints: Readonly<Record<string, Endpoint>> = {
  'creator_info/query': { method: 'POST', path: CREATOR_INFO },
  'video/init': { method: 'POST', path: VIDEO_INIT, body: directPost(10) },
  'inbox/video/init': {
    method: 'POST',
    path: INBOX_INIT,
    body: { source_info: wholeFile(10) },
  },
  'content/init': {
    method: 'POST',
    path: CONTENT_INIT,
    body: photoPost(['http://127.0.0.1:1/a.jpg']),
  },
  'status/fetch': { method: 'POST', path: STATUS, body: { publish_id: 'x' } },
  cancel: { method: 'POST', path: CANCEL, body: { publish_id: 'x' } },
  'user/info': { method: 'GET', path: '/v2/user/info/?fields=open_id' },
  'video/list': { method: 'POST', path: '/v2/video/list/?fields=id' },
  'video/query': {
    method: 'POST',
    path: '/v2/video/query/?fields=id',
    body: { filters: { video_ids: ['1'] } },
  },
};
