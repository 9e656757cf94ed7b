// Loaded before the app: whoever asks for a name or opens a connection ends the process.
import dns from 'node:dns';
import { Socket } from 'node:net';

const refuse = (): never => {
  process.stderr.write('the network was asked for\n');
  process.exit(99);
};

Object.assign(dns, { lookup: refuse, resolve: refuse });
Object.assign(dns.promises, { lookup: refuse, resolve: refuse });
Socket.prototype.connect = refuse;
