// One page in one case: the protocol osteon.1 (services/collab/README.md), seen from the
// page. `base` is what the server has confirmed; `view` is that and what waits here.
import { loadCore, Refused } from './core.js';
import { openKeep } from './keep.js';

const DRAG_EVERY = 40;
const DRAG_LIFE = 2500;
const HISTORY = 500;
const RETRY = [300, 700, 1000, 1000, 1000, 2000, 5000, 10000]; // a server that was killed is replaced within five seconds
const SILENCE = 8000; // ms without an answer after which a connection is taken for dead
const PATIENCE = 8; // times as long at the most, on a line where answers take longer
const SECOND_LOOK = 250; // ms: what came while the page was busy is read first
const SHUT = 4403; // the case is not open to this person any more
const QUIET = 20000; // ms without a word after which a page that only looks on asks

let corePromise = null;
export function theCore() {
  corePromise ??= typeof window === 'undefined'
    ? import('node:fs/promises').then(({ readFile }) => readFile(new URL('../core/plan.wasm', import.meta.url))).then(loadCore)
    : loadCore('/core/plan.wasm');
  return corePromise;
}

// How often others' cameras are told here: a phone has a smaller screen and a dearer line.
function presenceHz() {
  return globalThis.navigator?.connection?.saveData || globalThis.matchMedia?.('(pointer: coarse)').matches ? 8 : 30;
}

export function createSession({ caseId, userId = null, openTicket, url, onEvent, WebSocket: Socket = globalThis.WebSocket, silenceMs = SILENCE }) {
  let keep = null;
  let core = null;
  let base = null;
  let view = null;
  let socket = null;
  let closed = false;
  let tries = 0;
  let retryTimer = 0;
  let shown = null;
  let viewed = null; // what of it comes from the core, until an entry or an edit
  let lastDrag = 0;
  let pendingTag = null;
  let heard = 0; // when the service last answered, or was last asked something
  let asked = 0; // when a hello was sent that waits for its welcome, else 0
  let moved = 0; // when something of what waits here was last answered, or asked for
  let vain = 1; // how many times SILENCE is waited: more after each connection given up for nothing
  let listed = 0; // how new the last whole list of people is
  const s = { status: 'connecting', you: null, plan: null, people: [], drags: {}, undo: 0, redo: 0, conflicts: [], history: [], may: {} };

  const emit = (event) => { if (!closed) onEvent(event); };
  function changed() {
    shown = null;
    emit({ type: 'change' });
  }

  const transaction = (item) => ({
    by: { id: s.you.id, name: s.you.name, role: s.you.role }, client: keep.record.id, n: item.n, at: Date.now(), ops: item.ops,
    ...(item.pre ? { pre: item.pre } : {}),
  });

  // The confirmed state with everything that waits laid over it.
  function rebuild() {
    viewed = null;
    if (!base) return;
    view.copyFrom(base);
    for (const item of keep.record.queue) {
      if (!item.ops) continue;
      try {
        view.preview(transaction(item));
      } catch (error) {
        if (!(error instanceof Refused)) throw error; // the server will say so too
      }
    }
  }

  function startPlan(id) {
    base?.close();
    view?.close();
    base = core.create(id);
    view = core.create(id);
    s.plan = id;
    s.history = [];
    viewed = null;
  }

  const say = (message) => { if (socket?.readyState === 1) socket.send(JSON.stringify(message)); };

  // A network that is gone leaves the socket open for minutes: who waits in vain asks anew.
  // Sending again is safe, (client, n) happens once. On a thin line a whole plan takes longer
  // than that, and would never come if each attempt were given up as soon as the one before.
  const patience = () => silenceMs * vain;
  function giveUp() {
    if (!socket) return;
    const old = socket;
    socket = null;
    old.close();
    lost();
  }
  function giveUpSoon() {
    const [old, then] = [socket, heard];
    setTimeout(() => {
      if (socket !== old || heard !== then) return;
      vain = Math.min(2 * vain, PATIENCE);
      giveUp();
    }, SECOND_LOOK);
  }
  const silence = setInterval(() => {
    const now = Date.now();
    const queued = keep?.record.queue.length > 0;
    const expects = asked > 0 || s.status === 'connecting' || queued;
    if (!socket || socket.readyState > 1) return;
    if ((expects || socket.readyState === 0) && now - heard > patience()) giveUpSoon();
    else if (socket.readyState === 0) return;
    else if (!expects && now - heard > QUIET) hello(true);
    // Others are heard, and nothing of what this page sent: the welcome says what became of it.
    else if (queued && s.status === 'live' && asked === 0 && now - moved > patience()) hello(true);
  }, silenceMs / 8);
  silence.unref?.();
  function hurry() {
    if (closed || socket) return;
    clearTimeout(retryTimer);
    connect();
  }
  globalThis.window?.addEventListener('offline', giveUp);
  globalThis.window?.addEventListener('online', hurry);

  function hello(trust) {
    const digest = trust && base ? base.digest() : null;
    asked = moved = heard = Date.now();
    say({ t: 'hello', client: keep.record.id, seq: digest?.seq ?? 0, sum: digest?.sum ?? null, presence_hz: presenceHz() });
  }

  const wire = (item) => (item.ops ? { t: 'op', n: item.n, ops: item.ops, ...(item.pre ? { pre: item.pre } : {}) } : { t: item.t, n: item.n });

  function drop(n) {
    moved = Date.now();
    keep.record.queue = keep.record.queue.filter((item) => item.n !== n);
    keep.save();
  }

  // Transaction n became entry seq: what waits and was built on it is now built on that.
  function settle(n, seq) {
    for (const item of keep.record.queue) {
      for (const op of item.ops ?? []) if (op.base === -n) op.base = seq;
      for (const pre of item.pre ?? []) if (pre.rev === -n) pre.rev = seq;
    }
    drop(n);
  }

  function enqueue(item) {
    if (keep.record.queue.length === 0) heard = moved = Date.now();
    keep.record.queue.push({ n: keep.next(), ...item });
    keep.save();
    rebuild();
    if (s.status === 'live') say(wire(keep.record.queue.at(-1)));
    changed();
  }

  function takeEntries(entries) {
    for (const entry of entries) {
      base.replay(entry);
      s.history.push(entry);
      for (const op of entry.ops) if (op.object) delete s.drags[`${op.object}.${op.property}`];
      if (entry.client === keep.record.id) settle(entry.n, entry.seq);
    }
    if (s.history.length > HISTORY) s.history.splice(0, s.history.length - HISTORY);
  }

  function settleQueue({ mine, last_n: lastN }) {
    for (const [n, seq] of mine) settle(n, seq);
    const lost = keep.record.queue.filter((item) => item.n <= lastN);
    for (const item of lost) s.conflicts.push({ n: item.n, ops: item.ops ?? [], code: 'conflict', text: '' });
    if (lost.some((item) => item.ops)) withdrawTag();
    keep.record.queue = keep.record.queue.filter((item) => item.n > lastN);
    keep.passed(lastN);
    keep.save();
    for (const item of keep.record.queue) say(wire(item));
  }

  function welcome(message) {
    s.you = { ...message.you, client: keep.record.id };
    s.may = message.may ?? {};
    s.undo = message.undo ?? 0;
    s.redo = message.redo ?? 0;
    s.status = 'live';
    tries = 0;
    if (message.plan === null) return changed();
    if (!base || s.plan !== message.plan || (message.snapshot === null && message.ops.length > 0 && message.ops[0].seq === 1)) startPlan(message.plan);
    if (message.snapshot !== null) base.load(message.snapshot);
    takeEntries(message.ops);
    if (base.digest().sum !== message.sum) return startOver();
    settleQueue(message);
    rebuild();
    flushTag();
    return changed();
  }

  function startOver() {
    base?.close();
    view?.close();
    base = null;
    view = null;
    viewed = null;
    s.status = 'connecting'; // nothing is shown as live until all of it has come anew
    hello(false);
  }

  function ops(message) {
    if (!base) return;
    takeEntries(message.ops);
    if (base.digest().sum !== message.sum) {
      startOver();
      return;
    }
    rebuild();
    flushTag();
    changed();
  }

  function refused(message) {
    const item = keep.record.queue.find((one) => one.n === message.n);
    if (message.code === 'limit' && message.retry_ms && item) {
      moved = Date.now();
      setTimeout(() => { if (s.status === 'live' && keep.record.queue.includes(item)) say(wire(item)); }, message.retry_ms);
      return;
    }
    if (item) {
      drop(message.n);
      s.conflicts.push({ n: message.n, ops: item.ops ?? [], code: message.code, text: message.text });
      if (item.ops) withdrawTag();
      rebuild();
      flushTag();
    }
    emit({ type: 'refused', code: message.code, text: message.text });
    changed();
  }

  function drag(message) {
    if (message.client === keep.record.id) return;
    const key = `${message.object}.${message.property}`;
    s.drags[key] = message.value;
    setTimeout(() => {
      if (s.drags[key] !== message.value) return;
      delete s.drags[key];
      changed();
    }, DRAG_LIFE);
    changed();
  }

  function resync(message) {
    emit({ type: 'resync', reason: message.reason });
    if (message.reason === 'replaced') {
      stop();
      return;
    }
    s.status = 'connecting';
    setTimeout(() => hello(message.reason !== 'sum' && message.reason !== 'store'), message.retry_ms ?? 200);
    changed();
  }

  const handlers = {
    welcome, ops, refused, drag, resync,
    ack(message) {
      settle(message.n, message.seq);
      rebuild();
      flushTag();
      changed();
    },
    depth(message) {
      s.undo = message.undo;
      s.redo = message.redo;
      changed();
    },
    kept: (message) => emit({ type: 'kept', restored: message.restored, kept: message.kept }),
    people(message) {
      s.people = message.people;
      listed = message.rev;
      changed();
    },
    // Who has moved since that list; one that waited behind a newer list says nothing new.
    presence(message) {
      if (message.rev < listed) return;
      const moved = new Map(message.people.map((person) => [person.client, person]));
      s.people = s.people.map((person) => ({ ...person, ...moved.get(person.client) }));
      changed();
    },
    job: (message) => emit({ type: 'job', job: message.job ?? message }),
    files: (message) => emit({ type: 'files', files: message.files }),
  };

  function take(text) {
    heard = Date.now();
    if (asked > 0 && heard - asked < silenceMs) vain = 1;
    asked = 0;
    const frame = JSON.parse(text);
    for (const message of Array.isArray(frame) ? frame : [frame]) {
      try {
        handlers[message.t]?.(message);
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        startOver(); // what was replayed does not follow from what is here
      }
    }
  }

  // A request that is never answered would be waited for as long as the page is open.
  function inTime(promise) {
    let timer;
    const late = new Promise((_, fail) => {
      timer = setTimeout(() => {
        vain = Math.min(2 * vain, PATIENCE);
        fail(Object.assign(new Error('no answer'), { status: 0 }));
      }, patience());
    });
    return Promise.race([promise, late]).finally(() => clearTimeout(timer));
  }

  async function connect() {
    try {
      core ??= await theCore();
      keep ??= await openKeep(caseId, userId);
      const ticket = await inTime(openTicket());
      if (closed) return;
      const opened = new Socket(url(ticket), ['osteon.1']);
      socket = opened;
      heard = Date.now();
      opened.onopen = () => hello(true);
      opened.onmessage = (event) => { if (socket === opened) take(event.data); };
      opened.onclose = ({ code }) => {
        if (socket !== opened) return;
        if (code !== SHUT) return lost();
        emit({ type: 'shut' });
        stop();
      };
    } catch (error) {
      lost(error);
    }
  }

  function lost(error) {
    socket = null;
    if (closed) return;
    s.status = 'offline';
    s.people = [];
    if (error && ![0, 401, 429].includes(error.status ?? 0) && error.status < 500) {
      emit({ type: 'refused', code: error.code, text: error.message });
    }
    changed();
    retryTimer = setTimeout(connect, RETRY[Math.min(tries++, RETRY.length - 1)]);
  }

  function stop() {
    closed = true;
    clearTimeout(retryTimer);
    clearInterval(silence);
    globalThis.window?.removeEventListener('offline', giveUp);
    globalThis.window?.removeEventListener('online', hurry);
    say({ t: 'bye' });
    socket?.close();
    socket = null;
    keep?.close();
    base?.close();
    view?.close();
    base = null;
    view = null;
  }

  // What was to be signed held an edit that was not taken: it is not signed without it.
  function withdrawTag() {
    if (!pendingTag) return;
    const { name, kind } = pendingTag;
    pendingTag = null;
    s.conflicts.push({ n: 0, ops: [{ op: 'tag', name, kind, hash: '' }], code: 'conflict', text: '' });
  }

  // A tag binds to the state's hash, so it waits until everything before it is in the log.
  function flushTag() {
    if (!pendingTag || keep.record.queue.length > 0 || s.status !== 'live') return;
    const tag = pendingTag;
    pendingTag = null;
    const { said, ...rest } = tag;
    enqueue({ ops: [{ op: 'tag', ...rest, hash: base.digest().hash, ...(said ? { said } : {}) }] });
  }

  // Presence comes many times a second and changes nothing of this.
  function lookUp() {
    if (!base || !s.you) return null;
    viewed ??= { digest: base.digest(), steps: base.steps(s.you), state: view.state(), measures: view.measures() };
    return viewed;
  }

  function compose() {
    const { digest, steps = [], state = null, measures = null } = lookUp() ?? {};
    return {
      status: s.status, you: s.you, plan: s.plan, people: s.people, drags: { ...s.drags }, may: s.may,
      waiting: (keep?.record.queue.length ?? 0) + (pendingTag ? 1 : 0),
      canUndo: s.undo > 0, canRedo: s.redo > 0, conflicts: s.conflicts, history: s.history,
      seq: digest?.seq ?? 0, hash: digest?.hash ?? '', sum: digest?.sum ?? '', version: digest?.version ?? 0,
      approved: digest?.approved ? { hash: digest.hash, by: digest.approved_by } : null, outdated: digest?.outdated ?? false, review: digest?.review ?? 'draft',
      steps, state, measures,
    };
  }

  const revOf = (object, property) => shownNow().state?.objects?.[object]?.props?.[property]?.rev;
  function shownNow() {
    shown ??= compose();
    return shown;
  }

  connect();
  return {
    snapshot: shownNow,
    set(object, property, value) {
      delete s.drags[`${object}.${property}`];
      const rev = revOf(object, property);
      enqueue({ ops: [{ op: 'set', object, property, value, base: rev ?? 0 }] });
    },
    transact: (list, pre) => enqueue({ ops: list, pre }),
    undo: () => enqueue({ t: 'undo' }),
    redo: () => enqueue({ t: 'redo' }),
    tag(name, kind, said = '') {
      pendingTag = { name, kind, said };
      flushTag();
      changed();
    },
    presence: (fields) => say({ t: 'presence', camera: [], selection: null, tool: '', ...fields }),
    drag(object, property, value) {
      s.drags[`${object}.${property}`] = value;
      changed();
      const now = Date.now();
      if (now - lastDrag < DRAG_EVERY) return;
      lastDrag = now;
      say({ t: 'drag', object, property, value });
    },
    // What was refused because somebody was faster: put it over theirs, or let it be.
    settleConflicts(mine) {
      const last = new Map();
      for (const op of s.conflicts.flatMap((one) => one.ops)) if (op.op === 'set') last.set(`${op.object}.${op.property}`, op);
      s.conflicts = [];
      const list = mine ? [...last.values()].map((op) => ({ ...op, base: revOf(op.object, op.property) ?? 0 })) : [];
      if (list.length > 0) enqueue({ ops: list });
      else changed();
    },
    // A drag that ends in nothing.
    letGo(object, property) {
      delete s.drags[`${object}.${property}`];
      changed();
    },
    close: stop,
  };
}
