import { crc32, deflateRawSync } from 'node:zlib';

/** 1980-01-01, the earliest that a zip can say: the same files give the same bytes, so that a deployment sees no change. */
const DOS_DATE = (1 << 5) | 1;
const DEFLATED = 8;
/** Made on Unix, so that the rights count: a file that everybody may read. */
const MADE_BY = (3 << 8) | 20;
const RIGHTS = (0o100644 << 16) >>> 0;
const UTF8_NAMES = 1 << 11;

/** A zip archive of these files, deflated. Small ones: no zip64. */
export function zip(files) {
  const locals = [];
  const central = [];
  let offset = 0;
  for (const { name, content } of files) {
    const nameBytes = Buffer.from(name);
    const packed = deflateRawSync(content, { level: 9 });
    const facts = Buffer.alloc(26);
    facts.writeUInt16LE(20, 0);
    facts.writeUInt16LE(UTF8_NAMES, 2);
    facts.writeUInt16LE(DEFLATED, 4);
    facts.writeUInt16LE(DOS_DATE, 8);
    facts.writeUInt32LE(crc32(content), 10);
    facts.writeUInt32LE(packed.length, 14);
    facts.writeUInt32LE(content.length, 18);
    facts.writeUInt16LE(nameBytes.length, 22);
    locals.push(Buffer.from('PK\x03\x04', 'latin1'), facts, nameBytes, packed);
    const madeBy = Buffer.alloc(2);
    madeBy.writeUInt16LE(MADE_BY);
    const tail = Buffer.alloc(14);
    tail.writeUInt32LE(RIGHTS, 6);
    tail.writeUInt32LE(offset, 10);
    central.push(Buffer.from('PK\x01\x02', 'latin1'), madeBy, facts, tail, nameBytes);
    offset += 30 + nameBytes.length + packed.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06', 'latin1');
  end.writeUInt16LE(files.length, 8);
  end.writeUInt16LE(files.length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...locals, directory, end]);
}
