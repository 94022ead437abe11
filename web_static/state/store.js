// One object holds what the page knows; views are told that something changed and
// read what they need. Changes of one turn are told once.

export function createStore(initial) {
  let state = Object.freeze({ ...initial });
  const listeners = new Set();
  let told = true;

  function tell() {
    told = true;
    for (const listener of [...listeners]) listener(state);
  }

  return {
    get: () => state,
    set(change) {
      state = Object.freeze({ ...state, ...change });
      if (told) {
        told = false;
        queueMicrotask(tell);
      }
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
