// A WebSocket client (RFC 6455) over TLS with the interface browsers have, for node
// versions without one. Text is sent as text, bytes as a binary frame, which comes as a
// Buffer; masks, pings and closing handshake included.
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:https';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

function frame(opcode, payload) {
  const mask = randomBytes(4);
  const length = payload.length;
  const head = length < 126
    ? Buffer.from([0x80 | opcode, 0x80 | length])
    : length < 65536
      ? Buffer.from([0x80 | opcode, 0x80 | 126, length >> 8, length & 255])
      : Buffer.concat([Buffer.from([0x80 | opcode, 0x80 | 127]), (() => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(length)); return b; })()]);
  const body = Buffer.from(payload);
  for (let i = 0; i < body.length; i++) body[i] ^= mask[i & 3];
  return Buffer.concat([head, mask, body]);
}

// One frame off the front of `buffer`, or null where it is not whole yet.
function parse(buffer) {
  if (buffer.length < 2) return null;
  let length = buffer[1] & 127;
  let at = 2;
  if (length === 126) {
    if (buffer.length < 4) return null;
    length = buffer.readUInt16BE(2);
    at = 4;
  } else if (length === 127) {
    if (buffer.length < 10) return null;
    length = Number(buffer.readBigUInt64BE(2));
    at = 10;
  }
  if (buffer.length < at + length) return null;
  return { fin: (buffer[0] & 0x80) !== 0, opcode: buffer[0] & 15, payload: buffer.subarray(at, at + length), size: at + length };
}

// socketClass({origin, ca}) gives a class used as `new Socket(url, protocols)`.
export function socketClass({ origin, ca }) {
  return class Socket extends EventTarget {
    constructor(url, protocols = []) {
      super();
      this.readyState = 0;
      this.buffer = Buffer.alloc(0);
      this.parts = [];
      const key = randomBytes(16).toString('base64');
      const target = new URL(url.replace(/^wss:/, 'https:'));
      const ask = this.ask = request(target, {
        ca,
        headers: {
          Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13', 'Sec-WebSocket-Key': key,
          'Sec-WebSocket-Protocol': [protocols].flat().join(', '), Origin: origin,
        },
      });
      ask.on('upgrade', (response, stream, head) => {
        const wanted = createHash('sha1').update(key + GUID).digest('base64');
        if (response.headers['sec-websocket-accept'] !== wanted) {
          stream.destroy();
          this.end(1002, 'bad accept');
          return;
        }
        this.stream = stream;
        this.protocol = response.headers['sec-websocket-protocol'] ?? '';
        this.readyState = 1;
        stream.on('data', (data) => this.take(data));
        stream.on('error', () => this.end(1006, ''));
        stream.on('close', () => this.end(1006, ''));
        this.tell('open', {});
        if (head.length > 0) this.take(head);
      });
      ask.on('response', (response) => { response.resume(); this.end(1006, `status ${response.statusCode}`); });
      ask.on('error', (error) => this.end(1006, error.message));
      ask.end();
    }

    tell(type, fields) {
      const event = Object.assign(new Event(type), fields);
      this[`on${type}`]?.(event);
      this.dispatchEvent(event);
    }

    end(code, reason) {
      if (this.readyState === 3) return;
      this.readyState = 3;
      this.stream?.destroy();
      this.tell('close', { code, reason });
    }

    take(data) {
      this.buffer = Buffer.concat([this.buffer, data]);
      for (let one = parse(this.buffer); one !== null && this.readyState !== 3; one = parse(this.buffer)) {
        const payload = Buffer.from(one.payload);
        this.buffer = this.buffer.subarray(one.size);
        this.handle(one, payload);
      }
    }

    handle({ fin, opcode }, payload) {
      if (opcode === 9) this.stream.write(frame(10, payload));
      else if (opcode === 8) {
        this.stream.write(frame(8, payload));
        this.end(payload.length >= 2 ? payload.readUInt16BE(0) : 1005, payload.subarray(2).toString());
      } else if (opcode <= 2) {
        if (opcode !== 0) this.binary = opcode === 2;
        this.parts.push(payload);
        if (!fin) return;
        const whole = Buffer.concat(this.parts);
        const data = this.binary ? whole : whole.toString('utf8');
        this.parts = [];
        this.tell('message', { data });
      }
    }

    send(data) {
      if (this.readyState !== 1) throw new Error('the socket is not open');
      this.stream.write(typeof data === 'string' ? frame(1, Buffer.from(data, 'utf8')) : frame(2, data));
    }

    close(code = 1000) {
      if (this.readyState === 0) {
        this.ask.destroy();
        this.end(1006, 'closed before it was open');
      }
      if (this.readyState !== 1) return;
      this.stream.write(frame(8, Buffer.from([code >> 8, code & 255])));
      this.end(code, '');
    }
  };
}
