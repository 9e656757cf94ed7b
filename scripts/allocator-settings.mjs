/**
 * For glibc's allocator, which reads them when a process begins. By itself it learns from large buffers that come and go to
 * keep ever larger ones in its heap, where they leave gaps: under steady load resident memory grew by 86 MiB in eight
 * minutes, and with these it did not (bench/README.md). Other systems do not read them.
 */
export const ALLOCATOR_SETTINGS = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};
