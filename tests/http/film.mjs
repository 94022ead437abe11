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

function chunk(type, data) {
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

export const files = {
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
