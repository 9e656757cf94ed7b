/** One record at most: what a Kinesis record may hold, with room for its key. */
export const MAX_RECORD_BYTES = 960 * 1024;
/** More than the envelope of a line holds beside its body and its sender. */
export const ENVELOPE_BYTES = 384;
/** Lines wait in memory up to this; above it a request is refused rather than memory filled. */
export const MAX_WAITING_BYTES = 64 * 1024 * 1024;
