// One institution that takes all it can leaves room for the next one.
import assert from 'node:assert/strict';
import { test, before, after } from 'node:test';
import { png } from './film.mjs';
import { Person, Place } from './place.mjs';
import { api, sql } from './seat.mjs';

let place;
before(async () => {
  place = await new Place().open();
  // 64 MiB for films that wait, 16 of them for one institution; half as much for uploads.
  place = Object.assign(await place.another({
    OSTEON_INSTITUTION_CASES: '4', OSTEON_INSTITUTION_JOBS: '1', OSTEON_INSTITUTION_STORE_GB: '1',
    OSTEON_INSTITUTION_PENDING_PERCENT: '25' }), { first: place });
});
after(async () => place?.first.close());

const MIB = 1024 * 1024;
const full = ({ status, json }, what) => {
  assert.equal(status, 413);
  assert.equal(json.error.reason, 'store_full');
  assert.match(json.error.text, what);
};
const announce = (person, caseId, bytes) => person.send('POST', `${api}/cases/${caseId}/uploads`, { json: { bytes, kind: 'film' } });

async function pend(person, caseId, bytes) {
  const { id } = (await announce(person, caseId, bytes.length)).json;
  await person.send('PATCH', `${api}/uploads/${id}`, { headers: { 'Upload-Offset': '0' }, body: bytes });
  return person.send('POST', `${api}/uploads/${id}/finish`);
}
const confirm = (person, id) => person.send('POST', `${api}/pending/${id}/confirm`,
  { json: { no_name_visible: true, projection: 'pa' } });
const newCase = (person) => person.send('POST', `${api}/cases`, { json: { side: 'left' } });

test('cases, jobs and bytes have an end for one institution, and not for the next', async () => {
  const surgeon = await new Person(place, 'surgeon').login();
  const other = await new Person(place, 'stranger').login();
  const cases = [];
  for (let n = 0; n < 4; n++) cases.push((await newCase(surgeon)).json.id);
  full(await newCase(surgeon), /^the institution's store is full: 4 cases are the most/);
  const theirs = await newCase(other);
  assert.equal(theirs.status, 201);
  assert.equal((await surgeon.send('DELETE', `${api}/cases/${cases.pop()}`)).status, 204);
  cases.push((await newCase(surgeon)).json.id);

  const waiting = [];
  for (const n of [0, 1, 2]) waiting.push((await pend(surgeon, cases[n], png(200, 260 + n))).json.pending.id);
  for (const id of waiting.slice(0, 2)) assert.equal((await confirm(surgeon, id)).status, 201);
  const ask = (id) => surgeon.send('POST', `${api}/cases/${id}/jobs`, { json: { kind: 'recon' } });
  const job = await ask(cases[0]);
  assert.equal(job.status, 201);
  full(await ask(cases[1]), /^the institution's store is full: 1 jobs that wait or run/);
  assert.equal((await ask(cases[0])).json.id, job.json.id); // the same job takes no more room
  await surgeon.send('POST', `${api}/jobs/${job.json.id}/cancel`);
  assert.equal((await ask(cases[1])).status, 201);

  sql(place, `set osteon.institution = '1'; update blob set stored_bytes = ${2 ** 30} where institution_id = 1
    and id = (select min(id) from blob where institution_id = 1)`);
  full(await confirm(surgeon, waiting[2]), /^the institution's store is full: 1 GiB of films/);
  full(await announce(surgeon, cases[0], 1000), /1 GiB/);
  full(await ask(cases[0]), /1 GiB/);
  assert.equal((await announce(other, theirs.json.id, 1000)).status, 201);
});

test('one institution does not fill the memory for films that wait', async () => {
  const other = await new Person(place, 'stranger').login();
  const { id } = (await newCase(other)).json;
  const answers = [];
  for (let n = 0; n < 6; n++) answers.push(await pend(other, id, png(2000, 2500)));
  const away = answers.filter(({ status }) => status !== 200);
  assert.ok(away.length >= 1 && away.length < 6, `${away.length} of 6`);
  assert.ok(away.every(({ status, json }) => status === 413 && json.error.reason === 'quota'
    && /^the institution's store is full: \d+ bytes of films wait/.test(json.error.text)));
  assert.equal((await announce(other, id, 9 * MIB)).status, 413);
});
