// What `osteon plan encode` leaves: the frames say what the lines say, in either form.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { decode } from '../../http/cbor.mjs';

function* framesOf(bytes) {
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1] & 127;
    const head = short < 126 ? 2 : 4;
    const length = short < 126 ? short : bytes.readUInt16BE(at + 2);
    const mask = bytes.subarray(at + head, at + head + 4);
    yield { first: bytes[at], payload: Buffer.from(bytes.subarray(at + head + 4, at + head + 4 + length).map((byte, i) => byte ^ mask[i & 3])) };
    at += head + 4 + length;
  }
}

for (const cbor of [false, true]) {
  test(`frames of ${cbor ? 'CBOR' : 'JSON'}`, () => {
    const folder = mkdtempSync(join(tmpdir(), 'osteon-frames-'));
    try {
      execFileSync(process.env.OSTEON_PROGRAM, ['plan', 'encode', folder, '--clients', '2', '--count', '5', ...(cbor ? ['--cbor'] : [])]);
      for (const client of ['client_0000', 'client_0001']) {
        const lines = readFileSync(join(folder, `${client}.jsonl`), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
        const frames = [...framesOf(readFileSync(join(folder, `${client}.frames`)))];
        assert.equal(lines.length, 6);
        assert.deepEqual(frames.map(({ first }) => first), lines.map(() => (cbor ? 0x82 : 0x81)));
        assert.deepEqual(frames.map(({ payload }) => (cbor ? decode(payload) : JSON.parse(payload))), lines);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
}
