// The entries of a plan's log from the first on: fetched where they are not here yet, and
// continued by what the socket brings.
export function createLog(planId, fetchEntries) {
  const entries = [];
  let under = null;

  const take = (list) => {
    for (const entry of list) if (entry.seq === entries.length + 1) entries.push(entry);
  };

  async function fetchUntil(seq) {
    while (entries.length < seq) {
      const { ops } = await fetchEntries(planId, entries.length);
      const had = entries.length;
      take(ops);
      if (entries.length === had) return;
    }
  }

  return {
    planId,
    entries,
    take,
    // Once at a time; resolves when entry `seq` is here.
    reach(seq) {
      under = (under ?? Promise.resolve()).catch(() => undefined).then(() => fetchUntil(seq));
      return under;
    },
  };
}
