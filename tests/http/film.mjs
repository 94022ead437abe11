// Pictures for the tests: a PNG that looks like a film to a parser, and bytes that do not.
import { deflateSync } from 'node:zlib';

// Node 18 has none of its own.
function crcOf(bytes) {
  let crc = ~0;
  for (const byte of bytes) {
    crc ^= byte;
    for (let k = 0; k < 8; k++) crc = (crc >>> 1) ^ (0xedb88320 & -(crc & 1));
  }
  return ~crc >>> 0;
}

export function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crcOf(body), body.length + 4);
  return out;
}

// Two bright bars on grey: nothing anatomical, 8 bits; `text` goes into a tEXt chunk.
export function png(width, height, text = '') {
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const bone = Math.abs(x - width * 0.35) < width * 0.08 || Math.abs(x - width * 0.65) < width * 0.05;
      rows[y * (width + 1) + 1 + x] = (bone ? 190 : 70) + ((x * 7 + y * 13) % 11);
    }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 0, 0, 0, 0], 8);
  const parts = [Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head)];
  if (text !== '') parts.push(chunk('tEXt', Buffer.from(`Comment\0${text}`, 'latin1')));
  return Buffer.concat([...parts, chunk('IDAT', deflateSync(rows)), chunk('IEND', Buffer.alloc(0))]);
}

// One element of a DICOM file, explicit little endian.
function element(group, number, kind, value) {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'latin1');
  const pad = Buffer.alloc(bytes.length % 2, kind === 'UI' ? 0 : 32);
  const head = Buffer.alloc(['OB', 'OW'].includes(kind) ? 12 : 8);
  head.writeUInt16LE(group, 0);
  head.writeUInt16LE(number, 2);
  head.write(kind, 4, 'latin1');
  if (head.length === 12) head.writeUInt32LE(bytes.length + pad.length, 8);
  else head.writeUInt16LE(bytes.length + pad.length, 6);
  return Buffer.concat([head, bytes, pad]);
}

const words = (...values) => Buffer.from(Uint16Array.from(values).buffer);

// One slice of a CT series: 64 by 64, a bright rod in water.
export function slice(series, instance) {
  const pixels = new Int16Array(64 * 64).map((_, i) => (Math.hypot(i % 64 - 32, (i >> 6) - 32) < 9 ? 900 : instance));
  const CT = '1.2.840.10008.5.1.4.1.1.2';
  const meta = Buffer.concat([element(2, 2, 'UI', CT), element(2, 3, 'UI', `${series}.${instance}`), element(2, 0x10, 'UI', '1.2.840.10008.1.2.1')]);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(meta.length);
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), element(2, 0, 'UL', length), meta,
    element(8, 0x16, 'UI', CT), element(8, 0x18, 'UI', `${series}.${instance}`), element(8, 0x60, 'CS', 'CT'),
    element(0x10, 0x10, 'PN', 'PLANTED^NAME'), element(0x18, 0x50, 'DS', '1'),
    element(0x20, 0xd, 'UI', '1.2.3'), element(0x20, 0xe, 'UI', series), element(0x20, 0x13, 'IS', String(instance)),
    element(0x20, 0x32, 'DS', `0\\0\\${instance}`), element(0x20, 0x37, 'DS', '1\\0\\0\\0\\1\\0'),
    element(0x28, 2, 'US', words(1)), element(0x28, 4, 'CS', 'MONOCHROME2'), element(0x28, 0x10, 'US', words(64)), element(0x28, 0x11, 'US', words(64)),
    element(0x28, 0x30, 'DS', '0.5\\0.5'), element(0x28, 0x100, 'US', words(16)), element(0x28, 0x101, 'US', words(16)), element(0x28, 0x102, 'US', words(15)),
    element(0x28, 0x103, 'US', words(1)), element(0x28, 0x1052, 'DS', '0'), element(0x28, 0x1053, 'DS', '1'),
    element(0x7fe0, 0x10, 'OW', Buffer.from(pixels.buffer))]);
}

export const files = {
  slice1: slice('1.2.3.4', 1),
  slice2: slice('1.2.3.4', 2),
  slice3: slice('1.2.3.5', 1),
  film: png(320, 480, 'PLANTED^NAME'),
  other: png(300, 420),
  cut: png(320, 480).subarray(0, 700),
  text: Buffer.from('this is no picture at all\n'.repeat(20)),
  huge: (() => { // says it is 60000 by 60000
    const bytes = Buffer.from(png(16, 16));
    bytes.writeUInt32BE(60000, 16);
    bytes.writeUInt32BE(60000, 20);
    bytes.writeUInt32BE(crcOf(bytes.subarray(12, 29)), 29);
    return bytes;
  })(),
};
