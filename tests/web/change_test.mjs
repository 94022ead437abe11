// What an operation does, in facts: closed forms in arms of either side; the replay of a log
// and the threads of comments by the plan's own core. No browser.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import test from 'node:test';
import { loadCore } from '../../web_static/plan/core.js';
import { STILL, then, shift, turnAbout } from '../../web_static/plan/camera.js';
import { factOf, handOf, motionChange } from '../../web_static/plan/change.js';
import { createReplay } from '../../web_static/plan/replay.js';
import { noteOp, threadsOf } from '../../web_static/plan/threads.js';
import { differences, versionsOf } from '../../web_static/plan/versions.js';

const core = await loadCore(readFileSync(process.env.PLAN_WASM));
const golden = (name) => JSON.parse(readFileSync(new URL(`../golden/plan_ops/${name}.json`, import.meta.url)));
const near = (a, b, what) => assert.ok(Math.abs(a - b) < 1e-6, `${what}: ${a}, not ${b}`);

const arms = [
  { axis: [0, 0, -1], radial: [1, 0, 0], volar: [0, -1, 0], origin: [0, 0, 0] },
  { axis: [0, 0, -1], radial: [-1, 0, 0], volar: [0, -1, 0], origin: [0, 0, 0] },
];

test('the two arms have frames of different hands', () => {
  assert.equal(handOf(arms[0]), -handOf(arms[1]));
});

// A turn is named by where it carries the hand, which lies along the axis.
test('a turn that brings the hand to the palm is volar in both arms, and so on', () => {
  for (const frame of arms) {
    const centre = [3, 4, 5];
    const tip = centre.map((x, k) => x + frame.axis[k]);
    for (const about of ['radial', 'volar', 'axis']) {
      const turn = turnAbout(centre, frame[about], (7 * Math.PI) / 180);
      const parts = motionChange(frame, STILL, turn, centre);
      const carried = (point, way) => [0, 1, 2].reduce((sum, k) => sum + (turn.r[k] * (point[0] - centre[0]) + turn.r[3 + k] * (point[1] - centre[1]) + turn.r[6 + k] * (point[2] - centre[2])) * frame[way][k], 0);
      const radial = centre.map((x, k) => x + frame.radial[k]);
      near(parts.flexion, about === 'radial' ? 7 * Math.sign(carried(tip, 'volar')) : 0, 'flexion');
      near(parts.deviation, about === 'volar' ? 7 * Math.sign(carried(tip, 'radial')) : 0, 'deviation');
      near(parts.pronation, about === 'axis' ? 7 * Math.sign(carried(radial, 'volar')) : 0, 'pronation');
      for (const way of ['distal', 'radial', 'volar']) near(parts[way], 0, way);
    }
  }
});

test('a shift is named by its ways, and what lies between two motions is what one adds', () => {
  const [frame] = arms;
  const at = [5, 0, 25];
  const first = then(turnAbout(at, frame.radial, 0.2), shift([1, 2, 3]));
  const parts = motionChange(frame, first, then(first, shift([0, -1, -2])), at);
  near(parts.distal, 2, 'distal');
  near(parts.volar, 1, 'volar');
  near(parts.flexion, 0, 'flexion');
});

test('a log replays to every state on its way, forwards and back', () => {
  const { plan: id, steps } = golden('approval');
  const plan = core.create(id);
  const entries = [];
  const hashes = [];
  for (const step of steps.filter((one) => one.want === 'ok')) {
    entries.push(plan.apply(step.apply).entry);
    hashes.push(plan.digest().hash);
  }
  const replay = createReplay(core, id, entries);
  for (const seq of [hashes.length, 1, 3, 2, hashes.length, 4]) assert.equal(replay.at(seq).digest.hash, hashes[seq - 1]);
  const { before } = replay.at(2);
  const fact = factOf(entries[1].ops[0], before);
  assert.equal(fact.what, 'set');
  assert.equal(fact.type, 'fragment');
  near(Math.hypot(fact.parts.flexion, fact.parts.deviation, fact.parts.pronation), 30, 'the turn of the golden target');
  const versions = versionsOf(plan.state());
  assert.deepEqual(versions.map((one) => one.kind), ['first', 'version', 'proposed', 'approved', 'draft', 'proposed', 'approved', 'now']);
  const found = differences(replay.at(1), replay.at(hashes.length));
  assert.ok(found.numbers.some((one) => one.key === 'numbers.volar_tilt' && one.unit === 'deg' && one.a !== one.b));
  assert.ok(found.objects.some((one) => one.property === 'kerf_mm' && one.from === 0.6 && one.to === 0.9));
  assert.deepEqual(differences(replay.at(4), replay.at(5)), { numbers: [], objects: [] }, 'a tag changes nothing');
  replay.close();
});

test('a log with one letter changed is not replayed', () => {
  const { plan: id, steps } = golden('old_approval');
  const entries = steps.map((step) => step.replay);
  const whole = createReplay(core, id, entries);
  assert.equal(whole.at(entries.length).digest.review, 'draft', 'approvals of before the rule close nothing');
  whole.close();
  const forged = entries.map((entry, i) => (i === 2 ? { ...entry, by: { ...entry.by, name: 'Somebody else' } } : entry));
  const replay = createReplay(core, id, forged);
  assert.throws(() => replay.at(3), { code: 'corrupt' });
});

test('answers stand under their comment, what is put away is known', () => {
  const { plan: id, steps } = golden('seed');
  const plan = core.create(id);
  plan.apply(steps[0].apply);
  const by = { id: '17', name: 'S', role: 'surgeon' };
  let n = 0;
  const say = (op) => { plan.apply({ by, client: '1'.repeat(32), n: (n += 1), at: 5, ops: [op] }); return op; };
  const first = say(noteOp('first', { point: { bone: 'radius', anchor: [1, 2, 3] } }));
  say(noteOp('second'));
  const answer = say(noteOp('answer', { parent: first.id }));
  say(noteOp('answer to the answer', { parent: answer.id }));
  say({ op: 'set', object: first.id, property: 'resolved', value: true });
  const threads = threadsOf(plan.state());
  assert.deepEqual(threads.map((one) => [one.label, one.text, one.on, one.resolved]), [['1', 'first', 'radius', true], ['2', 'second', null, false]]);
  assert.deepEqual(threads[0].replies.map((one) => one.text), ['answer', 'answer to the answer']);
  assert.equal(threads[0].name, 'S');
});
