/** One timer for many: rings at the earliest time it was given since it last rang. Times are of the monotonic clock. */
export function createAlarm(ring: () => void) {
  let timer: NodeJS.Timeout | undefined;
  let at = Number.POSITIVE_INFINITY;
  const stop = (): void => {
    clearTimeout(timer);
    at = Number.POSITIVE_INFINITY;
  };
  const by = (time: number): void => {
    if (time >= at) return;
    clearTimeout(timer);
    at = time;
    timer = setTimeout(
      () => {
        at = Number.POSITIVE_INFINITY;
        ring();
      },
      Math.max(1, Math.ceil(time - performance.now())),
    );
  };
  return { by, stop };
}
