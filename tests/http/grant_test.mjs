// Two hospitals in one case: the owner grants it, to look or to plan, until a day; the other's
// people see that case and nothing else, by any route or socket, and are cut off with a reason
// when the grant is taken back or is over. What they looked at is listed to the owner.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test, before, after } from 'node:test';
import { files } from './film.mjs';
import { pause, people, Person, Place } from './place.mjs';
import { api, Seat, sql, twoCases, until } from './seat.mjs';

let place, surgeon, stranger, third, caseId, otherId, planId, otherPlan;

before(async () => {
  place = await new Place().open();
  place.osteon('user', 'institution', 'add', 'Three 第三病院');
  people.third = { email: 'surgeon@three.example' };
  place.osteon('user', 'add', people.third.email, '--role', 'surgeon', '--institution', 'Three 第三病院',
    '--name', 'Test third', '--password-file', `${place.folder}/password`);
  [surgeon, stranger, third] = ['surgeon', 'stranger', 'third'].map((name) => new Person(place, name));
  for (const who of [surgeon, stranger, third]) await who.login();
  [[caseId, planId], [otherId, otherPlan]] = await twoCases(place, surgeon, files.film);
});
after(async () => place?.close());

const share = (may, { by = surgeon, id = caseId, to = 'Two', purpose = 'A second opinion', ...more } = {}) =>
  by.send('POST', `${api}/cases/${id}/grants`, { json: { to, may, purpose, ...more } });
const grant = async (may, options) => {
  const { status, json } = await share(may, options);
  assert.equal(status, 201, JSON.stringify(json));
  return json.grant;
};
const giveBack = (reason, { by = stranger, id = caseId } = {}) => by.send('POST', `${api}/cases/${id}/give-back`, { json: { reason } });
const revoke = async (one) => assert.equal((await surgeon.send('DELETE', `${api}/grants/${one.id}`)).status, 204);
const accesses = async () => (await surgeon.send('GET', `${api}/cases/${caseId}/accesses`)).json.accesses;
const count = (text) => Number(sql(place, `set osteon.institution = '1'; ${text}`));

// Everything that is kept, but for who came and what was told of it.
const kept = () => sql(place, `set osteon.institution = '1'; select string_agg(md5(query_to_xml(format('select * from %I t order by t::text', relname), true, true, '')::text), ' ' order by relname)
  from pg_class where relnamespace = 'public'::regnamespace and relkind = 'r'
   and relname not in ('audit', 'audit_head', 'session', 'session_former', 'ticket', 'login_throttle')`).replace(/\n/g, ' ');

const table = [...readFileSync(new URL('../../services/routes/table.c', import.meta.url), 'utf8')
  .matchAll(/^ {4}(ROW|SEEN|OPEN)\((\w+), "([^"]+)",[^;]*?, (\w+)\),$/gm)]
  .map(([, whom, method, path, act]) => ({ whom, method, path, act }));
const ids = {}; // asked for once
const idOf = (what, id) => (ids[`${what} ${id}`] ??= count(`select max(id) from ${what} where case_id = ${id}`));
const addresses = (path, id, grantId) => api + path.replace(':name', 'result.json').replace(':id', {
  cases: id, plans: id === caseId ? planId : otherPlan, films: idOf('film', id), jobs: idOf('job', id), grants: grantId, guests: 1 }[path.split('/')[1]]);
const bodies = {
  case_change: { side: 'right' }, case_review: { verdict: 'accept' }, job_create: { kind: 'recon' }, upload_create: { bytes: 10, kind: 'film' },
  film_change: { projection: 'lateral' },
  guest_invite: { name: 'Friend', may: 'plan', hours: 1 }, grant_add: { to: 'Three 第三病院', may: 'plan', purpose: 'passed on' },
};
const SEEN = ['case_get', 'case_ticket', 'film_image', 'film_record', 'file_get', 'job_get', 'plan_get', 'plan_ops'];

// Every address that names something of a case, and what it answered. Uploads and pictures that
// wait are their sender's alone.
async function tryAll(who, id, grantId = 1) {
  const answers = {};
  for (const { method, path, act } of table.filter(({ path }) => path.includes(':id') && !/^\/(uploads|pending)/.test(path))) {
    const json = bodies[act] ?? (method === 'POST' ? {} : undefined);
    answers[act] = (await who.send(method, addresses(path, id, grantId), json ? { json } : {})).status;
  }
  return answers;
}
const BODIES_FIRST = ['film_camera', 'film_exchange', 'grant_give_back']; // judged by their bodies, which these are not
async function seesNothing(who, id, grantId) {
  for (const [act, status] of Object.entries(await tryAll(who, id, grantId))) assert.ok(status === 404 || (status === 400 && BODIES_FIRST.includes(act)), `${act}: ${status}`);
  assert.ok(!(await who.send('GET', `${api}/cases`)).json.cases.some((one) => one.id === id));
}

test('a case is granted by who may share it, to a hospital called by its whole name', async () => {
  const engineer = await new Person(place, 'engineer').login();
  assert.equal((await share('view', { by: engineer })).status, 403);
  assert.equal((await share('view', { by: stranger })).status, 404);
  for (const [wrong, reason] of [[{ to: 'two' }, 'no_hospital'], [{ to: 'Tw' }, 'no_hospital'], [{ to: '%' }, 'no_hospital'], [{ to: 'One' }, 'no_hospital'], [{ to: '' }, 'no_hospital'],
    [{ purpose: 'x' }, 'purpose'], [{ purpose: 'two\nlines' }, 'purpose'], [{ purpose: '長'.repeat(201) }, 'purpose'], [{ days: 0 }, 'days'], [{ days: 367 }, 'days']]) {
    const { status, json } = await share('view', wrong);
    assert.deepEqual([status, json.error.reason], [400, reason], JSON.stringify(wrong));
  }
  assert.equal((await share('approve')).json.error.reason, 'may');
  const one = await grant('view', { to: 'Three 第三病院', purpose: '長'.repeat(200), days: 366 });
  assert.deepEqual([one.to, one.may, one.live, one.purpose.length], ['Three 第三病院', 'view', true, 200]);
  for (const [who, status] of [[engineer, 403], [stranger, 404], [third, 403]]) assert.equal((await who.send('DELETE', `${api}/grants/${one.id}`)).status, status);
  const standing = await grant('view');
  const ends = Math.round((Date.parse(standing.expires_at) - Date.parse(standing.created_at)) / 86400000);
  assert.equal(ends, 30, 'who says nothing grants a month');
  for (const each of [one, standing]) await revoke(each);
  assert.equal((await surgeon.send('DELETE', `${api}/grants/${one.id}`)).status, 404);
});

test('without a grant another hospital sees nothing by any route', async () => {
  assert.ok(table.length >= 43, `${table.length} routes`);
  const before = kept();
  await seesNothing(stranger, caseId);
  await seesNothing(stranger, otherId);
  assert.equal(kept(), before);
});

for (const may of ['view', 'plan']) {
  test(`every route tried by a hospital that may ${may}`, async () => {
    const one = await grant(may);
    const before = kept();
    const listed = (await stranger.send('GET', `${api}/cases`)).json.cases;
    assert.deepEqual(listed.map(({ id, granted, owner }) => ({ id, granted, owner })), [{ id: caseId, granted: may, owner: 'One' }]);
    assert.equal(listed[0].granted_until, one.expires_at);
    for (const [act, status] of Object.entries(await tryAll(stranger, caseId, one.id))) {
      if (SEEN.includes(act)) assert.ok([200, 201].includes(status), `${act}: ${status}`);
      else assert.ok(status >= 400 && status < 500, `${act}: ${status}`);
    }
    assert.equal((await stranger.send('GET', `${api}/cases/${caseId}/files/report.pdf`)).status, 200);
    assert.deepEqual((await stranger.send('GET', `${api}/audit?case=${caseId}`)).json.audit, []);
    await seesNothing(stranger, otherId);
    await seesNothing(third, caseId);
    assert.equal(kept(), before);
    const detail = (await stranger.send('GET', `${api}/cases/${caseId}`)).json;
    assert.deepEqual(detail.may, may === 'view' ? ['read', 'download', 'give_back'] : ['read', 'download', 'plan', 'give_back']);
    const told = (await accesses()).filter((row) => row.institution === 'Two' && Date.parse(row.at) >= Date.parse(one.created_at));
    for (const action of ['case.view', 'film.view', 'film.record', 'file.view', 'file.download', 'job.view', 'plan.view'])
      assert.ok(told.some((row) => row.action === action && row.name === 'Test stranger'), action);
    assert.ok(!(await accesses()).some((row) => row.name === 'Test surgeon' || row.name === 'Test third'));
    await revoke(one);
    await seesNothing(stranger, caseId, one.id);
  });
}

async function sit(who) {
  const seat = await new Seat(who, caseId).open();
  seat.welcomed = await seat.hello();
  seat.n = seat.welcomed.last_n;
  return seat;
}

test('two hospitals plan together, and who is cut off is told why', async () => {
  const one = await grant('plan', { days: 2 });
  const owner = await sit(surgeon);
  const partner = await sit(stranger);
  assert.deepEqual(partner.welcomed.may, { edit: true, approve: false });
  await owner.hear('people', (message) => message.people.some((p) => p.name === 'Test stranger (Two)'));
  for (let i = 0; i < 20; i++) {
    const [mine, theirs] = [owner.note(`owner ${i}`), partner.note(`partner ${i}`)];
    await until('both at both', () => [owner, partner].every((seat) => [[owner, mine], [partner, theirs]].every(([by, n]) => seat.entries().some((entry) => entry.client === by.client && entry.n === n))));
  }
  assert.deepEqual(owner.entries().find((entry) => entry.client === partner.client).by, { id: String(count('select user_id from plan_op where user_name like \'Test stranger%\' limit 1')), name: 'Test stranger (Two)', role: 'surgeon' });
  const { hash } = (await stranger.send('GET', `${api}/plans/${planId}`)).json;
  for (const [kind, name] of [['proposed', 'p'], ['approved', 'a']]) partner.say({ t: 'op', n: ++partner.n, ops: [{ op: 'tag', name, kind, hash }] });
  assert.equal((await partner.hear('refused', (message) => message.n === partner.n)).code, 'denied');
  const draft = ++owner.n;
  owner.say({ t: 'op', n: draft, ops: [{ op: 'tag', name: 'again', kind: 'draft', hash }] });
  await until('a draft again', () => owner.acknowledged().some((entry) => entry.n === draft));
  let sent = 0;
  const busy = (async () => {
    while (!partner.closed) {
      try { partner.note(`more ${sent++}`); } catch { return; }
      await pause(20);
    }
  })();
  await until('some of it', () => partner.acknowledged().length > 25);
  await revoke(one);
  await until('the end', () => partner.closed);
  await busy;
  assert.equal(partner.closed.code, 4403);
  assert.equal(partner.closed.reason, 'shut');
  assert.ok(partner.heard.some((message) => message.t === 'refused' && message.n === 0 && /not open to you any more/.test(message.text)));
  const late = count(`select count(*) from plan_op o, case_grant g where g.id = ${one.id} and o.case_id = ${caseId} and o.user_name like '%(Two)' and o.at > g.revoked_at + interval '500 ms'`);
  assert.equal(late, 0, 'entries after the end');
  assert.equal((await stranger.send('POST', `${api}/cases/${caseId}/ticket`, { json: {} })).status, 404);
  owner.n += 1000;
  await owner.hello();
  const n = owner.note('alone again');
  await until('the owner goes on', () => owner.acknowledged().some((entry) => entry.n === n));
  await until('he is gone from the list', () => !owner.heard.filter((message) => message.t === 'people').at(-1).people.some((p) => p.name.endsWith('(Two)')));
  assert.ok((await accesses()).some((row) => row.action === 'partner.live' && row.institution === 'Two'));
  owner.close();
});

test('who may only look hears the plan and changes nothing', async () => {
  const one = await grant('view');
  const owner = await sit(surgeon);
  const partner = await sit(stranger);
  assert.deepEqual(partner.welcomed.may, { edit: false, approve: false });
  const refused = () => count(`select coalesce(sum((detail ->> 'count')::int), 0) from audit where action = 'partner.refused'`);
  const told = refused(); // of the approval of before, where its grant still stood when it was told
  const before = count('select count(*) from plan_op');
  const { hash } = (await stranger.send('GET', `${api}/plans/${planId}`)).json;
  for (const message of [{ t: 'op', ops: [{ op: 'create', id: 'theirs', type: 'note', parent: '', order: 'V', props: { text: 'x' } }] }, { t: 'undo' }, { t: 'redo' },
    { t: 'op', ops: [{ op: 'tag', name: 'v', kind: 'version', hash }] }]) {
    const n = ++partner.n;
    partner.say({ ...message, n });
    assert.equal((await partner.hear('refused', (heard) => heard.n === n)).code, 'denied');
  }
  const n = owner.note('heard by both');
  await until('it there', () => partner.entries().some((entry) => entry.client === owner.client && entry.n === n));
  assert.equal(count('select count(*) from plan_op'), before + 1);
  // A wider grant takes the place of the narrower, and the open socket is told.
  const wider = await grant('plan');
  await partner.hear('resync', (message) => message.reason === 'rights');
  assert.equal(count(`select count(*) from case_grant where id = ${one.id} and revoked_at is not null`), 1);
  assert.deepEqual((await partner.hello()).may, { edit: true, approve: false });
  partner.note('now I may');
  await until('his note', () => owner.entries().some((entry) => entry.client === partner.client));
  partner.close();
  await until('what was refused is told', () => refused() === told + 4);
  await revoke(wider);
  owner.close();
});

test('a grant ends by the clock, the open socket with it', async () => {
  const one = await grant('plan');
  sql(place, `set osteon.institution = '1'; update case_grant set expires_at = now() + interval '8 seconds' where id = ${one.id}`);
  const partner = await sit(stranger);
  const owner = await sit(surgeon);
  await until('the end', () => partner.closed, 20);
  assert.equal(partner.closed.code, 4403);
  for (let tries = 0; tries < 40 && (await stranger.send('GET', `${api}/cases/${caseId}`)).status === 200; tries++) await pause(100);
  await seesNothing(stranger, caseId, one.id);
  const listed = (await surgeon.send('GET', `${api}/cases/${caseId}/grants`)).json.grants.find((row) => row.id === one.id);
  assert.deepEqual([listed.live, listed.revoked_at, Boolean(listed.last_seen_at)], [false, null, true]);
  const n = owner.note('the room goes on');
  await until('it', () => owner.acknowledged().some((entry) => entry.n === n));
  owner.close();
});

test('who has done what he was asked for gives the case back, and the owner reads why', async () => {
  place.osteon('user', 'add', 'engineer@two.example', '--role', 'engineer', '--institution', 'Two', '--name', 'Test helper', '--password-file', `${place.folder}/password`);
  people.helper = { email: 'engineer@two.example' };
  const helper = await new Person(place, 'helper').login();
  const one = await grant('plan');
  for (const reason of ['', 'no', 'two\nlines', '長'.repeat(201), '    ', '　　　', 'turned \u202e round', 'next\u0085line', 'and\u2028another'])
    assert.equal((await giveBack(reason)).json.error.reason, 'why', reason);
  assert.equal((await stranger.send('POST', `${api}/cases/${caseId}/give-back`, { json: {} })).status, 400);
  for (const [by, id, status] of [[helper, caseId, 403], [surgeon, caseId, 403], [third, caseId, 404], [stranger, otherId, 404]])
    assert.equal((await giveBack('not mine to give', { by, id })).status, status);
  assert.deepEqual((await helper.send('GET', `${api}/cases/${caseId}`)).json.may, ['read', 'download', 'plan']);
  const [owner, partner, colleague] = [await sit(surgeon), await sit(stranger), await sit(helper)];
  const n = owner.note('before the end');
  await until('it there', () => partner.entries().some((entry) => entry.client === owner.client && entry.n === n));
  const why = '「相談済み」 "done" \\ 骨';
  const files = owner.heard.length;
  const refused = () => count(`select coalesce(sum((detail ->> 'count')::int), 0) from audit where action = 'partner.refused' and institution_id = 1`);
  const before = refused();
  const { hash } = (await stranger.send('GET', `${api}/plans/${planId}`)).json;
  partner.say({ t: 'op', n: ++partner.n, ops: [{ op: 'tag', name: 'mine', kind: 'approved', hash }] });
  await partner.hear('refused', (heard) => heard.n === partner.n);
  assert.equal((await giveBack(why)).status, 204);
  for (const seat of [partner, colleague]) {
    await until('the end', () => seat.closed);
    assert.deepEqual(seat.closed, { code: 4403, reason: 'shut' });
  }
  assert.equal((await giveBack('again')).status, 404);
  for (const who of [stranger, helper]) await seesNothing(who, caseId, one.id);
  const told = await owner.hear('files', (message) => owner.heard.indexOf(message) >= files);
  assert.ok(told.files.includes('report.pdf'), 'the owner keeps his files');
  const after = owner.note('the owner goes on');
  await until('it', () => owner.acknowledged().some((entry) => entry.n === after));
  await until('what he was refused is told all the same', () => refused() === before + 1);
  const listed = (await surgeon.send('GET', `${api}/cases/${caseId}/grants`)).json.grants.find((row) => row.id === one.id);
  assert.deepEqual([listed.live, listed.given_back, Boolean(listed.revoked_at)], [false, why, true]);
  const row = (await accesses()).find((each) => each.action === 'grant.give_back');
  assert.deepEqual([row.name, row.institution, row.object_id, row.detail.reason], ['Test stranger', 'Two', one.id, why]);
  const { code } = (await surgeon.send('GET', `${api}/cases/${caseId}`)).json;
  const own = (await stranger.send('GET', `${api}/audit`)).json.audit[0];
  assert.deepEqual([own.action, own.case, own.detail], ['grant.give_back', 0, { case: code, reason: why }]);
  await revoke(await grant('view', { purpose: 'once more' }));
  owner.close();
});

test('an open socket hears nothing of a case that was never granted, and the chain holds', async () => {
  const ticket = (await surgeon.send('POST', `${api}/cases/${caseId}/ticket`, { json: {} })).json.ticket;
  const thief = new Seat(stranger, caseId);
  await thief.open(ticket); // whoever holds a ticket is who it was given to
  assert.equal((await thief.hello()).you.name, 'Test surgeon');
  thief.close();
  assert.equal((await stranger.send('POST', `${api}/cases/${otherId}/ticket`, { json: {} })).status, 404);
  assert.match(place.osteon('audit', 'verify', '--json'), /"ok":true/);
});
