// Facts of plan/change.js as a person would say them, in the language of the page.
import { has, numberText, t } from '../i18n/i18n.js';

const TURNS = ['flexion', 'deviation', 'pronation'];
const WAYS = ['distal', 'radial', 'volar'];
const SHORT = 80;
const short = (text) => (text.length > SHORT ? `${text.slice(0, SHORT)}…` : text);

// "2.0° volar, 0.5 mm distal"; what is too small to be shown is left out.
export function partsText(parts) {
  const said = (names, unit) => names.filter((name) => Math.abs(parts[name] ?? 0) >= 0.05)
    .map((name) => t(`part.${name}.${parts[name] < 0 ? 'less' : 'more'}`, { value: numberText(Math.abs(parts[name]), unit) }));
  return [...said(TURNS, 'deg'), ...said(WAYS, 'mm')].join(t('word.comma')) || t('part.none');
}

export const typeText = (type) => (has(`type.${type}`) ? t(`type.${type}`) : type);

// What the object is called: a landmark and a bone by their own names, others by their type.
export function objectText({ type, called }) {
  if (type === 'landmark' && has(`landmark.${called}`)) return t(`landmark.${called}`);
  if (type === 'bone' && has(`bone.${called}`)) return t(`bone.${called}`);
  return typeText(type);
}

const unitOf = (property) => (property.endsWith('_mm') ? 'mm' : property.endsWith('_deg') ? 'deg' : '');

export function valueText(property, value) {
  if (value === null || value === undefined) return t('word.none');
  if (typeof value === 'number') return numberText(value, unitOf(property), undefined, 2);
  if (typeof value === 'boolean') return t(value ? 'word.yes' : 'word.no');
  if (typeof value !== 'string') return '';
  for (const key of [`kind.${value}`, `how.${value}`, `bone.${value}`]) if (has(key)) return t(key);
  return short(value);
}

export const propertyText = (property) => (has(`property.${property}`) ? t(`property.${property}`) : property);

function setText(fact) {
  const what = objectText(fact);
  if (fact.type === 'note') {
    return fact.property === 'resolved' ? t(fact.to ? 'change.resolved' : 'change.reopened', { text: short(fact.text) }) : t('change.note_edit', { text: short(fact.text) });
  }
  const named = ['motion', 'position', 'correction'].includes(fact.property) ? what : t('change.part', { what, property: propertyText(fact.property) });
  if (fact.kind === 'motion') return t('change.set', { what: named, how: partsText(fact.parts) });
  return t('change.set', { what: named, how: t('change.from_to', { from: valueText(fact.property, fact.from), to: valueText(fact.property, fact.to) }) });
}

export function factText(fact) {
  if (fact.what === 'tag') {
    const step = fact.kind === 'version' ? t('change.version', { name: fact.name }) : t(`step.${fact.kind}.done`);
    return fact.said ? t('change.said', { step, said: fact.said }) : step;
  }
  if (fact.what === 'create' && fact.type === 'note') return t(fact.reply ? 'change.reply' : 'change.note', { text: short(fact.text) });
  if (fact.what === 'set') return setText(fact);
  return t(`change.${fact.what}`, { what: objectText(fact) });
}
