// One case, several sockets: tickets, news of jobs and films, edits in one order, and an
// api killed while people edit.
import assert from 'node:assert/strict';
import { files } from './film.mjs';
import { pause, Person, Place } from './place.mjs';
import { addFilm, api, knock, makePlan, Seat, until } from './seat.mjs';

async function aTicketIsUsedOnce(surgeon, caseId) {
  const first = await new Seat(surgeon, caseId).open();
  await first.hello();
  for (const ticket of [first.ticket, '0'.repeat(64), '']) {
    const second = new Seat(surgeon, caseId);
    second.atOnce = [{ t: 'hello', client: second.client, seq: 0, sum: null }, // before it is let in
      { t: 'op', n: 1, ops: [{ op: 'create', id: 'outside', type: 'note', parent: '', order: 'V', props: { text: 'x' } }] }];
    await second.open(ticket);
    const refusal = await second.hear('refused');
    assert.equal(refusal.code, 'denied');
    await until('the end', () => second.closed);
    assert.equal(second.closed.code, 4401);
    assert.deepEqual(second.heard.filter((one) => one.t !== 'refused'), []);
  }
  first.close();
}

async function newsArrives(surgeon, engineer, caseId) {
  const a = await new Seat(surgeon, caseId).open();
  const b = await new Seat(engineer, caseId).open();
  assert.equal((await a.hello()).plan, null);
  await b.hello();
  await a.hear('people', (one) => one.people.length === 2);
  await addFilm(surgeon, caseId, files.film);
  await b.hear('files', (one) => Array.isArray(one.files));
  const job = (await surgeon.send('POST', `${api}/cases/${caseId}/jobs`, { json: { kind: 'recon' } })).json;
  for (const seat of [a, b]) await seat.hear('job', (one) => one.job.id === job.id && one.job.state === 'ready');
  await surgeon.send('POST', `${api}/jobs/${job.id}/cancel`);
  await b.hear('job', (one) => one.job.id === job.id && one.job.state === 'cancelled');
  return { a, b };
}

async function editsAreInOneOrder(place, seats, caseId) {
  const { a, b } = seats;
  const plan = makePlan(place, caseId);
  for (const seat of [a, b]) {
    await seat.hear('resync', (one) => one.reason === 'plan');
    assert.equal(Number((await seat.hello()).plan), plan);
  }
  for (let i = 0; i < 20; i++) {
    a.note(`a ${i}`);
    b.note(`b ${i}`);
  }
  for (const seat of [a, b]) await until('forty entries', () => seat.entries().length === 40);
  const order = (seat) => seat.entries().map((entry) => `${entry.seq} ${entry.hash}`).join('\n');
  assert.equal(order(a), order(b));
  assert.deepEqual(a.entries().map((entry) => entry.seq), Array.from({ length: 40 }, (_, i) => i + 1));
  a.say({ t: 'op', n: 20, ops: [{ op: 'create', id: 'again', type: 'note', parent: '', order: 'V', props: { text: 'twice' } }] });
  assert.equal((await a.hear('ack')).n, 20);
  const state = (await a.person.send('GET', `${api}/plans/${plan}`)).json;
  const last = a.heard.filter((one) => one.t === 'ops').at(-1);
  assert.equal(state.seq, 40);
  assert.equal(state.sum, last.sum);
  assert.equal(Object.keys(state.state.objects).length, 40);
  const log = (await b.person.send('GET', `${api}/plans/${plan}/ops?after=35`)).json;
  assert.deepEqual(log.ops.map((entry) => entry.hash), a.entries().slice(35).map((entry) => entry.hash));
  return plan;
}

// One in JSON, one in CBOR: the same entries, hashes and sums, and either's edits.
async function twoFormsAreOnePlan(surgeon, engineer, caseId, plan) {
  const a = await new Seat(surgeon, caseId).open();
  const b = await new Seat(engineer, caseId, 'osteon.1.cbor').open();
  assert.equal(b.socket.protocol, 'osteon.1.cbor');
  const begin = (await a.hello()).seq;
  const welcome = await b.hello();
  assert.equal(Number(welcome.plan), plan);
  assert.equal(welcome.seq, begin);
  assert.equal(welcome.snapshot.seq, begin);
  for (let i = 0; i < 10; i++) {
    a.note(`json ${i}`);
    b.note(`cbor ${i} \u9aa8`);
  }
  b.say({ t: 'presence', camera: [0.5, -1.25], selection: null, tool: 'cut' });
  for (const seat of [a, b]) await until('twenty entries', () => seat.entries().length === 20);
  const told = (seat) => seat.entries().map((entry) => JSON.stringify([entry.seq, entry.hash, entry.prev, entry.client, entry.ops.map((op) => op.props.text)]));
  assert.deepEqual(told(b), told(a));
  const sum = (seat) => seat.heard.filter((one) => one.t === 'ops').at(-1).sum;
  assert.equal(sum(b), sum(a));
  assert.equal((await b.person.send('GET', `${api}/plans/${plan}`)).json.sum, sum(b));
  await a.hear('people', (one) => one.people.some((who) => who.client === b.client));
  await until('the camera', () => a.heard.some((one) => (one.t === 'people' || one.t === 'presence') && one.people.some((who) => who.camera[1] === -1.25)));
  b.say({ t: 'op', n: ++b.n, ops: [{ op: 'remove', object: 'nothing' }] });
  assert.equal((await b.hear('refused')).n, b.n);
  b.socket.send('{"t":"undo","n":99}'); // JSON here is a breach
  await until('the end', () => b.closed);
  assert.equal(b.closed.code, 1003);
  const denied = await new Seat(engineer, caseId, 'osteon.1.cbor').open('0'.repeat(64));
  assert.equal((await denied.hear('refused')).code, 'denied');
  a.close();
}

async function nothingAcknowledgedIsLost(place, person, caseId, plan) {
  let sent = 0;
  const seat = await new Seat(person, caseId).open();
  const begin = (await seat.hello()).seq;
  const busy = (async () => {
    while (seat.closed === null) {
      try { seat.note(`note ${sent++}`); } catch { return; }
      await pause(2);
    }
  })();
  await until('some entries', () => seat.acknowledged().length > 20);
  await place.stop('SIGKILL');
  await until('the end', () => seat.closed);
  await busy;
  await place.start();
  const known = seat.acknowledged();
  const log = (await person.send('GET', `${api}/plans/${plan}/ops?after=${begin}`)).json.ops;
  const byN = new Map(log.filter((entry) => entry.client === seat.client).map((entry) => [entry.n, entry.hash]));
  for (const entry of known) assert.equal(byN.get(entry.n), entry.hash, `entry ${entry.seq} is lost`);
  // The lease of the dead process runs out, and the page goes on where it was.
  const back = new Seat(person, caseId);
  back.client = seat.client;
  back.n = seat.n;
  await back.open();
  const welcome = await until('a way back in', () => back.heard.find((one) => one.t === 'welcome' && one.plan !== null) ?? (knock(back), null), 20);
  const mine = new Map(welcome.mine);
  for (const entry of known) assert.equal(mine.get(entry.n), entry.seq);
  const n = back.note('after the storm');
  await until('the next entry', () => back.entries().some((entry) => entry.client === seat.client && entry.n === n));
  back.close();
  return known.length;
}

async function aLostDatabaseLosesNothingAcknowledged(place, person, caseId, plan) {
  const seat = await new Seat(person, caseId).open();
  const begin = (await seat.hello()).seq;
  for (let i = 0; i < 10; i++) seat.note(`before ${i}`);
  await until('ten entries', () => seat.acknowledged().length === 10);
  seat.heard = seat.heard.filter((one) => one.t !== 'welcome');
  place.database('stop', true);
  seat.note('into the void');
  await seat.hear('resync', (one) => one.reason === 'store');
  place.database('start');
  await until('a way back in', () => seat.heard.find((one) => one.t === 'welcome' && one.plan !== null) ?? (knock(seat), null), 30);
  const n = seat.note('after the storm');
  await until('the next entry', () => seat.acknowledged().some((entry) => entry.n === n));
  const log = (await person.send('GET', `${api}/plans/${plan}/ops?after=${begin}`)).json.ops;
  for (const entry of seat.acknowledged()) assert.ok(log.some((kept) => kept.hash === entry.hash), `entry ${entry.seq} is lost`);
  seat.close();
}

const place = new Place();
try {
  await place.open();
  const surgeon = await new Person(place, 'surgeon').login();
  const engineer = await new Person(place, 'engineer').login();
  const caseId = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left' } })).json.id;
  await aTicketIsUsedOnce(surgeon, caseId);
  const seats = await newsArrives(surgeon, engineer, caseId);
  const plan = await editsAreInOneOrder(place, seats, caseId);
  seats.b.close();
  await twoFormsAreOnePlan(surgeon, engineer, caseId, plan);
  await nothingAcknowledgedIsLost(place, surgeon, caseId, plan);
  await aLostDatabaseLosesNothingAcknowledged(place, surgeon, caseId, plan);
  assert.doesNotMatch(place.log(), /note \d|Test surgeon/, 'the log quotes what people write');
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
}
