/*
 * The plan once more, written from the description of recon/plan and not from its code:
 * facts in a plain object, copied before each transaction. Slow and short. It shares
 * with the core only the table of types (as data), so that a mistake in either shows.
 */
import { createHash } from 'node:crypto';

const byKey = (a, b) => {
  const x = Buffer.from(a), y = Buffer.from(b);
  return x.length - y.length || Buffer.compare(x, y);
};

/** Deterministic CBOR: `int` says which numbers are integers, by the name of their key. */
export function cbor(value, key = '') {
  const head = (major, n) => {
    if (n < 24) return Buffer.from([major | n]);
    if (n < 256) return Buffer.from([major | 24, n]);
    if (n < 65536) return Buffer.from([major | 25, n >> 8, n & 255]);
    const b = Buffer.alloc(n < 2 ** 32 ? 5 : 9);
    b[0] = major | (n < 2 ** 32 ? 26 : 27);
    if (n < 2 ** 32) b.writeUInt32BE(n, 1);
    else b.writeBigUInt64BE(BigInt(n), 1);
    return b;
  };
  const integer = ['n', 'at', 'seq', 'rev', 'base', 'undo_of', 'osteon_plan'].includes(key);
  if (value === null) return Buffer.from([0xf6]);
  if (typeof value === 'boolean') return Buffer.from([value ? 0xf5 : 0xf4]);
  if (typeof value === 'number' && integer) return value < 0 ? head(0x20, -1 - value) : head(0, value);
  if (typeof value === 'number') {
    const b = Buffer.alloc(9);
    b[0] = 0xfb;
    b.writeDoubleBE(value === 0 ? 0 : value, 1);
    return b;
  }
  if (typeof value === 'string') return Buffer.concat([head(0x60, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Array.isArray(value)) return Buffer.concat([head(0x80, value.length), ...value.map((v) => cbor(v))]);
  const keys = Object.keys(value).sort(byKey);
  return Buffer.concat([head(0xa0, keys.length), ...keys.flatMap((k) => [cbor(k), cbor(value[k], k)])]);
}

export const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

class No extends Error {
  constructor(...codes) {
    super(codes.join());
    this.codes = codes;
  }
}
const need = (truth, code) => {
  if (!truth) throw new No(code);
};

const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (v) => Math.abs(dot(v, v) - 1) <= 2e-6;
const within = (v, low, high) => v.every((x) => x >= low && x <= high);

function proper({ r, t }, high) {
  const c = [r.slice(0, 3), r.slice(3, 6), r.slice(6, 9)];
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) if (!(Math.abs(dot(c[i], c[j]) - (i === j ? 1 : 0)) <= 1e-6)) return false;
  const [a, b] = c;
  const z = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
  return dot(z, c[2]) > 0 && within(t, -high, high);
}

const kind = (v) => (v === null ? 'none' : Array.isArray(v) ? 'vec3' : typeof v === 'object' ? 'rigid' : typeof v);
const KIND = { number: 'number', whole: 'number', truth: 'boolean', text: 'string', choice: 'string', digest: 'string',
  reference: 'string', point: 'vec3', direction: 'vec3', spread: 'vec3', motion: 'rigid' };
const FITS = {
  number: (v, p) => v >= p.low && v <= p.high,
  whole: (v, p) => Number.isInteger(v) && v >= p.low && v <= p.high,
  truth: () => true,
  text: (v, p) => Buffer.byteLength(v) <= p.high && !/[\x00-\x08\x0b-\x1f\x7f]/.test(v),
  choice: (v, p) => p.choice.split('|').includes(v),
  digest: (v) => /^[0-9a-f]{64}$/.test(v),
  reference: (v) => Buffer.byteLength(v) <= 48,
  point: (v, p) => within(v, -p.high, p.high),
  direction: (v) => within(v, -2, 2) && unit(v),
  spread: (v, p) => within(v, p.low, p.high),
  motion: (v, p) => proper(v, p.high),
};
const ID = /^[0-9A-Za-z_.-]{1,48}$/;
const ORDER = /^[0-9A-Za-z]{0,63}[1-9A-Za-z]$/;

const BOTH = ['surgeon', 'engineer'];
const LINE = ['draft', 'proposed', 'approved', 'released', 'manufactured', 'used', 'checked'];
const STEPS = {
  version: { from: LINE, who: BOTH },
  draft: { from: LINE.slice(1), who: BOTH },
  proposed: { from: ['draft'], who: BOTH },
  approved: { from: ['proposed'], who: ['surgeon'] },
  released: { from: ['approved'], who: BOTH },
  manufactured: { from: ['released'], who: ['engineer'] },
  used: { from: ['manufactured'], who: ['surgeon'] },
  checked: { from: ['used'], who: ['surgeon'] },
};

export class Model {
  constructor(schema, id) {
    this.schema = schema;
    this.log = [];
    this.s = { seq: 0, objects: {}, tags: [], clients: {}, head: sha256(`osteon plan ${id}`) };
  }

  hash() {
    return sha256(cbor({ osteon_plan: 1, objects: this.s.objects }));
  }

  rule(o, property, code = 'invalid') {
    const rule = this.schema[o.type].properties[property];
    need(rule && Object.hasOwn(this.schema[o.type].properties, property), code);
    return rule;
  }

  /** ["ok"], or the codes it may be refused with: which of several faults is named is free. */
  apply(entry) {
    const before = this.s;
    this.s = structuredClone(before);
    try {
      return [this.#apply(entry)];
    } catch (error) {
      this.s = before;
      if (error instanceof No) return error.codes;
      throw error;
    }
  }

  #apply({ by, client, n, at, ops, pre = [], undo_of = null }) {
    need(/^[0-9a-f]{32}$/.test(client) && n >= 1 && ops.length >= 1, 'invalid');
    const known = this.s.clients[client];
    need(!known || known.by === by.id, 'denied');
    if (known && n <= known.n) {
      need(this.log.some((e) => e.client === client && e.n === n), 'conflict');
      return 'ok';
    }
    const seq = this.s.seq + 1;
    const rev = (said) => {
      if (!(said < 0)) return said;
      const own = this.log.find((e) => e.client === client && e.n === -said);
      need(own, 'conflict');
      return own.seq;
    };
    for (const p of pre) {
      const wanted = rev(p.rev);
      const o = this.s.objects[p.object];
      need(o && this.schema[o.type].properties[p.property], 'not_found');
      need(o.life.alive && (o.props[p.property]?.rev ?? 0) === wanted, 'conflict');
    }
    const logged = ops.map((op) => {
      need(op.op === 'tag' || this.review() === 'draft', 'conflict');
      return this[`op_${op.op}`]({ ...op }, { by, seq, rev, undo_of, alone: ops.length === 1, at });
    });
    this.#whole(seq);
    const entry = { n, at, by, ops: logged, seq, prev: this.s.head, client, undo_of };
    this.s.head = sha256(cbor(entry));
    this.s.seq = seq;
    this.s.clients[client] = { n, by: by.id, seq };
    this.log.push(entry);
    return 'ok';
  }

  living(id) {
    need(ID.test(id), 'invalid');
    const o = this.s.objects[id];
    need(o, 'not_found');
    need(o.life.alive, 'conflict');
    return o;
  }

  write(o, property, value, { by, seq, undo_of }) {
    const rule = this.rule(o, property);
    const mark = property === 'how' && o.type === 'landmark' && undo_of !== null;
    need(mark || rule.who.includes(by.role), 'denied');
    if (value === null) need(!rule.required, 'invalid');
    else need(kind(value) === KIND[rule.rule] && FITS[rule.rule](value, rule), 'invalid');
    o.props[property] = { by: by.id, rev: seq, value };
  }

  op_create({ op, id, type, parent = '', order = 'V', props }, c) {
    need(ID.test(id) && Object.hasOwn(this.schema, type), 'invalid');
    need(this.schema[type].who.includes(c.by.role), 'denied');
    need(!this.s.objects[id], 'conflict');
    need(ORDER.test(order), 'invalid');
    need(parent === '' || ID.test(parent), 'invalid');
    const stamp = { by: c.by.id, rev: c.seq };
    const o = { life: { ...stamp, alive: true }, type, place: { ...stamp, order, parent }, props: {} };
    this.s.objects[id] = o;
    for (const [property, value] of Object.entries(props)) this.write(o, property, value, c);
    return { op, id, type, parent, order, props };
  }

  op_set({ op, object, property, value, base }, c) {
    const o = this.living(object);
    base = base === undefined ? undefined : c.rev(base);
    const rule = this.schema[o.type].properties[property];
    const now = o.props[property]?.rev ?? 0;
    if (rule?.policy === 'strict' && now !== c.seq) {
      need(base !== undefined, 'invalid');
      need(base === now, 'conflict');
    }
    this.write(o, property, value, c);
    if (o.type === 'landmark' && property === 'position' && c.by.role !== 'system' && c.undo_of === null) {
      o.props.how = { by: c.by.id, rev: c.seq, value: 'corrected' };
    }
    return base === undefined ? { op, object, property, value } : { op, object, property, value, base };
  }

  op_move({ op, object, parent = '', order }, c) {
    const o = this.living(object);
    need(this.schema[o.type].who.includes(c.by.role), 'denied');
    need(ORDER.test(order) && (parent === '' || ID.test(parent)), 'invalid');
    o.place = { by: c.by.id, rev: c.seq, order, parent };
    return { op, object, parent, order };
  }

  #live(op, object, alive, c) {
    need(ID.test(object), 'invalid');
    const o = this.s.objects[object];
    need(o, 'not_found');
    need(o.life.alive !== alive, 'conflict');
    need(this.schema[o.type].who.includes(c.by.role), 'denied');
    o.life = { by: c.by.id, rev: c.seq, alive };
    return { op, object };
  }

  op_remove({ op, object }, c) {
    return this.#live(op, object, false, c);
  }

  op_restore({ op, object }, c) {
    return this.#live(op, object, true, c);
  }

  /** Where the plan stands, told by its tags. */
  review() {
    return this.s.tags.reduce((at, { kind }) => {
      return kind === 'version' ? at : kind;
    }, 'draft');
  }

  op_tag({ op, name, kind: what, hash, said = '' }, c) {
    need(Object.hasOwn(STEPS, what) && c.alone && name.length > 0, 'invalid');
    need(STEPS[what].who.includes(c.by.role), 'denied');
    need(STEPS[what].from.includes(this.review()), 'conflict');
    need(what !== 'released' || this.s.tags.findLast((t) => t.kind === 'approved')?.by !== c.by.id, 'denied');
    need(!this.s.tags.some((t) => t.name === name), 'conflict');
    need(hash === this.hash(), 'conflict');
    this.s.tags.push({ at: c.at, by: c.by.id, seq: c.seq, hash, kind: what, name, ...(said ? { said } : {}) });
    return { op, name, kind: what, hash, ...(said ? { said } : {}) };
  }

  /* What must hold of everything that was touched. */
  #whole(seq) {
    const codes = new Set();
    const expect = (truth, code) => Boolean(truth) || (codes.add(code), false);
    for (const [id, o] of Object.entries(this.s.objects)) {
      const touched = o.life.rev === seq || o.place.rev === seq || Object.values(o.props).some((p) => p.rev === seq);
      if (o.life.alive) this.#up(o, expect);
      if (touched && o.life.alive) this.#one(o, expect);
      if (touched && !o.life.alive) expect(!Object.values(this.s.objects).some((other) => this.#leans(other, id)), 'conflict');
    }
    if (codes.size > 0) throw new No(...codes);
  }

  #leans(other, id) {
    const types = this.schema[other.type].properties;
    return other.life.alive && (other.place.parent === id
      || Object.entries(other.props).some(([name, p]) => types[name].rule === 'reference' && p.value === id));
  }

  #up(o, expect) {
    const type = this.schema[o.type];
    for (let at = o, depth = 0; at.place.parent !== ''; depth++) {
      const parent = this.s.objects[at.place.parent];
      if (!expect(parent, 'not_found')) break;
      expect(parent.life.alive, 'conflict');
      if (at === o) expect(type.parents.includes(parent.type), 'invalid');
      if (!expect(parent !== o && depth < 8, 'invalid')) break;
      at = parent;
    }
  }

  #one(o, expect) {
    const type = this.schema[o.type];
    for (const [name, rule] of Object.entries(type.properties)) {
      const value = o.props[name]?.value ?? null;
      expect(!rule.required || value !== null, 'invalid');
      if (rule.rule !== 'reference' || value === null) continue;
      const to = this.s.objects[value];
      expect(ID.test(value), 'invalid');
      if (!expect(to, 'not_found')) continue;
      expect(to.life.alive, 'conflict');
      expect(rule.reference === null || to.type === rule.reference, 'invalid');
    }
    const count = Object.values(this.s.objects).filter((x) => x.type === o.type && x.life.alive).length;
    expect(count <= type.most, 'limit');
  }
}
