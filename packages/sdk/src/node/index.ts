export { fileSource } from './file-source.ts';
export { type NodeSender, type NodeSenderOptions, nodeSender } from './node-sender.ts';
export { publishVideo, resumePublish } from './publish-video.ts';
export {
  type NodeResumeOptions,
  type NodeUploadOptions,
  type NodeVideoSource,
  resumeUpload,
  toVideoSource,
  uploadVideo,
} from './upload-file.ts';
