// What a page must not lose when it is closed: its client id, its counter and the
// transactions nobody has acknowledged. One record per page, in IndexedDB; a lock keeps
// two open pages from taking the same one. Without IndexedDB (node) it lives in memory.
// IndexedDB may forget what it is given in the very moment in which the page goes;
// localStorage does not, and holds what IndexedDB has not confirmed yet.

const NAME = 'osteon';
const STORE = 'client';
const LEAVING = 1000; // ms for which a page that is being loaded again may still hold its record

const freshId = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('');

const fresh = (caseId, userId) => ({ id: freshId(), caseId, userId, next: 1, reserved: 1, queue: [] });

// Numbers are reserved ahead: a page that dies between sending a transaction and saving
// its record would otherwise use a number again, and the server would take the new
// transaction for the old one.
const AHEAD = 1000;

function counter(record, save) {
  return {
    next() {
      const n = record.next++;
      if (record.next >= record.reserved) record.reserved = record.next + AHEAD;
      save();
      return n;
    },
    passed(n) {
      record.next = Math.max(record.next, n + 1);
    },
  };
}

function openDatabase() {
  return new Promise((done, fail) => {
    const ask = indexedDB.open(NAME, 1);
    ask.onupgradeneeded = () => ask.result.createObjectStore(STORE, { keyPath: 'id' });
    ask.onsuccess = () => done(ask.result);
    ask.onerror = () => fail(ask.error);
  });
}

const ended = (ask) => new Promise((done, fail) => {
  ask.onsuccess = () => done(ask.result);
  ask.onerror = () => fail(ask.error);
});

// Resolves to the way to let go of the lock, or to null where another page holds it, also
// after `patience` ms.
function hold(id, patience = 0) {
  const how = patience > 0 ? { signal: AbortSignal.timeout(patience) } : { ifAvailable: true };
  return new Promise((done) => {
    navigator.locks.request(`osteon-${id}`, how, (lock) => {
      if (lock === null) {
        done(null);
        return undefined;
      }
      return new Promise((release) => done(release));
    }).catch(() => done(null));
  });
}

const noteOf = (id) => `osteon-unsaved-${id}`;

// Transactions that IndexedDB has not confirmed: those with numbers above `kept`.
function writeNote({ id, queue }, kept) {
  const rest = queue.filter((item) => item.n > kept);
  try {
    if (rest.length > 0) localStorage.setItem(noteOf(id), JSON.stringify(rest));
    else localStorage.removeItem(noteOf(id));
  } catch { /* full or forbidden: IndexedDB alone then */ }
}

function readNote(id) {
  try {
    return JSON.parse(localStorage.getItem(noteOf(id))) ?? [];
  } catch {
    return []; // forbidden
  }
}

function saving(database, record) {
  let kept = 0;
  return async () => {
    const last = record.queue.at(-1)?.n ?? 0;
    writeNote(record, kept);
    const transaction = database.transaction(STORE, 'readwrite');
    transaction.objectStore(STORE).put(record);
    transaction.commit(); // not only when this page has time to hear of the put
    await new Promise((done, fail) => {
      transaction.oncomplete = done;
      transaction.onabort = () => fail(transaction.error);
    });
    kept = Math.max(kept, last);
    writeNote(record, kept);
  };
}

const waiting = ({ id, queue }) => queue.length > 0 || readNote(id).length > 0;

// What one person left unsent is never sent by the next one at the same browser.
async function adopt(database, caseId, userId) {
  const store = () => database.transaction(STORE).objectStore(STORE);
  const records = (await ended(store().getAll())).filter((one) => one.caseId === caseId && one.userId === userId);
  for (const one of records.sort((a, b) => waiting(b) - waiting(a))) {
    const release = await hold(one.id, waiting(one) ? LEAVING : 0);
    if (!release) continue;
    const record = await ended(store().get(one.id)); // its page may have written until now
    const last = record.queue.at(-1)?.n ?? 0;
    record.queue.push(...readNote(record.id).filter((item) => item.n > last));
    return { record, release };
  }
  const record = fresh(caseId, userId);
  return { record, release: await hold(record.id) };
}

export async function openKeep(caseId, userId) {
  if (typeof indexedDB === 'undefined' || !globalThis.navigator?.locks) {
    const record = fresh(caseId, userId);
    const save = async () => undefined;
    return { record, save, ...counter(record, save), close: () => undefined };
  }
  const database = await openDatabase();
  const { record, release } = await adopt(database, caseId, userId);
  const save = saving(database, record);
  record.next = Math.max(record.next, record.reserved ?? 1);
  record.reserved = record.next + AHEAD;
  await save();
  return {
    record,
    save,
    ...counter(record, save),
    close() {
      release?.();
      database.close();
    },
  };
}
