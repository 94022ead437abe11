/*
 * Pages without a browser: sessions of web_static/plan against a real hub that speaks
 * by lines (hub_main.c). PLAN_WEB is the built web root, COLLAB_HUB the program.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { webcrypto } from 'node:crypto';
import { createInterface } from 'node:readline';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { randomOf } from '../../recon/plan/random.mjs';

globalThis.crypto ??= webcrypto; // Node 18 has it under this name only

const { createSession } = await import(pathToFileURL(`${process.env.PLAN_WEB}/plan/session.js`).href);
const wait = (ms) => new Promise((done) => { setTimeout(done, ms); });

async function until(truth, what, ms = 15000) {
  const end = Date.now() + ms;
  while (!truth()) {
    if (Date.now() > end) throw new Error(`never: ${what}`);
    await wait(10);
  }
}

class Hub {
  constructor() {
    this.sockets = new Map();
    this.next = 1;
    this.child = spawn(process.env.COLLAB_HUB, [], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.ended = new Promise((done) => { this.done = done; });
    createInterface({ input: this.child.stdout }).on('line', (line) => this.#line(line));
  }

  #line(line) {
    const [, kind, socket, text] = /^(.) (\S+) ?(.*)$/s.exec(line);
    if (kind === 'E') this.done({ seq: Number(socket), hash: text });
    else if (kind === 'S') this.sockets.get(Number(socket))?.hear(text);
    else this.sockets.get(Number(socket))?.die();
  }

  say(line) {
    this.child.stdin.write(`${line}\n`);
  }

  /** The process dies: every socket with it. */
  restart() {
    this.say('R');
    for (const socket of [...this.sockets.values()]) socket.die();
  }

  end() {
    this.child.stdin.end();
    return this.ended;
  }
}

/** What createSession() takes for a WebSocket. */
function socketOf(hub, person) {
  return class {
    constructor() {
      this.readyState = 0;
      this.number = hub.next++;
      person.socket = this;
      setImmediate(() => {
        if (person.cut) {
          this.readyState = 3;
          this.onclose?.({});
          return;
        }
        hub.sockets.set(this.number, this);
        hub.say(`J ${this.number} ${person.id} ${person.role} ${person.name}`);
        this.readyState = 1;
        this.onopen?.({});
      });
    }

    send(text) {
      if (person.swallow?.(JSON.parse(text))) return;
      if (this.readyState === 1) hub.say(`M ${this.number} ${text}`);
    }

    hear(text) {
      const take = () => { if (this.readyState === 1) this.onmessage?.({ data: text }); };
      if (person.late) setTimeout(take, person.late);
      else take();
    }

    die(leave = true) {
      if (this.readyState === 3) return;
      this.readyState = 3;
      hub.sockets.delete(this.number);
      if (leave) hub.say(`L ${this.number}`);
      setImmediate(() => this.onclose?.({}));
    }

    close() {
      this.die();
    }
  };
}

function page(hub, id, role = 'surgeon', more = {}) {
  const person = { id, role, name: `Person ${id}`, cut: false, events: [], ...more.person };
  person.session = createSession({
    caseId: 'case-7', openTicket: async () => 'ticket', url: (ticket) => `ws://here/ws?ticket=${ticket}`,
    onEvent: (event) => person.events.push(event), WebSocket: socketOf(hub, person), ...more.session,
  });
  person.now = () => person.session.snapshot();
  person.live = () => person.now().status === 'live' && person.now().waiting === 0;
  person.value = (object, property) => person.now().state?.objects?.[object]?.props[property]?.value;
  return person;
}

const CUT = { op: 'create', id: 'osteotomy', type: 'osteotomy', parent: '', order: 'V', props: { kind: 'single', point: [0, 0, 20], normal: [0, 0, -1], kerf_mm: 0.6 } };

async function two() {
  const hub = new Hub();
  const a = page(hub, '17');
  const b = page(hub, '23', 'engineer');
  await until(() => a.live() && b.live(), 'both are live');
  a.session.transact([CUT]);
  await until(() => a.live() && b.now().seq === 1, 'the cut is everywhere');
  return { hub, a, b };
}

async function agree(hub, people) {
  await until(() => people.every((p) => p.live() && p.now().seq === people[0].now().seq), 'all hold the same entry');
  const hashes = people.map((p) => p.now().hash);
  for (const person of people) person.session.close();
  const end = await hub.end();
  for (const hash of hashes) assert.equal(hash, end.hash);
  return end;
}

test('two pages end with the hash of the log', async () => {
  const { hub, a, b } = await two();
  a.session.set('osteotomy', 'kerf_mm', 0.9);
  b.session.set('osteotomy', 'point', [0, 0, 21]);
  await until(() => a.now().seq === 3 && b.now().seq === 3, 'both edits');
  assert.deepEqual(a.value('osteotomy', 'point'), [0, 0, 21]);
  assert.equal(b.value('osteotomy', 'kerf_mm'), 0.9);
  assert.deepEqual(a.now().people.map((p) => p.id).sort(), ['17', '23']);
  await agree(hub, [a, b]);
});

test('an edit shows at once, and the next builds on it before any answer', async () => {
  const { hub, a, b } = await two();
  for (let z = 21; z <= 30; z++) {
    a.session.set('osteotomy', 'point', [0, 0, z]);
    assert.deepEqual(a.value('osteotomy', 'point'), [0, 0, z]);
  }
  assert.equal(a.now().waiting, 10);
  await until(a.live, 'ten edits are kept');
  assert.equal(a.now().conflicts.length, 0);
  assert.deepEqual(b.value('osteotomy', 'point'), [0, 0, 30]);
  assert.equal((await agree(hub, [a, b])).seq, 11);
});

test('half of a run of edits comes back while the other half still waits', async () => {
  const { hub, a, b } = await two();
  const { socket } = a;
  const held = [];
  const { hear } = socket;
  socket.hear = (text) => held.push(text);
  for (let z = 21; z <= 24; z++) a.session.set('osteotomy', 'point', [0, 0, z]);
  await until(() => held.filter((text) => text.includes('"t":"ops"')).length === 4, 'all answers are on their way');
  for (const text of held) {
    hear.call(socket, text);
    assert.deepEqual(a.value('osteotomy', 'point'), [0, 0, 24], 'never shown backwards');
  }
  socket.hear = hear;
  await until(a.live, 'all are kept');
  assert.equal(a.now().conflicts.length, 0);
  await agree(hub, [a, b]);
});

test('who lost a race is told and both agree', async () => {
  const { hub, a, b } = await two();
  a.session.set('osteotomy', 'point', [0, 0, 21]);
  b.session.set('osteotomy', 'point', [0, 0, 22]);
  b.session.set('osteotomy', 'point', [0, 0, 23]);
  await until(() => a.live() && b.live(), 'answers');
  const lost = a.now().conflicts.length > 0 ? a : b;
  assert.ok(lost.now().conflicts.every((one) => one.code === 'conflict'));
  assert.ok(lost.events.some((event) => event.type === 'refused'));
  await agree(hub, [a, b]);
});

test('what was done without a connection is kept when it returns', async () => {
  const { hub, a, b } = await two();
  b.cut = true;
  b.socket.die();
  await until(() => b.now().status === 'offline', 'it is noticed');
  b.session.set('osteotomy', 'kerf_mm', 1.1);
  b.session.set('osteotomy', 'normal', [0, 0.6, -0.8]);
  b.session.set('osteotomy', 'normal', [0, 0.8, -0.6]);
  a.session.set('osteotomy', 'point', [1, 2, 3]);
  await until(() => a.now().seq === 2, 'the other goes on');
  assert.equal(b.now().waiting, 3);
  b.cut = false;
  await until(b.live, 'it returns');
  assert.deepEqual(b.now().conflicts, []);
  assert.deepEqual(a.value('osteotomy', 'normal'), [0, 0.8, -0.6]);
  assert.equal((await agree(hub, [a, b])).seq, 5);
});

test('an answer lost with its server does not make an edit happen twice', async () => {
  const { hub, a, b } = await two();
  hub.say('F 2');
  a.session.set('osteotomy', 'kerf_mm', 1.2);
  await wait(100);
  hub.say('F 0');
  await until(() => a.live() && b.live() && b.now().seq === 2, 'it is told');
  hub.restart();
  a.session.set('osteotomy', 'kerf_mm', 1.3);
  await until(() => a.live() && b.live() && b.now().seq === 3, 'the new process goes on');
  assert.deepEqual(a.now().conflicts, []);
  assert.equal((await agree(hub, [a, b])).seq, 3);
});

test('undo is each user\'s own, and an approval binds to what is there', async () => {
  const { hub, a, b } = await two();
  a.session.set('osteotomy', 'kerf_mm', 1.2);
  await until(() => b.now().seq === 2, 'told');
  b.session.set('osteotomy', 'kind', 'opening');
  await until(() => a.now().seq === 3 && a.now().canUndo && b.now().canUndo, 'both could undo');
  a.session.undo();
  await until(() => b.now().seq === 4, 'undone');
  assert.equal(b.value('osteotomy', 'kerf_mm'), 0.6);
  assert.equal(b.value('osteotomy', 'kind'), 'opening');
  await until(() => a.now().canRedo, 'redo is offered');
  a.session.redo();
  await until(() => b.value('osteotomy', 'kerf_mm') === 1.2, 'redone');
  a.session.tag('p1', 'proposed', 'as we said');
  await until(() => b.now().review === 'proposed', 'proposed');
  assert.equal(b.now().state.tags.at(-1).said, 'as we said');
  a.session.tag('v1', 'approved');
  await until(() => b.now().approved !== null, 'approved');
  assert.equal(b.now().approved.hash, b.now().hash);
  b.session.set('osteotomy', 'kerf_mm', 0.8);
  await until(() => b.now().conflicts.length === 1, 'what is approved stays as it is');
  b.session.settleConflicts(false);
  b.session.tag('d2', 'draft');
  await until(() => b.now().review === 'draft', 'a branch');
  b.session.set('osteotomy', 'kerf_mm', 0.9);
  await until(() => a.now().outdated, 'an edit outdates it');
  await agree(hub, [a, b]);
});

test('a step behind an edit that is not taken is withdrawn and said so, one behind an undo is not', async () => {
  const { hub, a, b } = await two();
  b.cut = true;
  b.socket.die();
  await until(() => b.now().status === 'offline', 'it is noticed');
  a.session.set('osteotomy', 'point', [0, 0, 21]);
  await until(a.live, 'the other was faster');
  b.session.set('osteotomy', 'point', [0, 0, 22]);
  b.session.tag('v1', 'version');
  assert.equal(b.now().waiting, 2);
  b.cut = false;
  await until(() => b.now().conflicts.length === 2, 'both are told of');
  assert.deepEqual(b.now().conflicts.map(({ ops }) => ops[0].op), ['set', 'tag']);
  assert.equal(b.now().waiting, 0);
  assert.deepEqual(b.now().state.tags, []);
  b.session.settleConflicts(false);
  b.session.undo(); // the engineer has nothing to take back: refused, and nothing is missing
  b.session.tag('v2', 'version');
  await until(() => a.now().state.tags.length === 1, 'the version is there');
  assert.equal(a.now().state.tags[0].name, 'v2');
  assert.equal(a.now().state.tags[0].hash, b.now().hash);
  await agree(hub, [a, b]);
});

test('drags pass by and end with the edit', async () => {
  const { hub, a, b } = await two();
  a.session.drag('osteotomy', 'point', [0, 0, 25]);
  await until(() => b.now().drags['osteotomy.point'] !== undefined, 'the ghost is seen');
  assert.equal(a.now().seq, 1);
  a.session.set('osteotomy', 'point', [0, 0, 26]);
  await until(() => b.now().seq === 2, 'kept');
  assert.equal(b.now().drags['osteotomy.point'], undefined);
  await agree(hub, [a, b]);
});

for (const seed of [1, 2]) {
  test(`three pages, cuts, lost answers and dying servers: all agree with the log, seed ${seed}`, async () => {
    const random = randomOf(seed);
    const hub = new Hub();
    const people = [page(hub, '17'), page(hub, '23', 'engineer'), page(hub, '40')];
    await until(() => people.every((p) => p.live()), 'all live');
    people[0].session.transact([CUT]);
    await until(() => people.every((p) => p.now().seq === 1), 'begun');
    let sent = 1;
    for (let i = 0; i < 150; i++) {
      const p = people[Math.floor(random() * 3)];
      const roll = random();
      sent++;
      if (roll < 0.35) p.session.set('osteotomy', 'kerf_mm', random());
      else if (roll < 0.6) p.session.set('osteotomy', 'point', [random(), random(), 20]);
      else if (roll < 0.7) p.session.transact([{ op: 'create', id: `note-${i}`, type: 'note', parent: '', order: 'V', props: { text: `${i}` } }]);
      else if (roll < 0.78) p.session.undo();
      else sent--;
      if (roll > 0.9 && roll < 0.94) p.socket.die(random() < 0.5);
      if (roll > 0.94 && roll < 0.96) hub.restart();
      if (roll > 0.96) {
        hub.say(`F ${1 + Math.floor(random() * 2)}`);
        setTimeout(() => hub.say('F 0'), 60);
      }
      await wait(random() * 25);
    }
    hub.say('F 0');
    await until(() => people.every((p) => p.live()), 'all are live again', 40000);
    const lost = people.reduce((sum, p) => sum + p.now().conflicts.length, 0);
    const end = await agree(hub, people);
    assert.equal(end.seq + lost, sent, 'every edit is in the log once or was told to be refused');
  });
}

test('a line on which answers take longer than silence is waited for', async () => {
  const { hub, a, b } = await two();
  const slow = page(hub, '29', 'surgeon', { person: { late: 500 }, session: { silenceMs: 200 } });
  await until(() => slow.live() && slow.now().seq === a.now().seq, 'the plan came');
  slow.session.set('osteotomy', 'kerf_mm', 0.9);
  await until(() => b.value('osteotomy', 'kerf_mm') === 0.9 && slow.live(), 'and his edit went');
  for (const one of [a, b, slow]) one.session.close();
  await hub.end();
});

test('a ticket that never comes is asked for again', async () => {
  const hub = new Hub();
  let asked = 0;
  const openTicket = () => (asked++ === 0 ? new Promise(() => {}) : Promise.resolve('ticket'));
  const a = page(hub, '17', 'surgeon', { session: { silenceMs: 200, openTicket } });
  await until(() => a.now().status === 'live', 'he is in');
  assert.equal(asked, 2);
  a.session.close();
  await hub.end();
});

test('an edit that was lost on the way is asked about, while others go on', async () => {
  const { hub, a, b } = await two();
  let lost = 0;
  const swallow = (message) => message.t === 'op' && lost++ === 0;
  const c = page(hub, '29', 'surgeon', { person: { swallow }, session: { silenceMs: 300 } });
  await until(() => c.live() && c.now().seq === a.now().seq, 'he is in');
  const busy = setInterval(() => b.session.presence({ camera: [Math.random()] }), 20);
  c.session.set('osteotomy', 'kerf_mm', 0.9);
  await until(() => a.value('osteotomy', 'kerf_mm') === 0.9 && c.live(), 'it came after all');
  assert.equal(lost, 2, 'sent again once');
  assert.ok(!c.events.some((event) => event.type === 'refused') && c.now().conflicts.length === 0);
  clearInterval(busy);
  for (const one of [a, b, c]) one.session.close();
  await hub.end();
});
