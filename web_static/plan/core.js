/*
 * The plan core (recon/plan, compiled to WebAssembly) behind typed calls. The same
 * module runs in browsers and in node; it decides exactly as the server does.
 */

/* What the C library would write to a terminal goes nowhere. */
const wasi = { fd_close: () => 0, fd_seek: () => 0, fd_write: () => 0 };

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A refusal by the core: `code` is one of the house's words ("conflict", "denied", ...). */
export class Refused extends Error {
  constructor(code, text) {
    super(text);
    this.name = "Refused";
    this.code = code;
  }
}

/** Compiles the core. `source` is a URL, a Response or the bytes of plan.wasm. */
export async function loadCore(source) {
  const imports = { wasi_snapshot_preview1: wasi };
  let instance;
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) {
    ({ instance } = await WebAssembly.instantiate(source, imports));
  } else {
    const response = source instanceof Response ? source : await fetch(source);
    if (!response.ok) throw new Refused("unavailable", `plan core: HTTP ${response.status}`);
    ({ instance } = await WebAssembly.instantiate(await response.arrayBuffer(), imports));
  }
  instance.exports._initialize();
  return new Core(instance.exports);
}

export class Core {
  #c;

  constructor(exports) {
    this.#c = exports;
  }

  /** An empty plan; its `id` is where the hash chain of its log begins. */
  create(id = "plan") {
    const bytes = encoder.encode(id);
    const p = this.#put(bytes);
    const handle = this.#c.osteon_open(p, bytes.length);
    this.#c.osteon_free(p);
    if (handle === 0) throw new Refused("limit", "no room for another plan");
    return new Plan(this, this.#c, handle);
  }

  /** A plan from a snapshot (what `state()` gives); its hash and sum are checked. */
  load(snapshot) {
    const plan = this.create();
    try {
      plan.load(snapshot);
    } catch (error) {
      plan.close();
      throw error;
    }
    return plan;
  }

  /** @internal NUL-terminated copy in the core's memory, to be freed. */
  put(text) {
    const bytes = encoder.encode(text);
    return [this.#put(bytes), bytes.length];
  }

  #put(bytes) {
    const p = this.#c.osteon_alloc(bytes.length);
    if (p === 0) throw new Refused("nomem", "the plan core is out of memory");
    new Uint8Array(this.#c.memory.buffer, p, bytes.length).set(bytes);
    return p;
  }
}

export class Plan {
  #core;
  #c;
  #handle;

  constructor(core, exports, handle) {
    this.#core = core;
    this.#c = exports;
    this.#handle = handle;
  }

  close() {
    this.#c.osteon_close(this.#handle);
    this.#handle = 0;
  }

  /** Applies {by, client, n, at, ops, pre?}: {seq, outcome, entry?}. Throws Refused. */
  apply(transaction) {
    return this.#send("osteon_apply", transaction, 0);
  }

  /** Shows a transaction before the server has answered: revs become -n. */
  preview(transaction) {
    return this.#send("osteon_apply", transaction, 1);
  }

  /** Applies an entry of the log, checking seq, chain and hash. */
  replay(entry) {
    return this.#send("osteon_replay", entry);
  }

  load(snapshot) {
    return this.#send("osteon_load", snapshot);
  }

  /** Takes over the state of another plan (not what could be undone there). */
  copyFrom(other) {
    this.#call(this.#c.osteon_copy(this.#handle, other.#handle), false);
  }

  /** {id, seq, sum, hash, head, tags, people, clients, objects}. */
  state() {
    return this.#call(this.#c.osteon_state(this.#handle));
  }

  /** The same as text, byte for byte what the server writes. */
  stateText() {
    this.#call(this.#c.osteon_state(this.#handle), false);
    return decoder.decode(this.#answer());
  }

  /** {seq, sum, hash, head, version, approved, outdated, approved_by, approved_at, review}. */
  digest() {
    return this.#call(this.#c.osteon_digest(this.#handle));
  }

  /** The canonical bytes that `hash` covers. */
  bytes() {
    this.#call(this.#c.osteon_bytes(this.#handle), false);
    return this.#answer().slice();
  }

  measures() {
    return this.#call(this.#c.osteon_measures(this.#handle));
  }

  /** Takes back the actor's last transaction here: {seq, kept, restored, entry}. */
  undo({ by, client, n, at }, redo = false) {
    return this.#send("osteon_undo", { by, client, n, at, ops: [] }, redo ? 1 : 0);
  }

  /** {ops, pre} that move the fragment onto the target. */
  propose() {
    return this.#call(this.#c.osteon_propose(this.#handle));
  }

  /** The table of types, properties, ranges and units. */
  schema() {
    return this.#call(this.#c.osteon_schema(this.#handle));
  }

  /** What may be said of the plan next: [{kind, who: [role], why: '' | 'role' | 'own'}], forwards first. */
  steps({ id, role }) {
    const [a] = this.#core.put(id);
    const [b] = this.#core.put(role);
    const code = this.#c.osteon_steps(this.#handle, a, b);
    this.#c.osteon_free(a);
    this.#c.osteon_free(b);
    return this.#call(code);
  }

  /** An order key between two neighbours; "" is the open end. */
  between(low, high) {
    const [a] = this.#core.put(low);
    const [b] = this.#core.put(high);
    const code = this.#c.osteon_between(this.#handle, a, b);
    this.#c.osteon_free(a);
    this.#c.osteon_free(b);
    return this.#call(code).order;
  }

  #answer() {
    const at = this.#c.osteon_answer(this.#handle);
    return new Uint8Array(this.#c.memory.buffer, at, this.#c.osteon_answer_bytes(this.#handle));
  }

  #send(name, value, ...rest) {
    const [p, length] = this.#core.put(typeof value === "string" ? value : JSON.stringify(value));
    const code = this.#c[name](this.#handle, p, length, ...rest);
    this.#c.osteon_free(p);
    return this.#call(code);
  }

  #call(code, parse = true) {
    if (code === 0 && !parse) return undefined;
    const answer = JSON.parse(decoder.decode(this.#answer()));
    if (code !== 0) throw new Refused(answer.code, answer.text);
    return answer;
  }
}
