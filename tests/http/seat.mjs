// A person in a case: a ticket, a socket, and what was heard on it.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { socketClass } from '../../infra/sample/socket.mjs';
import { decode, encode } from './cbor.mjs';
import { pause } from './place.mjs';

export const api = '/api/v1';

export async function until(what, test, seconds = 15) {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const found = test();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await pause(10);
  }
}

export class Seat {
  constructor(person, caseId, protocol = 'osteon.1') {
    this.person = person;
    this.caseId = caseId;
    this.cbor = protocol.endsWith('.cbor');
    this.protocol = protocol;
    this.client = randomBytes(16).toString('hex');
    this.heard = [];
    this.n = 0;
  }

  async open(given) {
    const { place } = this.person;
    const ticket = given ?? (await this.person.send('POST', `${api}/cases/${this.caseId}/ticket`, { json: {} })).json.ticket;
    const Socket = socketClass({ origin: place.origin, ca: readFileSync(join(place.folder, 'cert.pem')) });
    this.ticket = ticket;
    this.closed = null;
    this.socket = new Socket(`wss://127.0.0.1:${place.port}/ws?ticket=${ticket}`, [this.protocol]);
    this.socket.onmessage = ({ data }) => this.heard.push(...[this.cbor ? decode(data) : JSON.parse(data)].flat());
    this.socket.onopen = () => (this.atOnce ?? []).forEach((message) => this.say(message));
    this.socket.onclose = ({ code, reason }) => { this.closed = { code, reason }; };
    await until('the socket', () => this.socket.readyState !== 0);
    return this;
  }

  say(message) {
    this.socket.send(this.cbor ? encode(message) : JSON.stringify(message));
  }

  hear = (t, test = () => true) => until(`'${t}'`, () => this.heard.find((one) => one.t === t && test(one)));

  async hello() {
    this.heard = this.heard.filter((one) => one.t !== 'welcome');
    this.say({ t: 'hello', client: this.client, seq: 0, sum: null });
    return this.hear('welcome');
  }

  note(text) {
    const n = ++this.n;
    this.say({ t: 'op', n, ops: [{ op: 'create', id: `note-${this.client.slice(0, 6)}-${n}`, type: 'note', parent: '', order: 'V', props: { text } }] });
    return n;
  }

  entries = () => this.heard.filter((one) => one.t === 'ops').flatMap((one) => one.ops);
  acknowledged = () => this.entries().filter((entry) => entry.client === this.client);
  close() {
    this.socket.close();
  }
}

export function sql(place, text) {
  return execFileSync('psql', ['-X', '-q', '-t', '-A', '-v', 'ON_ERROR_STOP=1', place.environment.OSTEON_OWNER_DATABASE_URL.replaceAll("'", '')],
    { input: text, encoding: 'utf8', maxBuffer: 1 << 30 }).trim(); // the log of a thousand kills is long
}

// What a worker's last step would leave: a finished reconstruction with an empty plan.
export function makePlan(place, caseId) {
  return Number(sql(place, `
    begin;
    select set_config('osteon.institution', (select institution_id::text from patient_case where id = ${caseId}), true) \\gset ignored_
    insert into job (institution_id, case_id, kind, input, input_digest, output, output_digest, state, progress, finished_at)
      select institution_id, id, 'recon', '{}', sha256('in'), '{}', sha256('out'), 'done', 1, now() from patient_case where id = ${caseId}
      returning id as job \\gset
    insert into plan (institution_id, case_id, recon_job_id)
      select institution_id, id, :job from patient_case where id = ${caseId} returning id as plan \\gset
    select pg_notify('osteon_change', 'plan ' || institution_id || ' ${caseId} ' || :plan) from patient_case where id = ${caseId} \\gset ignored_
    commit;
    select :plan;`).split('\n').at(-1));
}

export function knock(seat) {
  if (seat.knocked && Date.now() - seat.knocked < 500) return;
  seat.knocked = Date.now();
  seat.say({ t: 'hello', client: seat.client, seq: 0, sum: null });
}

export async function addFilm(person, caseId, bytes) {
  const upload = (await person.send('POST', `${api}/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } })).json;
  await person.send('PATCH', `${api}/uploads/${upload.id}`, { headers: { 'Upload-Offset': '0' }, body: bytes });
  const { pending } = (await person.send('POST', `${api}/uploads/${upload.id}/finish`)).json;
  const done = await person.send('POST', `${api}/pending/${pending.id}/confirm`, { json: { no_name_visible: true, projection: 'pa' } });
  assert.equal(done.status, 201);
}

// Two cases of his, left and right, each with a film, a plan, and what a worker would leave: a
// figure that is shown and a guide that is taken out of the house. [[case, plan], [case, plan]]
export async function twoCases(place, person, film) {
  const made = [];
  for (const side of ['left', 'right']) {
    const { id } = (await person.send('POST', `${api}/cases`, { json: { side } })).json;
    await addFilm(person, id, film);
    made.push([id, makePlan(place, id)]);
  }
  sql(place, `set osteon.institution = '1';
    insert into result_file (institution_id, case_id, job_id, blob_id, name, content_type)
      select j.institution_id, j.case_id, j.id, f.blob_id, n.name, 'application/octet-stream'
        from job j join film f on f.case_id = j.case_id, unnest(array['result.json', 'report.pdf']) as n(name)
       where j.kind = 'recon'`);
  return made;
}
