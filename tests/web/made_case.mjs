// A case with films that has been through reconstruction, made by the API alone: for tests
// of what comes after.
import { readFileSync } from 'node:fs';

const pause = (ms) => new Promise((done) => { setTimeout(done, ms); });

export class Api {
  constructor(origin, request) {
    this.origin = origin;
    this.request = request; // a browser context's, with its cookies
  }

  async send(method, path, { json, body, headers = {} } = {}) {
    const answer = await this.request.fetch(`${this.origin}/api/v1${path}`, {
      method, headers: { Origin: this.origin, ...headers }, data: body ?? (json === undefined ? undefined : JSON.stringify(json)),
      ignoreHTTPSErrors: true });
    const text = await answer.text();
    return { status: answer.status(), json: text.startsWith('{') ? JSON.parse(text) : null };
  }

  async film(caseId, bytes, projection) {
    const { json: { id } } = await this.send('POST', `/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } });
    for (let at = 0; at < bytes.length; at += 1 << 20) {
      await this.send('PATCH', `/uploads/${id}`, { body: bytes.subarray(at, at + (1 << 20)), headers: { 'Upload-Offset': String(at), 'Content-Type': 'application/octet-stream' } });
    }
    const { json: { pending } } = await this.send('POST', `/uploads/${id}/finish`, { json: {} });
    return this.send('POST', `/pending/${pending.id}/confirm`, { json: { no_name_visible: true, projection } });
  }

  // Until `fits` says so of the case, or the seconds are over.
  async until(caseId, what, seconds, fits) {
    for (let n = 0; n < 2 * seconds; n++) {
      const { json } = await this.send('GET', `/cases/${caseId}`);
      if (fits(json)) return json;
      const failed = json.jobs.find((job) => job.state === 'failed');
      if (failed) throw new Error(`${failed.kind} failed: ${failed.error.text}`);
      await pause(500);
    }
    throw new Error(`${what}: not within ${seconds} s`);
  }

  // Films, bones, plan and the first study's stress.
  async madeCase(folder, side) {
    const { json: { id } } = await this.send('POST', '/cases', { json: { side, simulated: true } });
    for (const projection of ['pa', 'lateral']) await this.film(id, readFileSync(`${folder}/${projection}.dcm`), projection);
    await this.send('POST', `/cases/${id}/jobs`, { json: { kind: 'recon' } });
    return this.until(id, 'bones and stress', 240, ({ files }) => files.includes('fem.json'));
  }
}
