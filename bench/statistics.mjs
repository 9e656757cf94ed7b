export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Nearest rank; `share` from 0 to 1. NaN of nothing. */
export function percentile(values, share) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(sorted.length * share) - 1))];
}

export const median = (values) => percentile(values, 0.5);

/** Of a straight line through [x, y] points by least squares. */
export function slope(points) {
  const mx = mean(points.map(([x]) => x));
  const my = mean(points.map(([, y]) => y));
  const across = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return across === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / across;
}
