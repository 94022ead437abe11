/*
 * The same steps through the native core, the WebAssembly core and the reference model:
 * same answers, same sums after every step, same state and digests at the end.
 * PLAN_WASM and PLAN_STEPS name the module and the native driver.
 */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { loadCore, Refused } from '../../../web_static/plan/core.js';
import { Model, cbor, sha256 } from './model.mjs';
import { makeStep, randomOf } from './random.mjs';

const core = await loadCore(readFileSync(process.env.PLAN_WASM));

/** One step in the WebAssembly core, told as the native driver tells it. */
function stepWasm(plan, step) {
  let code = 'ok';
  let text = '';
  let entry = null;
  try {
    if (step.apply) entry = plan.apply(step.apply).entry ?? null;
    if (step.replay) plan.replay(step.replay);
    if (step.undo) entry = plan.undo(step.undo).entry;
    if (step.redo) entry = plan.undo(step.redo, true).entry;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    code = error.code;
    text = error.message;
  }
  const { seq, sum } = plan.digest();
  return { line: `${code} ${seq} ${sum} ${text}`, code, entry };
}

function native(id, steps) {
  const input = `${steps.map((step) => JSON.stringify(step)).join('\n')}\n`;
  const run = spawnSync(process.env.PLAN_STEPS, [id], { input, maxBuffer: 1 << 28, encoding: 'utf8' });
  assert.equal(run.status, 0, run.stderr);
  const lines = run.stdout.split('\n');
  return { lines: lines.slice(0, steps.length), digests: lines[steps.length], state: lines[steps.length + 1] };
}


function walk(seed, count) {
  const random = randomOf(seed);
  const id = `walk-${seed}`;
  const plan = core.create(id);
  const model = new Model(plan.schema(), id);
  const steps = [];
  const lines = [];
  const tally = {};
  for (let i = 0; i < count; i++) {
    const step = makeStep(random, walk.counters, model);
    const { line, code, entry } = stepWasm(plan, step);
    steps.push(step);
    lines.push(line);
    tally[code] = (tally[code] ?? 0) + 1;
    /* An undo is an entry like any other once it is known what it restores. */
    const own = step.apply ? model.apply(step.apply) : entry ? model.apply({ ...entry }) : [code];
    assert.ok(own.includes(code), `model: ${own}; step ${i}: ${line}\n${JSON.stringify(step)}`);
    if (i % 100 === 99 || i === count - 1) {
      const state = plan.state();
      assert.deepEqual(state.objects, JSON.parse(JSON.stringify(model.s.objects)), `objects after step ${i}`);
      assert.equal(state.hash, model.hash(), `hash after step ${i}`);
      assert.equal(state.head, model.s.head, `head after step ${i}`);
      assert.equal(sha256(Buffer.from(plan.bytes())), state.hash);
    }
  }
  return { id, plan, steps, lines, tally, model };
}

for (const seed of [1, 2, 3, 4]) {
  test(`two thousand random steps are the same natively, in wasm and in the model, seed ${seed}`, () => {
    walk.counters = [0, 0, 0, 0];
    const { id, plan, steps, lines, tally, model } = walk(seed, 2000);
    const other = native(id, steps);
    assert.deepEqual(other.lines, lines);
    const { hash, head } = plan.digest();
    assert.equal(other.digests, `${hash} ${head}`);
    assert.equal(other.state, plan.stateText());
    for (const code of ['ok', 'invalid', 'conflict', 'denied', 'not_found']) assert.ok(tally[code] > 5, `${code}: ${tally[code]}`);
    assert.ok(tally.ok > 700, `only ${tally.ok} accepted`);

    /* A replica that replays the log, and one that starts from the snapshot. */
    const replica = core.create(id);
    for (const entry of model.log) {
      replica.replay({ ...entry, hash: sha256(cbor(entry)) });
    }
    assert.equal(replica.stateText(), plan.stateText());
    const loaded = core.load(plan.stateText());
    assert.equal(loaded.stateText(), plan.stateText());
    for (const p of [plan, replica, loaded]) p.close();
  });
}

test('the golden steps give the golden digests in both builds', () => {
  const folder = new URL('../../golden/plan_ops/', import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  assert.ok(files.length >= 5);
  for (const name of files) {
    const golden = JSON.parse(readFileSync(new URL(name, folder)));
    const plan = core.create(golden.plan);
    const lines = golden.steps.map(({ want, ...step }) => {
      const { line, code } = stepWasm(plan, step);
      assert.equal(code, want, `${name}: ${JSON.stringify(step)}: ${line}`);
      return line;
    });
    const { seq, sum, hash, head } = plan.digest();
    assert.deepEqual({ seq, sum, hash, head }, golden.digest, name);
    const other = native(golden.plan, golden.steps.map(({ want, ...step }) => step));
    assert.deepEqual(other.lines, lines, name);
    assert.equal(other.digests, `${hash} ${head}`, name);
    plan.close();
  }
});

test('every double reads the same in both builds', () => {
  const random = randomOf(9);
  const view = new DataView(new ArrayBuffer(8));
  const steps = [{ apply: { by: { id: '1', name: 'n', role: 'surgeon' }, client: '1'.repeat(32), n: 1, at: 0,
    ops: [{ op: 'create', id: 'a', type: 'note', props: { text: 't' } }] } }];
  for (let n = 2; n < 1500; n++) {
    const anchor = [0, 1, 2].map(() => {
      view.setUint32(0, Math.floor(random() * 2 ** 32));
      view.setUint32(4, Math.floor(random() * 2 ** 32));
      const v = view.getFloat64(0);
      return Number.isFinite(v) && Math.abs(v) <= 1e4 ? v : random() * 1e4;
    });
    steps.push({ apply: { ...steps[0].apply, n, ops: [{ op: 'set', object: 'a', property: 'anchor', value: anchor }] } });
  }
  const plan = core.create('doubles');
  const lines = steps.map((step) => stepWasm(plan, step).line);
  const other = native('doubles', steps);
  assert.deepEqual(other.lines, lines);
  assert.ok(lines.every((line) => line.startsWith('ok ')));
  assert.deepEqual(plan.state().objects.a.props.anchor.value, steps.at(-1).apply.ops[0].value.map((v) => v + 0));
});
