/* Transactions at random, mostly sensible, from a seed (mulberry32). */

export function randomOf(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

export const PEOPLE = [
  { id: '17', name: 'Sato Hanako', role: 'surgeon' },
  { id: '23', name: 'E. Engineer', role: 'engineer' },
  { id: '40', name: 'Second surgeon', role: 'surgeon' },
  { id: '51', name: 'A guest', role: 'guest' },
];

const client = (i) => String(i + 1).repeat(32).slice(0, 32);

export function rotation(random) {
  const q = [random() - 0.5, random() - 0.5, random() - 0.5, random() - 0.5];
  const length = Math.hypot(...q);
  const [w, x, y, z] = q.map((v) => v / length);
  return [1 - 2 * (y * y + z * z), 2 * (x * y + w * z), 2 * (x * z - w * y), 2 * (x * y - w * z), 1 - 2 * (x * x + z * z),
    2 * (y * z + w * x), 2 * (x * z + w * y), 2 * (y * z - w * x), 1 - 2 * (x * x + y * y)];
}

const TEXTS = ['deeper', '\u9aa8\u5207\u308a', 'a "quoted" word\n', '\u{1f9b4}', '', 'x'.repeat(2000), 'y'.repeat(2001), '\u0007'];

/** One step {apply|undo|redo: {...}} against what `model` holds now. */
export function makeStep(random, counters, model) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const who = random() < 0.03 ? 3 : Math.floor(random() * 3);
  const n = random() < 0.03 && counters[who] > 1 ? counters[who] - 1 : ++counters[who];
  const head = { by: PEOPLE[who], client: client(who), n, at: 1700000000000 + counters[who] };
  const roll = random();
  if (roll < 0.08) return { undo: { ...head, ops: [] } };
  if (roll < 0.12) return { redo: { ...head, ops: [] } };

  const objects = Object.entries(model.s.objects);
  const alive = objects.filter(([, o]) => o.life.alive);
  const of = (type) => alive.filter(([, o]) => o.type === type).map(([id]) => id);
  const number = (low, high) => (random() < 0.05 ? high + 1 : low + (high - low) * random());
  const motion = () => ({ r: rotation(random), t: [number(-50, 50), random() < 0.1 ? -0 : 3, random() < 0.02 ? 1e9 : 1e-300] });
  const direction = () => rotation(random).slice(0, 3).map((v) => (random() < 0.02 ? v * 1.01 : v));
  const point = () => [number(-100, 100), number(-100, 100), Math.floor(number(-9, 9))];
  const order = () => pick(['V', 'VV', 'k', '1', 'zz', random() < 0.1 ? '10' : 'B']);
  const rev = (o, name) => {
    const now = o.props[name]?.rev ?? 0;
    return random() < 0.08 ? now - 1 : now;
  };
  const mine = (o, name) => (random() < 0.05 ? -(n - 1) : rev(o, name));

  const value = (rule) => {
    if (random() < 0.02) return null;
    if (random() < 0.02) return pick([true, 'wrong', [1, 2, 3], 7]);
    if (rule.rule === 'number') return number(rule.low, rule.high);
    if (rule.rule === 'whole') return Math.floor(number(0, 4));
    if (rule.rule === 'choice') return pick(rule.choice.split('|'));
    if (rule.rule === 'point' || rule.rule === 'spread') return point();
    if (rule.rule === 'direction') return direction();
    if (rule.rule === 'motion') return motion();
    if (rule.rule === 'reference') return pick([...of(rule.reference ?? 'osteotomy'), 'nobody']);
    return pick(TEXTS);
  };
  const set = () => {
    if (alive.length === 0) return create();
    const [id, o] = random() < 0.03 ? pick(objects) : pick(alive);
    const [name, rule] = pick(Object.entries(model.schema[o.type].properties));
    const op = { op: 'set', object: id, property: name, value: value(rule) };
    return rule.policy === 'strict' || random() < 0.2 ? { ...op, base: mine(o, name) } : op;
  };
  const create = () => {
    const type = pick(['note', 'osteotomy', 'fragment', 'screw', 'plate', 'guide', 'note']);
    const props = {};
    for (const [name, rule] of Object.entries(model.schema[type].properties)) {
      const open = rule.required ? random() > 0.01 : random() < 0.3 && rule.who.includes('surgeon');
      const v = open ? value(rule) : null;
      if (v !== null) props[name] = v;
    }
    const parents = model.schema[type].parents.flatMap(of);
    const parent = parents.length > 0 && random() < 0.6 ? pick(parents) : '';
    return { op: 'create', id: random() < 0.05 && objects.length > 0 ? pick(objects)[0] : `${type}-${Math.floor(random() * 1e6)}`,
      type, parent, order: order(), props };
  };
  const other = () => {
    if (objects.length === 0) return create();
    const [id] = pick(alive.length > 0 && random() < 0.9 ? alive : objects);
    const r = random();
    if (r < 0.35) return { op: 'remove', object: id };
    if (r < 0.5) return { op: 'restore', object: pick(objects)[0] };
    return { op: 'move', object: id, parent: random() < 0.5 ? '' : pick(objects)[0], order: order() };
  };
  if (roll < (model.review() === 'draft' ? 0.15 : 0.85)) {
    const hash = random() < 0.8 ? model.hash() : 'f'.repeat(64);
    const line = ['draft', 'proposed', 'approved', 'released', 'manufactured', 'used', 'checked', 'draft'];
    const next = line[line.indexOf(model.review()) + 1];
    const kinds = random() < 0.4 ? [next] : random() < 0.75 ? ['draft'] : ['version', 'draft', 'wrong', ...line];
    return { apply: { ...head, ops: [{ op: 'tag', name: `v${n}.${who}`, kind: pick(kinds), hash, ...(random() < 0.4 ? { said: pick(['良い', 'as agreed', '', 'x'.repeat(400)]) } : {}) }] } };
  }
  const ops = Array.from({ length: 1 + Math.floor(random() * 3) }, () => (random() < 0.55 ? set() : random() < 0.6 ? create() : other()));
  const entry = { ...head, ops };
  if (random() < 0.1 && alive.length > 0) {
    const [id, o] = pick(alive);
    const names = Object.keys(o.props);
    if (names.length > 0) entry.pre = [{ object: id, property: names[0], rev: rev(o, names[0]) }];
  }
  return { apply: entry };
}
