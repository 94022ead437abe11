// Peers that are gone and say nothing, on real sockets: a process that was stopped, one that does
// not read, a network that lost its cable. The server notices by itself, frees the seat and tells
// the others, who meanwhile plan on.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test, before, after } from 'node:test';
import { fileURLToPath } from 'node:url';
import { files } from './film.mjs';
import { pause, Person, Place } from './place.mjs';
import { addFilm, api, makePlan, Seat, until } from './seat.mjs';

const SILENT = 6; // s; a server in use waits for longer
const program = fileURLToPath(new URL('gone_client.mjs', import.meta.url));
const netns = `osteon-gone-${process.pid}`;
const link = { here: `og${process.pid % 10000}a`, there: `og${process.pid % 10000}b`, host: '10.213.77.1', peer: '10.213.77.2' };

let place, surgeon, caseId, planId, owner, cable;

// A machine of its own on a cable of its own: needs rights that not everybody has.
const ip = (...words) => execFileSync('ip', words, { stdio: 'ignore' });
function layCable() {
  try {
    ip('netns', 'add', netns);
    ip('link', 'add', link.here, 'type', 'veth', 'peer', 'name', link.there, 'netns', netns);
    ip('addr', 'add', `${link.host}/30`, 'dev', link.here);
    ip('link', 'set', link.here, 'up');
    ip('-n', netns, 'addr', 'add', `${link.peer}/30`, 'dev', link.there);
    ip('-n', netns, 'link', 'set', link.there, 'up');
    return { pull: () => ip('link', 'set', link.here, 'down'), mend: () => ip('link', 'set', link.here, 'up') };
  } catch {
    return null;
  }
}

before(async () => {
  cable = layCable();
  place = new Place({ OSTEON_SOCKET_SILENT_S: String(SILENT), ...(cable ? { OSTEON_LISTEN: '0.0.0.0' } : {}) });
  await place.open();
  surgeon = await new Person(place, 'surgeon').login();
  caseId = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left' } })).json.id;
  await addFilm(surgeon, caseId, files.film);
  planId = makePlan(place, caseId);
  owner = await new Seat(surgeon, caseId).open();
  owner.n = (await owner.hello()).last_n;
});
const children = []; // a stopped one would keep this process for ever
after(async () => {
  for (const child of children) child.kill('SIGKILL');
  await place?.close();
  try { execFileSync('ip', ['netns', 'del', netns], { stdio: 'ignore' }); } catch { /* there was none */ }
});

const ticketFor = async (who) => (await who.send('POST', `${api}/cases/${caseId}/ticket`, { json: {} })).json.ticket;
async function page(pace = '', { far = false } = {}) {
  const client = randomBytes(16).toString('hex');
  const host = far ? link.host : '127.0.0.1';
  const words = [program, place.origin, `${host}:${place.port}`, await ticketFor(surgeon), client, String(pace)];
  const environment = { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0', NODE_NO_WARNINGS: '1' };
  const child = far ? spawn('ip', ['netns', 'exec', netns, process.execPath, ...words], { env: environment }) : spawn(process.execPath, words, { env: environment });
  children.push(child);
  const one = { child, client, said: [] };
  let text = '';
  child.stderr.pipe(process.stderr);
  child.stdout.on('data', (data) => {
    text += data;
    const lines = text.split('\n');
    text = lines.pop();
    one.said.push(...lines.map((line) => JSON.parse(line)));
  });
  one.heard = (name, seconds = 20) => until(name, () => one.said.find((what) => name in what), seconds);
  return one;
}

const present = () => owner.heard.filter((one) => one.t === 'people').at(-1)?.people.map((one) => one.client) ?? [];
const descriptors = () => readdirSync(`/proc/${place.api.pid}/fd`).length;

test('the server notices who is gone, frees the seats, tells the others, and they plan on', async (t) => {
  const idle = descriptors();
  const kinds = { stopped: await page(), deaf: await page('deaf'), ...(cable ? { cut: await page('', { far: true }) } : {}) };
  if (!cable) t.diagnostic('no network namespace here: a cable that is cut was not tried');
  const all = Object.values(kinds);
  for (const one of all) await one.heard('welcome');
  await until('all in the list', () => all.every((one) => present().includes(one.client)));
  kinds.stopped.child.kill('SIGSTOP');
  cable?.pull();
  let slowest = 0;
  let sent = 0;
  const end = Date.now() + 1000 * (SILENT + 12);
  while (all.some((one) => present().includes(one.client))) {
    assert.ok(Date.now() < end, `still in the list: ${Object.keys(kinds).filter((name) => present().includes(kinds[name].client))}`);
    const at = Date.now();
    const n = owner.note(`${sent++}`);
    await until('the answer', () => owner.acknowledged().some((entry) => entry.n === n));
    slowest = Math.max(slowest, Date.now() - at);
    await pause(30);
  }
  assert.ok(present().includes(owner.client));
  assert.ok(slowest < 5000, `somebody waited ${slowest} ms behind the absent`);
  await until('their descriptors', () => descriptors() <= idle);
  cable?.mend();
  kinds.stopped.child.kill('SIGCONT');
  assert.ok((await kinds.stopped.heard('closed')).closed >= 1000, 'who wakes up learns that he is out');
  for (const one of all) one.child.kill('SIGKILL');
});
