// What people from outside did in the case, guests and other hospitals, newest first.
import { get } from '../net/api.js';
import { dateText, has, t } from '../i18n/i18n.js';
import { busy, fill } from './part.js';

const TOGETHER_MS = 60000; // what is opened again within a minute is one line

// "Opened a file: result.json", "Refused: a change of the plan".
function accessText({ action, detail }) {
  const key = `access.${action.replace('.', '_')}`;
  const what = detail?.name ?? detail?.reason ?? (has(`access.what_${detail?.what}`) ? t(`access.what_${detail.what}`) : '');
  return [has(key) ? t(key) : action, what].filter(Boolean).join(': ');
}

function together(accesses) {
  const lines = [];
  for (const one of accesses) {
    const last = lines.at(-1);
    const text = accessText(one);
    const name = one.institution ? t('access.of', { name: one.name, hospital: one.institution }) : one.name;
    if (last && last.name === name && last.text === text && last.from - Date.parse(one.at) < TOGETHER_MS) {
      last.count += one.detail?.count ?? 1;
      last.from = Date.parse(one.at);
    } else {
      lines.push({ name, text, at: one.at, from: Date.parse(one.at), count: one.detail?.count ?? 1, refused: one.action.endsWith('.refused') });
    }
  }
  return lines;
}

function access({ name, text, at, count, refused }) {
  const line = document.createElement('li');
  const inside = fill(line, '<span class="small quiet number" data-part="at"></span><strong data-part="name"></strong><span data-part="text"></span>');
  inside.at.textContent = dateText(at);
  inside.name.textContent = name;
  inside.text.textContent = count > 1 ? `${text} ×${count}` : text;
  inside.text.classList.toggle('bad', refused);
  return line;
}

export function mountAccesses(element, { caseId, fail }) {
  const parts = fill(element, `<h3 data-i18n="share.accesses"></h3>
    <p class="small quiet" hidden data-part="unseen" data-i18n="share.no_access"></p>
    <ol class="accesses" data-part="accesses"></ol>
    <div class="row"><button type="button" hidden data-part="more" data-i18n="share.more"></button></div>`);
  let all = [];
  let next = null;
  async function show(before = 0) {
    const answer = await get(`/cases/${caseId}/accesses${before ? `?before=${before}` : ''}`);
    all = before ? [...all, ...answer.accesses] : answer.accesses;
    next = answer.next;
    parts.accesses.replaceChildren(...together(all).map(access));
    parts.unseen.hidden = all.length > 0;
    parts.more.hidden = next === null;
  }
  parts.more.addEventListener('click', () => busy(parts.more, () => show(next), fail));
  return { show: () => show() };
}
