import type { Entry } from '../explanations.ts';

/**
 * Codes of our own about a video and its upload; TikTok answers uploads by HTTP status alone
 * (reference, section 5.3). `soon` means that the upload can be resumed: a chunk that TikTok
 * already has is refused by its `Content-Range`, never stored twice.
 */
export const UPLOAD_CODES: Readonly<Record<string, Entry>> = {
  chunk_plan_invalid: 'This is no chunk plan for a video of this size. Use one of planUploads.',
  checkpoint_invalid: 'This is not a checkpoint that onCheckpoint gave.',
  source_changed: [
    'person',
    'no',
    'The video changed after its upload began. Start again with a new init.',
  ],
  source_failed: ['developer', 'soon', 'The video could not be read; the cause says why.'],
  source_too_long: 'The source gave more bytes than it was asked for.',
  source_too_short: 'The source gave fewer bytes than it was asked for.',
  source_url_unusable: 'The URL of the video does not answer byte ranges. Use storage that does.',
  upload_host_refused:
    "The upload URL is not TikTok's: nothing was sent. Allow an emulator with allowUploadHost.",
  upload_not_found: 'TikTok knows no such upload: it is over or never was. Ask for its status.',
  upload_out_of_sync: [
    'tiktok',
    'soon',
    'TikTok contradicts itself about what it has. Resume, or ask for the status.',
  ],
  upload_outcome_unknown: [
    'nobody',
    'unclear',
    'All bytes were sent, but the answer was lost. Ask for the status before anything else.',
  ],
  upload_redirected: 'A redirect came, which TikTok never sends. Check the network.',
  upload_rejected: 'TikTok refused the chunk as malformed.',
  upload_server_error: ['tiktok', 'soon', "TikTok's upload host keeps failing. Resume later."],
  upload_task_failed: [
    'person',
    'no',
    'TikTok gave the post up during the upload. Its status has the fail_reason.',
  ],
  upload_unexpected_answer: [
    'developer',
    'unclear',
    'Something else than TikTok answered. Check the network, then ask for the status.',
  ],
  upload_url_expired: 'The hour of the upload URL is over. Start again with a new init.',
  video_empty: ['person', 'no', 'The video has 0 bytes. Choose another file.'],
  video_size_invalid: 'A size is a whole number of bytes.',
  video_too_large: [
    'person',
    'no',
    'The video has more than 4,000,000,000 bytes. Cut it, or lower its bitrate.',
  ],
  video_truncated: ['person', 'no', 'The end of the video is missing. Get the whole file.'],
  video_type_unsupported: [
    'person',
    'no',
    'This is not an MP4, MOV or WebM video, whatever its name says. Convert it.',
  ],
};
