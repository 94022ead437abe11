// The versions of a plan, and what is different between two of them.
import { valueChange } from './change.js';

// The first state, every tag, and the state now: {key, seq, kind, name, at, by, said}.
export function versionsOf(state) {
  const tags = (state?.tags ?? []).map((tag) => ({ ...tag, key: `t${tag.seq}` }));
  return [{ key: 'first', seq: 1, kind: 'first', name: '' }, ...tags, { key: 'now', seq: state?.seq ?? 0, kind: 'now', name: '' }];
}

const MEASURES = ['volar_tilt', 'radial_inclination', 'radial_height', 'ulnar_variance'];
const differs = (a, b, digits) => (a === null) !== (b === null) || (a !== null && a.toFixed(digits) !== b.toFixed(digits));
const number = (value) => (Number.isFinite(value) ? value : null);

function numbers(a, b) {
  const row = (key, unit, from, to, digits = 1) => ({ key, unit, a: number(from), b: number(to), digits });
  return [
    ...MEASURES.map((name) => row(`numbers.${name}`, a?.[name]?.unit ?? b?.[name]?.unit, a?.[name]?.planned?.value, b?.[name]?.planned?.value)),
    row('compare.gap_min', 'mm', a?.gap?.min_mm, b?.gap?.min_mm),
    row('compare.gap_max', 'mm', a?.gap?.max_mm, b?.gap?.max_mm),
    row('compare.wedge', 'cm3', a?.gap?.wedge_cm3, b?.gap?.wedge_cm3, 2),
    row('compare.overlap', 'cm3', a?.gap?.overlap_cm3, b?.gap?.overlap_cm3, 2),
    row('compare.residual_turn', 'deg', a?.residual?.rotation_deg, b?.residual?.rotation_deg),
    row('compare.residual_shift', 'mm', a?.residual?.translation_mm, b?.residual?.translation_mm),
  ].filter((one) => differs(one.a, one.b, one.digits));
}

const alive = (state, id) => state.objects[id]?.life.alive === true;

// What of the plan itself is another: values that stand in both, and objects in one only.
function objects(a, b) {
  const found = [];
  for (const id of new Set([...Object.keys(a.objects), ...Object.keys(b.objects)])) {
    const { type, props = {} } = b.objects[id] ?? a.objects[id];
    if (alive(a, id) !== alive(b, id)) {
      if (type !== 'note') found.push({ id, type, what: alive(b, id) ? 'create' : 'remove', called: props.name?.value ?? '' });
      continue;
    }
    if (!alive(a, id) || type === 'note') continue;
    for (const name of Object.keys(props)) {
      const from = a.objects[id].props[name]?.value;
      const to = b.objects[id].props[name]?.value;
      if (JSON.stringify(from) === JSON.stringify(to)) continue;
      found.push({ id, type, what: 'set', property: name, called: props.name?.value ?? props.kind?.value ?? '', ...valueChange(b, id, name, from, to) });
    }
  }
  return found;
}

// `a` and `b`: {state, measures} of the two.
export const differences = (a, b) => ({ numbers: numbers(a.measures, b.measures), objects: objects(a.state, b.state) });
