import base from './jest.config.js';

/**
 * What needs the Python parts of test/cloud/setup.sh.
 * @type {import('jest').Config}
 */
export default { ...base, roots: ['<rootDir>/test/cloud'], testMatch: ['**/*.cloud.ts'], testTimeout: 60_000 };
