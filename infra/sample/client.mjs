// One logged-in person as a program: HTTPS with a cookie, and the case's socket.
import { webcrypto } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { createSession } from '../../build/web/plan/session.js';
import { socketClass } from './socket.mjs';

globalThis.crypto ??= webcrypto; // browsers and newer nodes have it; 18 does not

export class Client {
  constructor({ origin, certificate }) {
    this.origin = origin;
    this.ca = readFileSync(certificate);
    this.agent = new Agent({ ca: this.ca, keepAlive: true });
    this.cookie = '';
  }

  send(method, path, { json, body, headers = {} } = {}) {
    const bytes = json !== undefined ? Buffer.from(JSON.stringify(json)) : body;
    const all = { Origin: this.origin, ...headers };
    if (this.cookie !== '') all.Cookie = this.cookie;
    if (bytes !== undefined) {
      all['Content-Type'] = json !== undefined ? 'application/json' : 'application/octet-stream';
      all['Content-Length'] = bytes.length;
    }
    return new Promise((done, fail) => {
      const ask = request(`${this.origin}/api/v1${path}`, { method, headers: all, agent: this.agent }, (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('error', fail);
        response.on('end', () => {
          for (const line of response.headers['set-cookie'] ?? []) this.cookie = line.split(';')[0];
          done({ status: response.statusCode, headers: response.headers, bytes: Buffer.concat(parts) });
        });
      });
      ask.on('error', fail);
      if (bytes !== undefined) ask.write(bytes);
      ask.end();
    });
  }

  async call(method, path, options) {
    const answer = await this.send(method, path, options);
    if (answer.status >= 400) throw new Error(`${method} ${path}: ${answer.status} ${answer.bytes.toString().slice(0, 300)}`);
    return answer.bytes.length === 0 ? null : JSON.parse(answer.bytes.toString());
  }

  login = (email, password) => this.call('POST', '/session', { json: { email, password } });

  // Sends one film in chunks, confirms it and answers the stored film.
  async addFilm(caseId, bytes, projection) {
    const upload = await this.call('POST', `/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } });
    let offset = 0;
    while (offset < bytes.length) {
      const part = bytes.subarray(offset, offset + upload.chunk);
      offset = (await this.call('PATCH', `/uploads/${upload.id}`, { body: part, headers: { 'Upload-Offset': String(offset) } })).offset;
    }
    const { pending } = await this.call('POST', `/uploads/${upload.id}/finish`, { json: {} });
    const { film } = await this.call('POST', `/pending/${pending.id}/confirm`, {
      json: { no_name_visible: true, blackout: [], projection: projection ?? pending.projection },
    });
    return { film, pending };
  }

  file = async (caseId, name) => {
    const answer = await this.send('GET', `/cases/${caseId}/files/${encodeURIComponent(name)}`);
    if (answer.status !== 200) throw new Error(`file ${name}: ${answer.status}`);
    return answer;
  };

  jsonFile = async (caseId, name) => JSON.parse((await this.file(caseId, name)).bytes.toString());

  // Starts a job and waits for its end.
  async job(caseId, kind, seconds = 300) {
    const started = await this.call('POST', `/cases/${caseId}/jobs`, { json: { kind } });
    return this.jobEnd(started.id, seconds);
  }

  async jobEnd(id, seconds = 300) {
    const end = Date.now() + 1000 * seconds;
    for (;;) {
      const job = await this.call('GET', `/jobs/${id}`);
      if (job.state === 'done') return job;
      if (job.state === 'failed' || job.state === 'cancelled') throw new Error(`job ${job.kind} ${job.state}: ${job.error?.code} ${job.error?.text}`);
      if (Date.now() > end) throw new Error(`job ${job.kind} did not end in ${seconds} s`);
      await new Promise((next) => setTimeout(next, 150));
    }
  }

  plan(caseId, onEvent = () => {}) {
    return createSession({
      caseId,
      openTicket: async () => (await this.call('POST', `/cases/${caseId}/ticket`, { json: {} })).ticket,
      url: (ticket) => `${this.origin.replace(/^https/, 'wss')}/ws?ticket=${encodeURIComponent(ticket)}`,
      WebSocket: socketClass({ origin: this.origin, ca: this.ca }),
      onEvent,
    });
  }

  close() {
    this.agent.destroy();
  }
}
