// A guest: let into one case by a link, to look or to plan, until the invitation ends; he
// changes nothing that is not his to change, by any route or message, and the owner is told.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test, before, after } from 'node:test';
import { files } from './film.mjs';
import { pause, Person, Place } from './place.mjs';
import { api, Seat, sql, twoCases, until } from './seat.mjs';

let place, surgeon, caseId, otherId, planId, otherPlan;

before(async () => {
  place = await new Place().open();
  surgeon = await new Person(place, 'surgeon').login();
  [[caseId, planId], [otherId, otherPlan]] = await twoCases(place, surgeon, files.film);
});
after(async () => place?.close());

const tokenOf = (link) => link.split('/').at(-1);
async function invite(may, { by = surgeon, id = caseId, name = `Guest who may ${may}`, hours = 2 } = {}) {
  return by.send('POST', `${api}/cases/${id}/guests`, { json: { name, may, hours } });
}
const walkIn = (person, token) => person.send('POST', `${api}/guest`, { json: { token } });

class Guest extends Person {
  async enter(may, options) {
    const { json } = await invite(may, options);
    this.invitation = json.guest.id;
    this.token = tokenOf(json.link);
    const answer = await walkIn(this, this.token);
    assert.equal(answer.status, 200);
    this.id = answer.json.user.id;
    return this;
  }
}
const guest = (may, options) => new Guest(place, 'guest').enter(may, options);
async function accesses() { // all pages of them
  const all = [];
  for (let before = ''; before !== null;) {
    const { json } = await surgeon.send('GET', `${api}/cases/${caseId}/accesses${before === '' ? '' : `?before=${before}`}`);
    all.push(...json.accesses);
    before = json.next ?? null;
  }
  return all;
}
const told = async (who, action) => (await accesses()).filter((one) => one.user === who.id && one.action === action);

// Everything that is kept, but for who came and what was told of it.
const kept = () => sql(place, `set osteon.institution = '1'; select string_agg(md5(query_to_xml(format('select * from %I t order by t::text', relname), true, true, '')::text), ' ' order by relname)
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
   and relname not in ('audit', 'audit_head', 'session', 'session_former', 'ticket', 'login_throttle')`
).replace(/\n/g, ' ');

const table = [...readFileSync(new URL('../../services/routes/table.c', import.meta.url), 'utf8')
  .matchAll(/^ {4}(ROW|SEEN|OPEN)\((\w+), "([^"]+)",[^;]*?, (\w+)\),$/gm)]
  .map(([, whom, method, path, act]) => ({ whom, method, path, act }));

const idsOf = (id) => ({
  cases: id, plans: id === caseId ? planId : otherPlan, guests: 1, grants: 1, uploads: '0'.repeat(32), pending: '0'.repeat(32),
  films: Number(sql(place, `set osteon.institution = '1'; select id from film where case_id = ${id} limit 1`)),
  jobs: Number(sql(place, `set osteon.institution = '1'; select id from job where case_id = ${id} limit 1`)),
});
function address(path, ids) {
  const [, what] = path.split('/');
  return api + path.replace(':id', ids[what] ?? '').replace(':name', 'result.json');
}
const bodies = {
  case_create: { side: 'left' }, case_change: { side: 'right' }, case_review: { verdict: 'accept' }, job_create: { kind: 'recon' },
  upload_create: { bytes: 10, kind: 'film' }, film_change: { projection: 'lateral' }, session_password: { old: 'a', new: 'b'.repeat(12) },
  pending_confirm: { no_name_visible: true, projection: 'pa' }, guest_invite: { name: 'Friend', may: 'plan', hours: 1 },
};

test('an invitation is made by who may share, and its token is kept nowhere', async () => {
  const engineer = await new Person(place, 'engineer').login();
  const administrator = await new Person(place, 'administrator').login();
  const stranger = await new Person(place, 'stranger').login();
  assert.equal((await invite('view', { by: engineer })).status, 403);
  assert.equal((await invite('view', { by: stranger })).status, 404);
  const { status, json } = await invite('view', { by: administrator });
  assert.equal(status, 201);
  for (const wrong of [{ may: 'approve' }, { hours: 0 }, { hours: 2161 }, { name: '' }, { name: 'two\nlines' }, { name: 'x'.repeat(121) }])
    assert.equal((await surgeon.send('POST', `${api}/cases/${caseId}/guests`, { json: { name: 'G', may: 'view', hours: 1, ...wrong } })).status, 400, JSON.stringify(wrong));
  assert.match(json.link, /^\/#\/guest\/[0-9a-f]{64}$/);
  const token = tokenOf(json.link);
  assert.equal((await walkIn(new Person(place, 'guest'), token)).status, 200);
  const url = place.environment.OSTEON_OWNER_DATABASE_URL.replaceAll("'", '');
  const dump = execFileSync('/usr/lib/postgresql/15/bin/pg_dump', ['--inserts', url], { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.ok(dump.includes('guest.enter') && !dump.includes(token), 'the database does not know the token');
  assert.ok(!place.log().includes(token), 'nor does the log');
  for (const who of [engineer, stranger]) {
    const refused = await who.send('DELETE', `${api}/guests/${json.guest.id}`);
    assert.equal(refused.status, who === engineer ? 403 : 404);
    assert.ok((await who.send('GET', `${api}/cases/${caseId}/guests`)).status >= 403);
    assert.ok((await who.send('GET', `${api}/cases/${caseId}/accesses`)).status >= 403);
  }
});

for (const may of ['view', 'plan']) {
  test(`every route tried by a guest who may ${may}`, async () => {
    const who = await guest(may);
    const before = kept();
    assert.ok(table.length >= 40 && table.some(({ whom }) => whom === 'SEEN'), `${table.length} routes`);
    for (const { whom, method, path, act } of table) {
      if (whom === 'OPEN' || act === 'session_end') continue;
      for (const id of [caseId, otherId]) {
        const json = bodies[act];
        const { status, json: answer } = await who.send(method, address(path, idsOf(id)), json ? { json } : {});
        const what = `${method} ${path} of the ${id === caseId ? 'own' : 'other'} case: ${status}`;
        if (whom === 'ROW') assert.ok(status === 403 && answer.error.reason === 'guest', what);
        else if (path.includes(':id') && id === otherId) assert.equal(status, 404, what);
        else assert.ok(status === 200 || status === 201, what);
      }
    }
    assert.equal((await who.send('GET', `${api}/cases/${caseId}/files/report.pdf`)).status, 403);
    assert.equal(kept(), before);
    const detail = (await who.send('GET', `${api}/cases/${caseId}`)).json;
    assert.deepEqual(detail.may, may === 'view' ? ['read'] : ['read', 'plan']);
    assert.equal(detail.granted, may);
    const rows = (await accesses()).filter((one) => one.user === who.id);
    const seen = new Set(rows.map((one) => one.action));
    for (const action of ['guest.enter', 'case.view', 'film.view', 'file.view', 'plan.view', 'guest.refused']) assert.ok(seen.has(action), action);
    const refused = rows.filter((one) => one.action === 'guest.refused');
    assert.ok(refused.some((one) => one.detail.what === 'case_delete') || refused.length >= 50);
  });
}

// Every message there is, in every kind of operation.
const MESSAGES = [
  { t: 'op', ops: [{ op: 'create', id: 'mine', type: 'note', parent: '', order: 'V', props: { text: 'x' } }] },
  { t: 'op', ops: [{ op: 'set', object: 'theirs', property: 'text', value: 'mine now', base: 1 }] },
  { t: 'op', ops: [{ op: 'move', object: 'theirs', parent: '', order: 'k' }] },
  { t: 'op', ops: [{ op: 'remove', object: 'theirs' }] },
  { t: 'op', ops: [{ op: 'restore', object: 'gone' }] },
  ...['version', 'draft', 'proposed', 'approved', 'released', 'manufactured', 'used', 'checked'].map((kind) => ({ t: 'op', tag: kind })),
  { t: 'undo' }, { t: 'redo' },
];

async function ownerIn() {
  const owner = await new Seat(surgeon, caseId).open();
  const welcome = await owner.hello();
  owner.n = welcome.last_n;
  return { owner, seq: welcome.seq };
}
const planNow = async () => (await surgeon.send('GET', `${api}/plans/${planId}`)).json;
async function tryAll(seat) {
  for (const { tag, ...message } of MESSAGES) {
    const ops = tag ? [{ op: 'tag', name: `t-${tag}`, kind: tag, hash: (await planNow()).hash }] : message.ops;
    const n = ++seat.n;
    seat.say({ ...message, n, ...(ops ? { ops } : {}) });
    const answer = await until(`an answer to ${JSON.stringify(message)}`,
      () => seat.heard.find((one) => (one.t === 'refused' && one.n === n)) ?? seat.acknowledged().find((entry) => entry.n === n));
    seat.outcome = { ...seat.outcome, [tag ?? `${message.t} ${message.ops?.[0].op ?? ''}`.trim()]: answer.code ?? 'taken' };
  }
  return seat.outcome;
}

test('a guest who looks hears the plan and changes nothing by any message', async () => {
  const { owner } = await ownerIn();
  const create = (id) => owner.say({ t: 'op', n: ++owner.n, ops: [{ op: 'create', id, type: 'note', parent: '', order: 'V', props: { text: id } }] });
  create('theirs');
  create('gone');
  owner.say({ t: 'op', n: ++owner.n, ops: [{ op: 'remove', object: 'gone' }] });
  await until('the notes', () => owner.acknowledged().length >= 3);
  const who = await guest('view');
  const seat = await new Seat(who, caseId).open();
  const welcome = await seat.hello();
  assert.deepEqual(welcome.may, { edit: false, approve: false });
  assert.equal(welcome.you.role, 'guest');
  const before = await planNow();
  const outcome = await tryAll(seat);
  assert.deepEqual([...new Set(Object.values(outcome))], ['denied'], JSON.stringify(outcome));
  for (const message of [
    { t: 'drag', object: 'theirs', property: 'text', value: 'x' }, { t: 'hello', client: owner.client, seq: 0, sum: null },
    { t: 'approve' }, { t: 'job', job: {} }, { t: 'files', files: [] }, { t: 'people', people: [] },
  ]) seat.say(message);
  await until('two refusals', () => seat.heard.filter((one) => one.t === 'refused' && one.n === 0).length >= 2);
  owner.note('the owner goes on');
  await seat.hear('ops', (one) => one.ops.some((entry) => entry.client === owner.client));
  const now = await planNow();
  assert.equal(now.seq, before.seq + 1);
  assert.ok(!owner.heard.some((one) => ['drag', 'job'].includes(one.t)));
  assert.ok(owner.entries().every((entry) => entry.by.role === 'surgeon'));
  await pause(6500);
  const messages = (await told(who, 'guest.refused')).filter((one) => one.detail.what === 'message');
  assert.ok(messages.reduce((sum, one) => sum + one.detail.count, 0) >= MESSAGES.length, JSON.stringify(messages));
  assert.equal((await told(who, 'guest.live')).length, 1);
  for (const one of [seat, owner]) one.close();
});

test('a guest who plans edits under his own name, and approves nothing', async () => {
  const { owner } = await ownerIn();
  const who = await guest('plan', { name: '客 Kyaku' });
  const seat = await new Seat(who, caseId).open();
  assert.deepEqual((await seat.hello()).may, { edit: true, approve: false });
  const n = seat.note('a second opinion');
  const entry = await until('it at the owner\'s', () => owner.entries().find((one) => one.client === seat.client && one.n === n));
  assert.deepEqual(entry.by, { id: String(who.id), name: '客 Kyaku', role: 'guest' });
  assert.equal(sql(place, `set osteon.institution = '1'; select role || ' ' || user_name from plan_op where plan_id = ${planId} and seq = ${entry.seq}`), 'guest 客 Kyaku');
  const outcome = await tryAll(seat);
  for (const kind of ['version', 'draft', 'proposed', 'approved', 'released', 'manufactured', 'used', 'checked']) assert.equal(outcome[kind], 'denied', kind);
  assert.equal(outcome['op create'], 'taken');
  assert.equal(outcome.undo, 'taken');
  const review = (await planNow()).state;
  assert.deepEqual(review.tags ?? [], []);
  assert.equal(sql(place, `set osteon.institution = '1'; select count(*) from approval`), '0');
  await owner.hear('people', (one) => one.people.some((p) => p.role === 'guest' && p.name === '客 Kyaku'));
  for (const one of [seat, owner]) one.close();
});

test('the link opens one place at a time, as often as it lasts', async () => {
  const phone = await guest('plan');
  const seat = await new Seat(phone, caseId).open();
  await seat.hello();
  const desk = new Guest(place, 'guest');
  assert.equal((await walkIn(desk, phone.token)).status, 200);
  await until('the end of the first', () => seat.closed); // long before it would be asked whether it lives
  assert.equal(seat.closed.code, 4401);
  assert.equal((await phone.send('GET', `${api}/cases/${caseId}`)).status, 401);
  assert.equal((await desk.send('GET', `${api}/cases/${caseId}`)).status, 200);
  const listed = (await surgeon.send('GET', `${api}/cases/${caseId}/guests`)).json.guests.find((one) => one.id === phone.invitation);
  assert.equal(listed.entered, 2);
  assert.ok(listed.live && listed.last_seen_at);
  assert.equal((await told(phone, 'guest.enter')).length, 2);
  assert.equal((await desk.send('DELETE', `${api}/session`)).status, 204);
  assert.equal((await desk.send('GET', `${api}/session`)).status, 401);
  assert.equal((await told(phone, 'guest.leave')).length, 1);
  assert.equal((await walkIn(desk, phone.token)).status, 200);
});

test('revoked in the middle of his work, he is out at once and nothing of his is kept', async () => {
  const { owner } = await ownerIn();
  const who = await guest('plan');
  const seat = await new Seat(who, caseId).open();
  await seat.hello();
  let sent = 0;
  const busy = (async () => {
    while (!seat.closed) {
      try { seat.note(`note ${sent++}`); } catch { return; }
      await pause(20);
    }
  })();
  await until('some entries', () => seat.acknowledged().length > 5);
  assert.equal((await surgeon.send('DELETE', `${api}/guests/${who.invitation}`)).status, 204);
  await until('the end', () => seat.closed);
  assert.equal(seat.closed.code, 4401);
  await busy;
  const at = Number(sql(place, `set osteon.institution = '1'; select (extract(epoch from revoked_at) * 1000)::bigint from guest where id = ${who.invitation}`));
  assert.equal(sql(place, `set osteon.institution = '1'; select count(*) from plan_op where user_id = ${who.id} and at > to_timestamp(${at + 500} / 1000.0)`), '0');
  const gone = await who.send('GET', `${api}/cases/${caseId}`);
  assert.equal(gone.status, 401);
  assert.equal(gone.headers['clear-site-data'], '"cache"'); // his browser keeps no pictures
  assert.equal((await who.send('POST', `${api}/cases/${caseId}/ticket`)).status, 401);
  const again = await walkIn(who, who.token);
  assert.equal(again.status, 410);
  assert.equal(again.json.error.reason, 'invitation_over');
  assert.deepEqual((await told(who, 'guest.refused')).map((one) => one.detail.what), ['revoked']);
  assert.equal(sql(place, `set osteon.institution = '1'; select count(*) from session where user_id = ${who.id}`), '0');
  owner.n += 1000; // the owner's page goes on, whatever became of the guest's
  await owner.hello();
  owner.note('still here');
  await until('the owner\'s note', () => owner.acknowledged().length > 0);
  owner.close();
});

test('an invitation ends by the clock', async () => {
  const who = new Guest(place, 'guest');
  const { json } = await invite('view');
  sql(place, `set osteon.institution = '1'; update guest set expires_at = now() + interval '20 seconds' where id = ${json.guest.id}`);
  const answer = await walkIn(who, tokenOf(json.link));
  who.id = answer.json.user.id;
  const seat = await new Seat(who, caseId).open();
  await seat.hello();
  await until('the end', () => seat.closed, 40);
  assert.equal(seat.closed.code, 4401);
  let status = 200; // the socket ends a moment before
  for (let i = 0; i < 60 && status !== 401; i++) {
    await pause(500);
    ({ status } = await who.send('GET', `${api}/cases/${caseId}`));
  }
  assert.equal(status, 401);
  assert.equal((await walkIn(who, tokenOf(json.link))).status, 410);
  assert.deepEqual((await told(who, 'guest.refused')).map((one) => one.detail.what), ['expired']);
  const listed = (await surgeon.send('GET', `${api}/cases/${caseId}/guests`)).json.guests.find((one) => one.id === json.guest.id);
  assert.equal(listed.live, false);
});

test('one invitation is not walked through all day', async () => {
  const who = await guest('view');
  const answers = [];
  for (let i = 0; i < 24; i++) answers.push(await walkIn(who, who.token));
  assert.ok(answers.slice(0, 15).every(({ status }) => status === 200));
  assert.ok(answers.some(({ status, json }) => status === 429 && json.error.reason === 'throttled'));
});

test('a case that is deleted takes its invitations with it', async () => {
  const who = await guest('view', { id: otherId });
  assert.equal((await who.send('GET', `${api}/cases/${otherId}`)).status, 200);
  assert.equal((await surgeon.send('DELETE', `${api}/cases/${otherId}`)).status, 204);
  assert.equal((await who.send('GET', `${api}/cases/${otherId}`)).status, 401);
  assert.equal((await walkIn(who, who.token)).status, 404);
});

test('guessing is slowed down', async () => {
  const nobody = new Person(place, 'guest');
  const answers = [];
  for (let i = 0; i < 25; i++) answers.push(await walkIn(nobody, randomBytes(32).toString('hex')));
  assert.ok(answers.slice(0, 10).every(({ status, json }) => status === 404 && json.error.reason === 'no_invitation'));
  const slowed = answers.filter(({ status }) => status === 429);
  assert.ok(slowed.length >= 1 && Number(slowed[0].headers['retry-after']) >= 1);
  assert.ok(place.osteon('audit', 'verify').length > 0);
});
