import type { Entry } from '../explanations.ts';

const AFRESH = 'Start again with a new init.';

/**
 * Codes of our own about a video and its upload; TikTok answers uploads by HTTP status alone
 * (reference, section 5.3). `soon` here means that the upload can be resumed from its checkpoint:
 * a chunk that TikTok already has is refused by its `Content-Range`, never stored twice.
 */
export const UPLOAD_CODES: Readonly<Record<string, Entry>> = {
  chunk_plan_invalid: [
    'developer',
    'no',
    "The chunk plan breaks TikTok's rules or belongs to a video of another size. Use a plan of planUploads and the same one in the init.",
  ],
  checkpoint_invalid: [
    'developer',
    'no',
    'This is not a checkpoint of an upload. Pass on what onCheckpoint gave, unchanged.',
  ],
  source_changed: [
    'person',
    'no',
    `The file was changed, replaced, cut or extended after its upload began, so TikTok would get a broken video; no complete video was sent. ${AFRESH}`,
  ],
  source_failed: [
    'developer',
    'soon',
    'The bytes of the video could not be read from their source. Its cause says why; the upload can be resumed.',
  ],
  source_missing: ['person', 'no', 'There is no file at this path. Choose another file.'],
  source_not_a_file: [
    'person',
    'no',
    'This is a folder or a device, not a file. Choose a video file.',
  ],
  source_too_long: [
    'developer',
    'no',
    'The source gave more bytes than the range that was asked for. It has to give exactly that range.',
  ],
  source_too_short: [
    'developer',
    'no',
    'The source ended before all bytes of the range came. Its size is wrong, or the file was cut.',
  ],
  source_unreadable: [
    'person',
    'no',
    'The file may not be read. Check its permissions, or choose another file.',
  ],
  source_url_unusable: [
    'developer',
    'no',
    'The URL of the video does not answer byte ranges of one unchanging file. Use storage that does (206 with Content-Range), or let TikTok pull the URL itself.',
  ],
  upload_host_refused: [
    'developer',
    'no',
    "The upload URL does not point to TikTok's upload hosts, so no byte was sent to it. With an emulator or a proxy, allow its host with allowUploadHost.",
  ],
  upload_not_found: [
    'developer',
    'no',
    `TikTok knows no such upload: it is finished, was cancelled, or never was. Ask for its status. ${AFRESH}`,
  ],
  upload_out_of_sync: [
    'tiktok',
    'soon',
    'TikTok keeps reporting another progress than what was sent. Resume from the checkpoint; if that fails too, start again with a new init.',
  ],
  upload_outcome_unknown: [
    'nobody',
    'unclear',
    'The last bytes were sent, but no answer came. The video may be complete: ask for its status before anything else.',
  ],
  upload_redirected: [
    'developer',
    'no',
    'A redirect came where TikTok sends none. It was not followed: the video would go elsewhere. Check the network.',
  ],
  upload_rejected: [
    'developer',
    'no',
    'TikTok refused the chunk as malformed. Sent again unchanged it fails again.',
  ],
  upload_server_error: [
    'tiktok',
    'soon',
    "TikTok's upload host failed several times in a row. Resume from the checkpoint a little later.",
  ],
  upload_task_failed: [
    'person',
    'no',
    'TikTok gave the post up while it was being uploaded. Ask for its status: the fail reason says why.',
  ],
  upload_unexpected_answer: [
    'developer',
    'unclear',
    "Something else than TikTok's upload host answered, often a proxy or a login page of the network. Check the network, then ask for the status.",
  ],
  upload_url_expired: [
    'developer',
    'no',
    'An upload URL is valid for one hour, and this one has expired. Nothing was posted; to post it, start again with a new init.',
  ],
  video_empty: ['person', 'no', 'The video has 0 bytes. Choose another file.'],
  video_size_invalid: [
    'developer',
    'no',
    'The size of a video is a whole number of bytes above 0.',
  ],
  video_too_large: [
    'person',
    'no',
    'The video is larger than 4,000,000,000 bytes, which is the most that TikTok takes for sure. Encode it with a lower bitrate, or cut it.',
  ],
  video_truncated: [
    'person',
    'no',
    'The end of the video is missing: the recording, the download or the copy was cut off. Get the whole file.',
  ],
  video_type_unsupported: [
    'person',
    'no',
    'This is not an MP4, MOV or WebM video, whatever its name says. Convert it, best to MP4 with H.264.',
  ],
};
