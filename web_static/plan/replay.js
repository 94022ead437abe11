// A plan at any entry of its log, by the plan's own core: entries are applied and checked one
// by one, and a copy is kept every so often, so that a slider may run both ways.
const COPIES = 32;

export function createReplay(core, planId, entries) {
  const every = Math.max(32, Math.ceil(entries.length / COPIES));
  const copies = [core.create(planId)];
  const plan = core.create(planId);
  let at = 0;

  function back(seq) {
    const which = Math.min(Math.floor(seq / every), copies.length - 1);
    plan.copyFrom(copies[which]);
    at = which * every;
  }

  function go(seq) {
    if (seq < at) back(seq);
    while (at < seq) {
      plan.replay(entries[at]);
      at += 1;
      if (at % every !== 0 || copies.length !== at / every) continue;
      const copy = core.create(planId);
      copy.copyFrom(plan);
      copies.push(copy);
    }
  }

  return {
    length: entries.length,
    entry: (seq) => entries[seq - 1] ?? null,
    // The plan after entry `seq`, and before it the state that its words are told from.
    at(seq) {
      go(Math.max(0, seq - 1));
      const before = plan.state();
      go(seq);
      return { seq, before, state: plan.state(), measures: plan.measures(), digest: plan.digest() };
    },
    close() {
      for (const one of [plan, ...copies]) one.close();
    },
  };
}
