// What an operation does to a plan, as facts that the catalogue can put into words: no
// browser, no language. Angles in degrees, lengths in mm.
import { moved, STILL } from './camera.js';

const DEGREE = 180 / Math.PI;
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const minus = (a, b) => a.map((x, k) => x - b[k]);

export const valueOf = (state, id, name) => state?.objects?.[id]?.props?.[name]?.value;

export function frameOf(state) {
  const id = Object.keys(state?.objects ?? {}).find((one) => state.objects[one].type === 'frame');
  return id ? { axis: valueOf(state, id, 'axis'), radial: valueOf(state, id, 'radial'), volar: valueOf(state, id, 'volar'), origin: valueOf(state, id, 'origin') } : null;
}

// Right and left arms have frames of different hands: a turn about `radial` by the right-hand
// rule carries the hand to the palm in one of them and to the back in the other.
export const handOf = ({ axis, radial, volar }) => (dot(cross(radial, axis), volar) < 0 ? -1 : 1);

// The turn from rotation `a` to `b`, as its axis times its angle in degrees.
function turnBetween(a, b) {
  const m = [0, 1, 2].map((i) => [0, 1, 2].map((j) => a[i] * b[j] + a[3 + i] * b[3 + j] + a[6 + i] * b[6 + j])); // transposed: m[i][j] = (b aT)[j][i]
  const twist = [m[1][2] - m[2][1], m[2][0] - m[0][2], m[0][1] - m[1][0]];
  const sine = Math.hypot(...twist) / 2;
  const angle = Math.atan2(sine, (m[0][0] + m[1][1] + m[2][2] - 1) / 2) * DEGREE;
  return sine < 1e-9 ? [0, 0, 0] : twist.map((x) => (x / (2 * sine)) * angle);
}

const steps = (frame, by) => ({ distal: dot(by, frame.axis), radial: dot(by, frame.radial), volar: dot(by, frame.volar) });

function turns(frame, turn) {
  const hand = handOf(frame);
  return { flexion: hand * dot(turn, frame.radial), deviation: -hand * dot(turn, frame.volar), pronation: -hand * dot(turn, frame.axis) };
}

// From one motion to another, seen at `point`.
export function motionChange(frame, from, to, point) {
  const a = from ?? STILL;
  const b = to ?? STILL;
  return { ...turns(frame, turnBetween(a.r, b.r)), ...steps(frame, minus(moved(b, point), moved(a, point))) };
}

// From one direction to another: the turn that carries it there the shortest way.
function directionChange(frame, from, to) {
  const axis = cross(from, to);
  const sine = Math.hypot(...axis);
  const angle = Math.atan2(sine, dot(from, to)) * DEGREE;
  return turns(frame, sine < 1e-12 ? [0, 0, 0] : axis.map((x) => (x / sine) * angle));
}

// What lies between two values of a property.
export function valueChange(state, id, name, from, to) {
  const frame = frameOf(state);
  const both = from !== undefined && from !== null && to !== undefined && to !== null;
  if (frame && to?.r) {
    const at = state.objects[id].type === 'fragment' ? valueOf(state, 'osteotomy', 'point') ?? frame.origin : frame.origin;
    return { kind: 'motion', parts: motionChange(frame, from, to, at) };
  }
  if (frame && both && Array.isArray(to)) {
    const turnsOnly = ['normal', 'direction', 'insertion'].includes(name);
    return { kind: 'motion', parts: turnsOnly ? directionChange(frame, from, to) : steps(frame, minus(to, from)) };
  }
  return { kind: 'value', from: from ?? null, to: to ?? null };
}

// One operation on the plan `state` as it was before it: {what, id, type, ...}.
export function factOf(op, state) {
  if (op.op === 'tag') return { what: 'tag', kind: op.kind, name: op.name, said: op.said ?? '' };
  const id = op.id ?? op.object;
  const object = state?.objects?.[id];
  const type = op.type ?? object?.type ?? '';
  const text = op.props?.text ?? valueOf(state, id, 'text') ?? '';
  const named = { id, type, called: op.props?.name ?? valueOf(state, id, 'name') ?? op.props?.kind ?? valueOf(state, id, 'kind') ?? '' };
  if (op.op === 'create') return { ...named, what: 'create', text, reply: Boolean(op.parent) && type === 'note' };
  if (op.op !== 'set') return { ...named, what: op.op, text };
  return { ...named, what: 'set', property: op.property, text, ...valueChange(state, id, op.property, valueOf(state, id, op.property), op.value) };
}
