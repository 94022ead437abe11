// The real processes killed at random (SIGKILL: api, worker, PostgreSQL) while people edit;
// afterwards what every client was told is held against the log.
//   node kills_test.mjs [--kills N] [--seconds S] [--seed N]
// Ends after N kills or S seconds, whichever is first, and prints one line of JSON.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { socketClass } from '../../infra/sample/socket.mjs';
import { randomOf } from '../recon/plan/random.mjs';
import { files } from './film.mjs';
import { pause, Person, Place, watchStandstill } from './place.mjs';
import { addFilm, api, makePlan, sql } from './seat.mjs';

const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : Number(process.argv[at + 1]);
};
const most = { kills: option('kills', 12), seconds: option('seconds', 240) };
const random = randomOf(option('seed', 1));
const HANDS = 6;
const EVERY = 40; // ms between two edits of one hand: 150 edits/s in all
const BETWEEN = 20; // acknowledged edits between two kills: they come under load

// A client as services/collab/README.md describes one, that keeps account of what it is told.
class Hand {
  constructor(person, caseId) {
    Object.assign(this, { person, caseId, client: randomBytes(16).toString('hex'), n: 0, seq: 0, sum: null, live: false, over: false });
    this.pending = new Map(); // n -> message
    this.acknowledged = new Map(); // n -> seq
    this.refused = new Map(); // n -> code
    this.running = this.#run();
    this.timer = setInterval(() => this.#edit(), EVERY);
  }

  async #run() {
    while (!this.over) {
      await this.#connected().catch(() => null);
      this.live = false;
      await pause(200);
    }
  }

  async #connected() {
    const { place } = this.person;
    const answer = await this.person.send('POST', `${api}/cases/${this.caseId}/ticket`, { json: {} });
    if (this.over || (answer.status !== 201 && answer.status !== 200)) return;
    const Socket = socketClass({ origin: place.origin, ca: readFileSync(join(place.folder, 'cert.pem')) });
    this.socket = new Socket(`wss://127.0.0.1:${place.port}/ws?ticket=${answer.json.ticket}`, ['osteon.1']);
    this.socket.onopen = () => this.#hello();
    this.socket.onmessage = ({ data }) => [JSON.parse(data)].flat().forEach((one) => this.#hear(one));
    const { socket } = this;
    const late = setTimeout(() => { if (socket.readyState === 0) socket.close(); }, 10000); // its api may be killed in the handshake
    await new Promise((done) => { socket.onclose = done; });
    clearTimeout(late);
  }

  #say(message) {
    if (this.socket?.readyState === 1) this.socket.send(JSON.stringify(message));
  }

  #hello() {
    this.live = false;
    this.#say({ t: 'hello', client: this.client, seq: this.seq, sum: this.sum });
  }

  #edit() {
    if (this.over || this.pending.size > 40) return;
    const n = ++this.n;
    const id = `note-${this.client.slice(0, 8)}`;
    const op = n === 1 ? { op: 'create', id, type: 'note', parent: '', order: 'V', props: { text: '0' } }
      : { op: 'set', object: id, property: 'text', value: `${n}` };
    const message = n % 17 === 0 ? { t: 'undo', n } : { t: 'op', n, ops: [op] };
    this.pending.set(n, message);
    if (this.live) this.#say(message);
  }

  #kept(n, seq) {
    assert.ok(!this.refused.has(n), `n=${n} was refused and is entry ${seq}`);
    this.pending.delete(n);
    this.acknowledged.set(n, seq);
  }

  #lost(n, code) {
    if (!this.pending.delete(n)) return;
    this.refused.set(n, code);
  }

  #entries(message) {
    for (const entry of message.ops) if (entry.client === this.client) this.#kept(entry.n, entry.seq);
    this.seq = message.seq;
    this.sum = message.sum;
  }

  #hear(message) {
    if (message.t === 'ops' && this.live) this.#entries(message);
    else if (message.t === 'ack') this.#kept(message.n, message.seq);
    else if (message.t === 'refused' && message.retry_ms) setTimeout(() => { if (this.live && this.pending.has(message.n)) this.#say(this.pending.get(message.n)); }, message.retry_ms);
    else if (message.t === 'refused' && message.n > 0) this.#lost(message.n, message.code);
    else if (message.t === 'resync') {
      this.live = false;
      setTimeout(() => this.#hello(), message.retry_ms);
    } else if (message.t === 'welcome' && message.plan !== null) {
      this.#entries(message);
      for (const [n, seq] of message.mine) this.#kept(n, seq);
      for (const n of [...this.pending.keys()]) if (n <= message.last_n) this.#lost(n, 'welcome');
      this.live = true;
      for (const waiting of this.pending.values()) this.#say(waiting);
    }
  }

  async end() {
    this.over = true;
    clearInterval(this.timer);
    this.socket?.close();
    await this.running;
  }

  tell() {
    return `live ${this.live}, socket ${this.socket?.readyState}, pending ${this.pending.size}, acknowledged ${this.acknowledged.size}`;
  }
}

async function until(what, test, seconds) {
  const end = Date.now() + 1000 * seconds;
  while (!test()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await pause(10);
  }
}

const victims = {
  async api(place) {
    await place.stop('SIGKILL');
    await place.start();
  },
  async worker(place) {
    const { worker, ended } = place.workers.at(-1);
    worker.kill('SIGKILL');
    await ended;
    place.workers.pop();
    place.startWorker();
  },
  async postgres(place) {
    process.kill(Number(readFileSync(join(place.folder, 'db/data/postmaster.pid'), 'utf8').split('\n')[0]), 'SIGKILL');
    for (let tries = 0; ; tries++) { // its children must notice first
      try {
        place.database('start');
        return;
      } catch (error) {
        if (tries > 60) throw error;
        await pause(200);
      }
    }
  },
};

const logOf = (place, plan) => sql(place, `set osteon.institution = '1';
  select client, n, seq from plan_op where plan_id = ${plan} order by seq`).split('\n').filter((line) => line !== '').map((line) => line.split('|'));

// Every account of every hand against the log.
function check(hands, log) {
  const result = { acknowledged: 0, refused: 0, lost: 0, twice: 0, refused_kept: 0, elsewhere: 0 };
  const kept = new Map();
  log.forEach(([client, n, seq], i) => {
    assert.equal(Number(seq), i + 1, 'the log has a gap');
    const key = `${client} ${n}`;
    if (kept.has(key)) result.twice++;
    kept.set(key, Number(seq));
  });
  for (const hand of hands) {
    result.acknowledged += hand.acknowledged.size;
    result.refused += hand.refused.size;
    for (const [n, seq] of hand.acknowledged) {
      const at = kept.get(`${hand.client} ${n}`);
      if (at === undefined) result.lost++;
      else if (at !== seq) result.elsewhere++;
    }
    for (const n of hand.refused.keys()) if (kept.has(`${hand.client} ${n}`)) result.refused_kept++;
  }
  return result;
}

async function kill(place, hands) {
  const count = { count: 0, api: 0, worker: 0, postgres: 0 };
  const done = () => hands.reduce((sum, hand) => sum + hand.acknowledged.size, 0);
  const end = Date.now() + 1000 * most.seconds;
  while (count.count < most.kills && Date.now() < end) {
    const before = done();
    await until('edits under way', () => done() >= before + BETWEEN, 60);
    await pause(random() * 300);
    const name = ['api', 'worker', 'postgres', 'worker'][Math.floor(random() * 4)];
    await victims[name](place);
    count[name]++;
    count.count++;
  }
  return count;
}

const place = new Place();
const begin = Date.now();
let hands = [];

watchStandstill(place, most.seconds + 240, () => hands.map((hand) => hand.tell()).join('\n'));
try {
  await place.open();
  const people = [await new Person(place, 'surgeon').login(), await new Person(place, 'engineer').login()];
  const caseId = (await people[0].send('POST', `${api}/cases`, { json: { side: 'left' } })).json.id;
  await addFilm(people[0], caseId, files.film);
  const plan = makePlan(place, caseId);
  place.startWorker();
  await people[0].send('POST', `${api}/cases/${caseId}/jobs`, { json: { kind: 'recon' } });
  hands = Array.from({ length: HANDS }, (_, i) => new Hand(people[i % 2], caseId));
  const count = await kill(place, hands);
  for (const hand of hands) clearInterval(hand.timer);
  await until('the last answers', () => hands.every((hand) => hand.live && hand.pending.size === 0), 90);
  for (const hand of hands) await hand.end();
  const result = check(hands, logOf(place, plan));
  assert.match(place.osteon('audit', 'verify', '--json'), /"ok":true/);
  console.log(JSON.stringify({ kills: { ...count, ...result, seconds: Math.round((Date.now() - begin) / 1000) } }));
  assert.ok(result.acknowledged > BETWEEN * count.count);
  for (const name of ['lost', 'twice', 'refused_kept', 'elsewhere']) assert.equal(result[name], 0, name);
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
}
process.exit();
