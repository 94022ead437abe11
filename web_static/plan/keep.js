// What a page must not lose when it is closed: its client id, its counter and the
// transactions nobody has acknowledged. One record per page, in IndexedDB; a lock keeps
// two open pages from taking the same one. Without IndexedDB (node) it lives in memory.

const NAME = 'osteon';
const STORE = 'client';

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

// Resolves to the way to let go of the lock, or to null where another page holds it.
function hold(id) {
  return new Promise((done) => {
    navigator.locks.request(`osteon-${id}`, { ifAvailable: true }, (lock) => {
      if (lock === null) {
        done(null);
        return undefined;
      }
      return new Promise((release) => done(release));
    });
  });
}

// What one person left unsent is never sent by the next one at the same browser.
async function adopt(database, caseId, userId) {
  const records = await ended(database.transaction(STORE).objectStore(STORE).getAll());
  for (const record of records.filter((one) => one.caseId === caseId && one.userId === userId)) {
    const release = await hold(record.id);
    if (release) return { record, release };
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
  const save = () => ended(database.transaction(STORE, 'readwrite').objectStore(STORE).put(record));
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
