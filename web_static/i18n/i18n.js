// One catalogue per language; a key that is missing shows itself in brackets and
// fails the catalogue test.

const LANGUAGES = ['ja', 'en'];
let language = 'en';
let messages = {};

export const languages = () => LANGUAGES;
export const currentLanguage = () => language;

export function preferredLanguage() {
  const kept = localStorage.getItem('osteon.language');
  if (LANGUAGES.includes(kept)) return kept;
  return navigator.languages?.some((l) => l.toLowerCase().startsWith('ja')) ? 'ja' : 'en';
}

export async function setLanguage(wanted) {
  const response = await fetch(`/i18n/${wanted}.json`);
  messages = await response.json();
  language = wanted;
  localStorage.setItem('osteon.language', wanted);
  document.documentElement.lang = wanted;
  translate(document);
}

// t('review.found', {count: 2}): {count} in the message is replaced.
export function t(key, values = {}) {
  const message = messages[key];
  if (message === undefined) return `[${key}]`;
  return message.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ''));
}

export const has = (key) => messages[key] !== undefined;

// Fills every element that names a key: text, and the attributes people hear or see.
export function translate(root) {
  for (const node of root.querySelectorAll('[data-i18n]')) node.textContent = t(node.dataset.i18n);
  for (const name of ['aria-label', 'title', 'placeholder', 'alt']) {
    const key = `data-i18n-${name}`;
    for (const node of root.querySelectorAll(`[${key}]`)) node.setAttribute(name, t(node.getAttribute(key)));
  }
}

// What went wrong, in words: by the finer reason where there is one, else by the code,
// then, where it speaks the same language, the server's own text.
export function errorText(error) {
  const seconds = error?.retryAfter ?? 0;
  if (has(`reason.${error?.reason}`)) return t(`reason.${error.reason}`, { seconds });
  const key = `error.${error?.code ?? 'bug'}`;
  const known = has(key) ? t(key, { seconds }) : t('error.bug');
  return error?.message && language === 'en' ? `${known} (${error.message})` : known;
}

const UNITS = { deg: '°', mm: 'mm', mm2: 'mm²', mm3: 'mm³', cm3: 'cm³', MPa: 'MPa', N: 'N' };
export const unitText = (unit) => UNITS[unit] ?? unit;

// 11.2 ° ± 1.3, with a real minus sign and no break inside.
export function numberText(value, unit, sd, digits = 1) {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  const shown = value.toFixed(digits).replace('-', '−');
  const spread = Number.isFinite(sd) ? `\u00a0±\u00a0${sd.toFixed(digits)}` : '';
  return `${shown}${spread}\u00a0${unitText(unit)}`;
}

export function dateText(iso) {
  return iso ? new Intl.DateTimeFormat(language, { dateStyle: 'medium', timeStyle: 'short' }).format(new Date(iso)) : '';
}
