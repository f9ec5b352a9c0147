import type { MediaSource, PhotoProbe, VideoProbe } from './probe.ts';

/** What the worker is asked. */
export interface ProbeOrder {
  readonly kind: 'video' | 'photo';
  readonly source: MediaSource;
}

/** What it says, once an order, in the order they came. */
export interface ProbeAnswer {
  readonly probe: VideoProbe | PhotoProbe;
}
