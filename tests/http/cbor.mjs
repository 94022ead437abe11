// Messages of osteon.1.cbor, read by hand from services/collab/README.md and RFC 8949.
import { cbor, sha256 } from '../recon/plan/model.mjs';

export const encode = (message) => cbor(message);

// The value at `at`, and where it ends. An entry of the log keeps its hash: that of its bytes.
function read(bytes, at) {
  const major = bytes[at] >> 5;
  const info = bytes[at] & 31;
  const size = info < 24 ? 0 : 1 << (info - 24);
  const next = at + 1 + size;
  if (major === 7) {
    if (info === 27) return [bytes.readDoubleBE(at + 1), next];
    return [{ 20: false, 21: true, 22: null }[info], next];
  }
  const n = size === 0 ? info : size === 8 ? Number(bytes.readBigUInt64BE(at + 1)) : bytes.readUIntBE(at + 1, size);
  if (major === 0) return [n, next];
  if (major === 1) return [-1 - n, next];
  if (major === 3) return [bytes.toString('utf8', next, next + n), next + n];
  let end = next;
  const take = () => {
    const [value, after] = read(bytes, end);
    end = after;
    return value;
  };
  if (major === 4) return [Array.from({ length: n }, take), end];
  if (major !== 5) throw new Error(`major type ${major} at byte ${at}`);
  const map = Object.fromEntries(Array.from({ length: n }, () => [take(), take()]));
  if ('prev' in map && 'ops' in map) map.hash = sha256(bytes.subarray(at, end));
  return [map, end];
}

export function decode(bytes) {
  const [value, end] = read(bytes, 0);
  if (end !== bytes.length) throw new Error('something follows the end');
  return value;
}
