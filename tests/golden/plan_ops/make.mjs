/*
 * Writes the golden files beside it: PLAN_WASM=build/web/core/plan.wasm node make.mjs
 * Run only when the format of a plan is meant to change; then say so in the commit.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { loadCore } from '../../../web_static/plan/core.js';

const core = await loadCore(readFileSync(process.env.PLAN_WASM));
const AT = 1767225600000;
const system = { id: 'system', name: 'Osteon', role: 'system' };
const surgeon = { id: '17', name: '佐藤 花子', role: 'surgeon' };
const engineer = { id: '23', name: 'E. Engineer', role: 'engineer' };
const guest = { id: '51', name: 'A guest', role: 'guest' };
const CLIENT = { system: '0', 17: '1', 23: '2', 51: '5' };
const IDENTITY = { r: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [0, 0, 0] };
const DIGEST = '0123456789abcdef'.repeat(4);
const c30 = 0.8660254037844387;
const TARGET = { r: [1, 0, 0, 0, c30, -0.5, 0, 0.5, c30], t: [1.25, -0.5, -5] };

const set = (object, property, value, base) => ({ op: 'set', object, property, value, ...(base === undefined ? {} : { base }) });
const note = (id, text, rest = {}) => ({ op: 'create', id, type: 'note', parent: '', order: 'V', props: { text }, ...rest });

const SEED = [
  ...['radius', 'ulna'].map((kind) => ({ op: 'create', id: kind, type: 'bone', props: { kind, side: 'left', surface: DIGEST, correction: IDENTITY } })),
  { op: 'create', id: 'frame', type: 'frame', props: { origin: [0, 0, 0], axis: [0, 0, -1], radial: [1, 0, 0], volar: [0, -1, 0] } },
  ...Object.entries({
    radial_styloid: [23.5, 0, -10], ulnar_corner_volar: [0, -5, 1], ulnar_corner_dorsal: [0, 5, -1],
    lip_volar: [6, -9, 1.75], lip_dorsal: [6, 9, -1.75], ulnar_head: [-14, 0, -0.7],
  }).map(([name, position]) => {
    const bone = name === 'ulnar_head' ? 'ulna' : 'radius';
    return { op: 'create', id: name, type: 'landmark', parent: bone, props: { name, bone, position, sd_mm: 0.8, how: 'automatic' } };
  }),
  { op: 'create', id: 'numbers', type: 'uncertainty', props: { volar_tilt_sd: 1.9, ulnar_variance_sd: 0.45 } },
  { op: 'create', id: 'target', type: 'target', props: { source: 'completion', motion: TARGET, rotation_sd_deg: [2, 1.5, 3], translation_sd_mm: [0.5, 0.5, 0.9] } },
  { op: 'create', id: 'osteotomy', type: 'osteotomy', parent: 'radius', props: { kind: 'single', point: [5, 0, 25], normal: [0, 0, -1], kerf_mm: 0.6 } },
  { op: 'create', id: 'fragment', type: 'fragment', parent: 'osteotomy', props: { motion: IDENTITY, osteotomy: 'osteotomy' } },
];

class Story {
  constructor(about, plan) {
    Object.assign(this, { about, plan, steps: [], n: {} });
    this.core = core.create(plan);
  }

  step(word, by, ops, want = 'ok', rest = {}) {
    const n = (this.n[by.id] = rest.n ?? (this.n[by.id] ?? 0) + 1);
    const entry = { by, client: CLIENT[by.id].repeat(32), n, at: AT + this.steps.length * 1000, ops, ...rest };
    let got = 'ok';
    try {
      if (word === 'apply') this.core.apply(entry);
      else this.core.undo(entry, word === 'redo');
    } catch (error) {
      got = error.code;
    }
    if (got !== want) throw new Error(`${this.about}, step ${this.steps.length}: ${got}, not ${want}`);
    this.steps.push({ want, [word]: entry });
    return this;
  }

  do(by, ops, want, rest) {
    return this.step('apply', by, [ops].flat(), want, rest);
  }

  write(name) {
    const { seq, sum, hash, head } = this.core.digest();
    const { about, plan, steps } = this;
    const lines = steps.map((step) => `  ${JSON.stringify(step)}`).join(',\n');
    writeFileSync(new URL(`${name}.json`, import.meta.url),
      `{"about": ${JSON.stringify(about)},\n "plan": ${JSON.stringify(plan)},\n "steps": [\n${lines}\n ],\n "digest": ${JSON.stringify({ seq, sum, hash, head })}}\n`);
  }
}

new Story('what a reconstruction starts a plan with', 'seed').do(system, SEED).write('seed');

new Story('two people move different things, and one thing in turn', 'two').do(system, SEED)
  .do(surgeon, set('fragment', 'motion', TARGET, 1))
  .do(engineer, [set('osteotomy', 'kerf_mm', 0.9), set('osteotomy', 'point', [5, 0, 24.5], 1)])
  .do(surgeon, set('osteotomy', 'normal', [0, 0.6, -0.8], 1))
  .do(engineer, set('osteotomy', 'normal', [0, 0, -1], 4))
  .do(surgeon, note('n1', 'more distal?', { props: { text: 'more distal?', on: 'osteotomy', anchor: [5, -8, 24.5] } }))
  .do(engineer, note('n2', 'yes', { parent: 'n1' }))
  .do(surgeon, { op: 'move', object: 'n2', parent: '', order: 'k' })
  .do(surgeon, { op: 'remove', object: 'n2' }).write('two_people');

new Story('what is refused and leaves no trace', 'refused').do(system, SEED)
  .do(surgeon, set('fragment', 'motion', TARGET, 1))
  .do(engineer, set('fragment', 'motion', IDENTITY, 1), 'conflict')
  .do(engineer, set('fragment', 'motion', IDENTITY), 'invalid')
  .do(engineer, set('fragment', 'motion', { ...IDENTITY, r: [-1, 0, 0, 0, 1, 0, 0, 0, 1] }, 2), 'invalid')
  .do(engineer, set('fragment', 'motion', { ...IDENTITY, t: [0, 0, 151] }, 2), 'invalid')
  .do(guest, set('target', 'rotation_sd_deg', [0, 0, 0]), 'denied')
  .do(surgeon, set('target', 'rotation_sd_deg', [0, 0, 0]), 'denied')
  .do(surgeon, set('frame', 'axis', [0, 1, 0], 1), 'invalid')
  .do(surgeon, [set('osteotomy', 'kerf_mm', 1), set('osteotomy', 'kerf_mm', 4)], 'invalid')
  .do(surgeon, { op: 'remove', object: 'osteotomy' }, 'conflict')
  .do(surgeon, set('nothing', 'kerf_mm', 1), 'not_found')
  .do(engineer, set('osteotomy', 'kerf_mm', 1), 'conflict', { pre: [{ object: 'fragment', property: 'motion', rev: 1 }] })
  .do(engineer, set('osteotomy', 'kerf_mm', 1), 'ok', { pre: [{ object: 'fragment', property: 'motion', rev: 2 }] })
  .do(engineer, set('osteotomy', 'kerf_mm', 1.1), 'ok', { n: 8 })
  .do(engineer, set('osteotomy', 'kerf_mm', 1.2), 'ok', { n: 8 })
  .write('refused');

new Story('undo and redo of one, with the other editing in between', 'undo').do(system, SEED)
  .do(surgeon, set('lip_volar', 'position', [6, -9, 2.5], 1))
  .do(surgeon, [set('osteotomy', 'kerf_mm', 1), note('n1', 'wider')])
  .do(engineer, set('osteotomy', 'kerf_mm', 1.4))
  .step('undo', surgeon, [])
  .step('undo', surgeon, [])
  .step('redo', surgeon, [])
  .step('undo', engineer, [])
  .step('undo', engineer, [], 'not_found')
  .step('redo', engineer, [])
  .do(surgeon, set('fragment', 'motion', TARGET, 1))
  .step('redo', surgeon, [], 'not_found').write('undo');

const approval = new Story('an approval binds to the state and outlives an edit only as outdated', 'approval').do(system, SEED);
const tag = (name, kind, hash, said) => ({ op: 'tag', name, kind, hash, ...(said === undefined ? {} : { said }) });
approval.do(surgeon, set('fragment', 'motion', TARGET, 1));
const first = approval.core.digest().hash;
approval.do(engineer, tag('v1', 'approved', first), 'denied')
  .do(surgeon, tag('v1', 'approved', first), 'conflict')
  .do(engineer, tag('draft 1', 'version', first))
  .do(engineer, tag('p1', 'proposed', first, '橈骨を 3.5 mm 延長'))
  .do(engineer, set('osteotomy', 'kerf_mm', 0.9), 'conflict')
  .do(surgeon, tag('v1', 'approved', first, ''))
  .do(surgeon, tag('v1', 'approved', first), 'conflict')
  .do(engineer, tag('b1', 'draft', first, 'another blade'))
  .do(engineer, set('osteotomy', 'kerf_mm', 0.9))
  .do(engineer, tag('p2', 'proposed', first), 'conflict')
  .do(surgeon, [tag('p2', 'proposed', approval.core.digest().hash), set('osteotomy', 'kerf_mm', 1)], 'invalid')
  .do(surgeon, tag('p2', 'proposed', approval.core.digest().hash, 'x'.repeat(400)));
approval.do(surgeon, tag('v2', 'approved', approval.core.digest().hash)).write('approval');

new Story('numbers at their edges and texts of many scripts', 'values')
  .do(surgeon, note('a', '骨切り\t「🦴」 "quoted" \\ é', { props: { text: '骨切り\t「🦴」 "quoted" \\ é', anchor: [5e-324, -2.2250738585072014e-308, 9999.999999999998] } }))
  .do(surgeon, set('a', 'anchor', [0.1, 0.30000000000000004, -1e-7]))
  .do(surgeon, set('a', 'anchor', [1e4, -1e4, 123456.789 / 1000]))
  .do(surgeon, set('a', 'anchor', [10000.000000000002, 0, 0]), 'invalid')
  .do(surgeon, set('a', 'anchor', null))
  .do(surgeon, set('a', 'text', ''))
  .do(surgeon, set('a', 'text', 'x'.repeat(2001)), 'invalid')
  .do(surgeon, set('a', 'text', 'one\u0007two'), 'invalid').write('values');
