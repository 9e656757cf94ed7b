// fauxqs in a process of its own, because it is an ES module and the tests are not: on a free port of the loopback
// interface, which it says on stdout. Ends when its stdin does, so that it never outlives the test.
import { buildApp } from 'fauxqs';
import { SqsStore } from '../../node_modules/fauxqs/dist/sqs/sqsStore.js';

// Without a host of its own it names queues by the address that it was asked at, which is one that can be reached.
const sqsStore = Object.assign(new SqsStore(), { host: '' });
const app = buildApp({ logger: false, stores: { sqsStore } });
process.stdout.write(`${await app.listen({ host: '127.0.0.1', port: 0 })}\n`);
process.stdin.resume().on('end', () => process.exit(0));
