// What of one's own was not taken, in the words of the clinic: what was wanted, against what is
// there now and by whom.
import { t } from '../i18n/i18n.js';
import { factOf } from '../plan/change.js';
import { factText, objectText, partsText, propertyText, valueText } from './change-text.js';

function theirs(op, state) {
  const written = state.objects[op.object]?.props[op.property];
  return state.people[written?.by]?.name ?? '';
}

function setLine(op, state, review) {
  const fact = factOf(op, state);
  const what = ['motion', 'position', 'correction'].includes(op.property) ? objectText(fact) : t('change.part', { what: objectText(fact), property: propertyText(op.property) });
  const name = theirs(op, state);
  const [mine, now] = fact.kind === 'motion' ? [] : [fact.to, fact.from].map((value) => valueText(op.property, value));
  if (review !== 'draft') { // nobody was faster: the plan is closed
    if (fact.kind === 'motion') return t('conflict.closed_moved', { what, how: partsText(fact.parts) });
    return mine ? t('conflict.closed', { what, mine, now }) : t('conflict.closed_other', { what });
  }
  if (fact.kind === 'motion') return t('conflict.moved', { what, name, how: partsText(fact.parts) });
  return mine ? t('conflict.value', { what, name, mine, theirs: now }) : t('conflict.changed', { what, name }); // a place has no words
}

// One line for each thing; the last wish counts where one was made several times.
export function conflictLines(conflicts, state, review) {
  const lines = new Map();
  for (const { ops, code } of conflicts) {
    if (ops.length === 0) lines.set('undo', t(review === 'draft' ? 'conflict.undo' : 'conflict.undo_closed'));
    for (const op of ops) {
      const key = op.op === 'set' ? `${op.object}.${op.property}` : JSON.stringify(op);
      if (op.op === 'tag') lines.set(key, t('conflict.step', { step: factText(factOf(op, state)) }));
      else if (op.op === 'set' && state.objects[op.object]) lines.set(key, code === 'denied' ? t('conflict.denied', { what: objectText(factOf(op, state)) }) : setLine(op, state, review));
      else lines.set(key, t('conflict.other', { what: factText(factOf(op, state)) }));
    }
  }
  return [...lines.values()];
}
