// One person who wants everything leaves the service to the others.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test, before, after } from 'node:test';
import { Agent } from 'node:https';
import { png } from './film.mjs';
import { Person, Place } from './place.mjs';
import { Seat, api, until } from './seat.mjs';

let place;
before(async () => { place = await new Place().open(); });
after(async () => place?.close());

async function upload(person, caseId, bytes) {
  const { id } = (await person.send('POST', `${api}/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } })).json;
  await person.send('PATCH', `${api}/uploads/${id}`, { headers: { 'Upload-Offset': '0' }, body: bytes });
  return id;
}

test('files that are slow to read take no thread from quick requests', async () => {
  const greedy = await new Person(place, 'engineer').login();
  const other = await new Person(place, 'stranger').login();
  const one = (await greedy.send('POST', `${api}/cases`, { json: { side: 'left' } })).json;
  const bytes = png(1500, 1800);
  const ids = [];
  for (let n = 0; n < 8; n++) ids.push(await upload(greedy, one.id, bytes));
  const finish = async (id) => {
    const agent = new Agent({ rejectUnauthorized: false });
    const answer = await greedy.send('POST', `${api}/uploads/${id}/finish`, { agent });
    if (answer.status === 200) await greedy.send('DELETE', `${api}/pending/${answer.json.pending.id}`);
    return answer;
  };
  const all = Promise.all(ids.map(finish));
  assert.equal((await other.send('GET', `${api}/cases`)).status, 200);
  const answers = await all;
  const away = answers.filter(({ status }) => status === 503);
  assert.ok(away.length >= 1, 'all eight had a thread each, of eight');
  assert.ok(away.every(({ json, headers }) => json.error.reason === 'busy' && headers['retry-after'] === '1'));
  // Who was sent away has the upload still.
  for (let n = 0; n < ids.length; n++) {
    if (answers[n].status === 503) assert.equal((await finish(ids[n])).status, 200);
    else assert.equal(answers[n].status, 200);
  }
});

// Holds a table for a moment, so that every request that reads it takes its time.
async function holding(table, seconds, work) {
  const psql = spawn('psql', ['-X', '-q', '-A', '-t', place.environment.OSTEON_OWNER_DATABASE_URL], { stdio: ['pipe', 'pipe', 'inherit'] });
  const ended = new Promise((done) => psql.once('exit', done));
  psql.stdin.end(`begin; lock table ${table}; select 'held'; select pg_sleep(${seconds}); commit;`);
  await new Promise((done) => psql.stdout.once('data', done));
  await work();
  await ended;
}

test('who asks for files and plans over and over leaves threads to the others', async () => {
  const greedy = await new Person(place, 'engineer').login();
  const other = await new Person(place, 'stranger').login();
  const one = (await greedy.send('POST', `${api}/cases`, { json: { side: 'left' } })).json;
  const ask = (path) => greedy.send('GET', `${api}/${path}`, { agent: new Agent({ rejectUnauthorized: false }) });
  for (const [table, path] of [['result_file', `cases/${one.id}/files/result.json`], ['plan', 'plans/1'], ['plan', 'plans/1/ops']]) {
    await holding(table, 3, async () => {
      const all = Promise.all(Array.from({ length: 12 }, () => ask(path)));
      await new Promise((done) => setTimeout(done, 500));
      const began = performance.now();
      assert.equal((await other.send('GET', `${api}/session`)).status, 200);
      assert.ok(performance.now() - began < 1500, `${path} takes every thread`);
      const answers = await all;
      const away = answers.filter(({ status }) => status === 503);
      assert.equal(away.length, 6, path);
      assert.ok(away.every(({ json, headers }) => json.error.reason === 'busy' && headers['retry-after'] === '1'));
      assert.ok(answers.every(({ status }) => status === 503 || status === 404), path);
    });
  }
});

test('one person keeps sixteen sockets, the newest', async () => {
  const surgeon = await new Person(place, 'surgeon').login();
  const { id } = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left' } })).json;
  const seats = [];
  for (let n = 0; n < 17; n++) {
    seats.push(await new Seat(surgeon, id).open());
    await seats[n].hello();
  }
  await until('the oldest to be let go', () => seats[0].closed);
  assert.equal(seats[0].closed.code, 4000);
  assert.ok(seats[0].heard.some(({ t, reason }) => t === 'resync' && reason === 'replaced'), 'it would come back at once');
  await seats[1].hello();
  assert.ok(seats.slice(1).every(({ closed }) => closed === null));
  const engineer = await new Person(place, 'engineer').login();
  const seat = await new Seat(engineer, id).open();
  await seat.hello();
  for (const one of [...seats, seat]) one.close();
});
