import base from './jest.config.js';

/**
 * The contract suites on real services (test/live/README.md). One file after another: their limits are shared.
 * @type {import('jest').Config}
 */
export default {
  ...base,
  roots: ['<rootDir>/test/live'],
  testMatch: ['**/*.live.ts'],
  testTimeout: 180_000,
  maxWorkers: 1,
  verbose: true,
};
