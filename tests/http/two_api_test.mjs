// Two api processes on one database: one owns a plan, the other says so; an owner that
// slept too long writes nothing; people whom a grant let in, and whom its end shows out;
// and a deleted case leaves neither files nor keys.
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { files } from './film.mjs';
import { pause, Person, Place } from './place.mjs';
import { addFilm, api, knock, makePlan, Seat, sql, until } from './seat.mjs';

// Hello again and again until the plan is there.
const enter = (seat, seconds = 20) => {
  seat.heard = seat.heard.filter((one) => one.t !== 'welcome');
  return until('the plan', () => seat.heard.find((one) => one.t === 'welcome' && one.plan !== null) ?? (knock(seat), null), seconds);
};

async function logOf(person, plan) {
  const all = [];
  for (;;) {
    const { ops } = (await person.send('GET', `${api}/plans/${plan}/ops?after=${all.length}`)).json;
    if (ops.length === 0) return all;
    all.push(...ops);
  }
}

async function oneOwnsTheOtherSaysSo(a, b, plan) {
  const first = await new Seat(a, a.caseId).open();
  const second = await new Seat(b, b.caseId).open();
  await enter(first);
  const n = first.note('by the first');
  await until('the entry', () => first.acknowledged().some((entry) => entry.n === n));
  second.say({ t: 'hello', client: second.client, seq: 0, sum: null });
  const refusal = await second.hear('resync');
  assert.equal(refusal.reason, 'busy');
  assert.ok(refusal.retry_ms > 0);
  // Whoever edits all the same is not heard, and nothing of it is kept.
  second.note('by the second');
  await pause(300);
  assert.equal(second.entries().length, 0);
  assert.equal((await logOf(a, plan)).length, 1);
  return { first, second };
}

// The first owner is stopped in its sleep; the second takes over; the first wakes and writes on.
async function anOwnerThatSleptWritesNothing(a, b, seats, plan) {
  const { first, second } = seats;
  const asleep = a.place.api;
  asleep.kill('SIGSTOP');
  try {
    await enter(second, 30);
    for (let i = 0; i < 20; i++) second.note(`awake ${i}`);
    await until('twenty entries', () => second.acknowledged().length === 20);
    first.note('in the sleep');
  } finally {
    asleep.kill('SIGCONT');
  }
  for (let i = 0; i < 10; i++) first.note(`woken ${i}`);
  await until('the word that it is over', () => first.heard.find((one) => one.t === 'resync' && ['moved', 'busy'].includes(one.reason)));
  for (let i = 20; i < 30; i++) second.note(`awake ${i}`);
  await until('thirty entries', () => second.acknowledged().length === 30);
  const log = await logOf(b, plan);
  assert.deepEqual(log.map((entry) => entry.seq), log.map((_, i) => i + 1), 'the log has a gap');
  for (let i = 1; i < log.length; i++) assert.equal(log[i].prev, log[i - 1].hash, `entry ${i + 1} does not follow`);
  assert.equal(log.length, 31, 'an entry of the sleeper was kept');
  // Both tell the same plan, and the one who lost it can read it still.
  const [here, there] = await Promise.all([a, b].map((one) => one.send('GET', `${api}/plans/${plan}`)));
  assert.equal(here.json.hash, there.json.hash);
  assert.equal(here.json.sum, second.heard.filter((one) => one.t === 'ops').at(-1).sum);
}

// From wherever it asks: beyond its burst an account waits, others do not.
async function anAccountIsHeldToItsPace(one, other) {
  const answers = [];
  const ask = async () => { for (let i = 0; i < 15; i++) answers.push(await one.send('GET', `${api}/session`)); };
  await Promise.all(Array.from({ length: 10 }, ask));
  const held = answers.filter((answer) => answer.status === 429);
  assert.ok(answers.some((answer) => answer.status === 200) && held.length > 0);
  assert.equal(held[0].json.error.reason, 'too_many_requests');
  assert.ok(Number(held[0].headers['retry-after']) >= 1);
  assert.equal((await one.place.send('GET', `${api}/session`, { cookie: other.cookie })).status, 200);
  await pause(1500);
  assert.equal((await one.send('GET', `${api}/session`)).status, 200);
}

// Killed, not stopped: its lease runs out and the other goes on with everything it promised.
async function aKilledOwnerIsFollowed(a, b, seats, plan) {
  const { first, second } = seats;
  const promised = second.acknowledged().map((entry) => entry.hash);
  await b.place.stop('SIGKILL');
  first.heard = [];
  await enter(first, 30);
  const n = first.note('after the other');
  await until('the entry', () => first.acknowledged().some((entry) => entry.n === n));
  const kept = new Set((await logOf(a, plan)).map((entry) => entry.hash));
  for (const hash of promised) assert.ok(kept.has(hash), 'an acknowledged entry is lost');
  first.close();
}

const grant = (place, caseId, may) => sql(place, `
  begin;
  select set_config('osteon.institution', (select institution_id::text from patient_case where id = ${caseId}), true) \\gset ignored_
  insert into case_grant (institution_id, case_id, grantee_id, may, purpose, created_by, expires_at)
    select c.institution_id, c.id, i.id, '${may}', 'a second opinion', c.created_by, now() + interval '1 day'
      from patient_case c, institution i where c.id = ${caseId} and i.name = 'Two';
  commit;`);

const revoke = (place, caseId) => sql(place, `
  begin;
  select set_config('osteon.institution', (select institution_id::text from patient_case where id = ${caseId}), true) \\gset ignored_
  update case_grant set revoked_at = now() where case_id = ${caseId};
  select pg_notify('osteon_change', 'case ' || institution_id || ' ${caseId} ${caseId}') from patient_case where id = ${caseId} \\gset ignored_
  commit;`);

async function aGrantLetsInAndItsEndShowsOut(place, stranger, caseId, plan) {
  for (const path of [`plans/${plan}`, `plans/${plan}/ops`, `cases/${caseId}`])
    assert.equal((await stranger.send('GET', `${api}/${path}`)).status, 404, path);
  assert.equal((await stranger.send('POST', `${api}/cases/${caseId}/ticket`, { json: {} })).status, 404);
  grant(place, caseId, 'plan');
  assert.equal((await stranger.send('GET', `${api}/plans/${plan}`)).status, 200);
  for (const [method, path] of [['DELETE', `cases/${caseId}`], ['POST', `cases/${caseId}/jobs`], ['POST', `cases/${caseId}/uploads`]]) {
    const json = path.endsWith('jobs') ? { kind: 'recon' } : path.endsWith('uploads') ? { bytes: 10, kind: 'film' } : {};
    assert.equal((await stranger.send(method, `${api}/${path}`, { json })).status, 403, path);
  }
  const guest = await new Seat(stranger, caseId).open();
  const welcome = await enter(guest);
  assert.deepEqual(welcome.may, { edit: true, approve: false });
  const { hash } = (await stranger.send('GET', `${api}/plans/${plan}`)).json;
  const approval = ++guest.n;
  guest.say({ t: 'op', n: approval, ops: [{ op: 'tag', name: 'mine', kind: 'approved', hash }] });
  assert.equal((await guest.hear('refused', (one) => one.n === approval)).code, 'denied');
  const n = guest.note('an opinion');
  await until('the entry', () => guest.acknowledged().some((entry) => entry.n === n));
  const before = (await logOf(stranger, plan)).length;
  revoke(place, caseId);
  await until('the end', () => guest.closed);
  assert.equal(guest.closed.code, 4403);
  assert.equal((await stranger.send('GET', `${api}/plans/${plan}`)).status, 404);
  return before;
}

// An approved version stays what it was, whatever is said afterwards.
async function whatIsApprovedStays(surgeon, engineer, caseId, plan) {
  const seat = await new Seat(surgeon, caseId).open();
  await enter(seat);
  const { hash } = (await surgeon.send('GET', `${api}/plans/${plan}`)).json;
  const unproposed = ++seat.n;
  seat.say({ t: 'op', n: unproposed, ops: [{ op: 'tag', name: 'v0', kind: 'approved', hash }] });
  assert.match((await seat.hear('refused', (one) => one.n === unproposed)).text, /propose it first/);
  for (const [name, kind] of [['p1', 'proposed'], ['v1', 'approved']]) {
    const n = ++seat.n;
    seat.say({ t: 'op', n, ops: [{ op: 'tag', name, kind, hash, said: 'as we said' }] });
    await until(kind, () => seat.acknowledged().some((entry) => entry.n === n));
  }
  const tags = async () => JSON.stringify((await surgeon.send('GET', `${api}/plans/${plan}`)).json.state.tags);
  const approved = await tags();
  const other = await new Seat(engineer, caseId).open();
  await enter(other);
  const tries = [
    [seat, { t: 'undo' }], // takes back an edit before it, never the tag
    [seat, { t: 'op', ops: [{ op: 'remove', object: 'v1' }] }],
    [seat, { t: 'op', ops: [{ op: 'set', object: 'v1', property: 'hash', value: '0'.repeat(64) }] }],
    [seat, { t: 'op', ops: [{ op: 'tag', name: 'v1', kind: 'approved', hash: '0'.repeat(64) }] }],
    [other, { t: 'op', ops: [{ op: 'tag', name: 'v2', kind: 'approved', hash }] }],
    [other, { t: 'redo' }],
  ];
  for (const [who, message] of tries) {
    const number = ++who.n;
    who.say({ ...message, n: number });
    await until('an answer', () => who.heard.some((one) => one.t === 'refused' && one.n === number) || who.acknowledged().some((entry) => entry.n === number));
  }
  assert.ok((await tags()).startsWith(approved.slice(0, -1)), 'the approval was changed');
  const rows = sql(surgeon.place, `set osteon.institution = '1'; select count(*) from approval where plan_id = ${plan} and kind = 'approved'`);
  assert.equal(rows, '1');
  seat.close();
  other.close();
}

const blobsOn = (place) => readdirSync(join(place.folder, 'blobs'), { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).length;

async function aDeletedCaseIsGone(place, surgeon, caseId) {
  assert.ok(blobsOn(place) > 0);
  const seat = await new Seat(surgeon, caseId).open();
  await enter(seat);
  assert.equal((await surgeon.send('DELETE', `${api}/cases/${caseId}`)).status, 204);
  await until('the end', () => seat.closed);
  assert.equal(seat.closed.code, 4403);
  assert.equal(blobsOn(place), 0, 'a file is left');
  for (const table of ['blob', 'film', 'job', 'result_file', 'plan', 'plan_op', 'plan_snapshot', 'approval', 'ticket', 'case_grant']) {
    const there = sql(place, `select to_regclass('${table}') is not null`);
    if (there === 't') assert.equal(sql(place, `set osteon.institution = '1'; select count(*) from ${table}`), '0', `${table} has rows left`);
  }
}

const place = new Place();
try {
  await place.open();
  const other = await place.another({ OSTEON_ACCOUNT_PER_S: '5' });
  const surgeon = await new Person(place, 'surgeon').login();
  const engineer = await new Person(place, 'engineer').login();
  const elsewhere = await new Person(other, 'engineer').login();
  const stranger = await new Person(place, 'stranger').login();
  const caseId = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left' } })).json.id;
  surgeon.caseId = elsewhere.caseId = caseId;
  await addFilm(surgeon, caseId, files.film);
  const plan = makePlan(place, caseId);
  const seats = await oneOwnsTheOtherSaysSo(surgeon, elsewhere, plan);
  await anOwnerThatSleptWritesNothing(surgeon, elsewhere, seats, plan);
  await anAccountIsHeldToItsPace(elsewhere, surgeon);
  await aKilledOwnerIsFollowed(surgeon, elsewhere, seats, plan);
  await aGrantLetsInAndItsEndShowsOut(place, stranger, caseId, plan);
  await whatIsApprovedStays(surgeon, engineer, caseId, plan);
  assert.match(place.osteon('audit', 'verify', '--json'), /"ok":true/);
  await aDeletedCaseIsGone(place, surgeon, caseId);
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-40).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
}
