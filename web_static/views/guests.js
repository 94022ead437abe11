// The owner's side: who is invited to this case, until when, and everything they looked at.
import { del, get, post } from '../net/api.js';
import { dateText, errorText, has, t } from '../i18n/i18n.js';
import { ask, busy, fill, toast } from './part.js';

const HOURS = { 4: 'hours_4', 24: 'day', 72: 'days_3', 168: 'week', 720: 'days_30' };
const TOGETHER_MS = 60000; // what is opened again within a minute is one line

const stateOf = (one) => (one.revoked_at ? 'revoked' : one.live ? 'live' : 'over');

// "Opened a file: result.json", "Refused: a change of the plan".
function accessText({ action, detail }) {
  const key = `access.${action.replace('.', '_')}`;
  const what = detail?.name ?? (has(`access.what_${detail?.what}`) ? t(`access.what_${detail.what}`) : '');
  return [has(key) ? t(key) : action, what].filter(Boolean).join(': ');
}

function together(accesses) {
  const lines = [];
  for (const one of accesses) {
    const last = lines.at(-1);
    const text = accessText(one);
    if (last && last.name === one.name && last.text === text && last.from - Date.parse(one.at) < TOGETHER_MS) {
      last.count += one.detail?.count ?? 1;
      last.from = Date.parse(one.at);
    } else {
      lines.push({ name: one.name, text, at: one.at, from: Date.parse(one.at), count: one.detail?.count ?? 1, refused: one.action === 'guest.refused' });
    }
  }
  return lines;
}

function openDialog(caseId) {
  const dialog = document.createElement('dialog');
  dialog.className = 'guests';
  dialog.setAttribute('aria-labelledby', 'guests-title');
  const parts = fill(dialog, `
    <div class="stack">
      <div class="row"><h2 id="guests-title" data-i18n="guests.title"></h2>
        <button type="button" class="plain push" data-part="close" data-i18n="word.close"></button></div>
      <form class="stack" data-part="form">
        <label class="field"><span data-i18n="guests.name"></span>
          <input type="text" autocomplete="off" maxlength="60" required data-part="name"></label>
        <fieldset class="choices stack"><legend data-i18n="guests.may"></legend>
          <label class="check"><input type="radio" name="may" value="view" checked><span data-i18n="guests.may_view"></span></label>
          <label class="check"><input type="radio" name="may" value="plan"><span data-i18n="guests.may_plan"></span></label>
        </fieldset>
        <label class="field"><span data-i18n="guests.until"></span><select data-part="hours"></select></label>
        <p class="notice bad" role="alert" hidden data-part="error"></p>
        <button class="main" data-part="make" data-i18n="guests.make"></button>
      </form>
      <div class="notice stack" role="status" data-part="made"></div>
      <section class="stack"><h3 data-i18n="guests.invited"></h3>
        <p class="small quiet" hidden data-part="none" data-i18n="guests.none"></p>
        <ul class="invited" data-part="list"></ul></section>
      <section class="stack"><h3 data-i18n="guests.accesses"></h3>
        <p class="small quiet" hidden data-part="unseen" data-i18n="guests.no_access"></p>
        <ol class="accesses" data-part="accesses"></ol>
        <div class="row"><button type="button" hidden data-part="more" data-i18n="guests.more"></button></div></section>
    </div>`);
  parts.hours.replaceChildren(...Object.entries(HOURS).map(([hours, key]) => new Option(t(`guests.${key}`), hours, false, hours === '168')));
  parts.made.hidden = true;

  const fail = (error) => {
    parts.error.textContent = errorText(error);
    parts.error.hidden = false;
  };

  function showLink(guest, link) {
    const made = fill(parts.made, `<p data-part="text"></p>
      <label class="field"><span data-i18n="guests.link"></span><input type="text" readonly data-part="link"></label>
      <div class="row"><button type="button" class="main" data-part="copy" data-i18n="guests.copy"></button></div>`);
    made.text.textContent = t('guests.send', { name: guest.name });
    made.link.value = location.origin + link;
    made.copy.addEventListener('click', async () => {
      made.link.select();
      await navigator.clipboard?.writeText(made.link.value).then(() => toast(t('guests.copied')), () => undefined);
      made.copy.textContent = t('guests.copied');
    });
    parts.made.hidden = false;
    made.copy.focus();
  }

  function item(one) {
    const line = document.createElement('li');
    const inside = fill(line, `<div><strong data-part="name"></strong>
      <span class="small quiet" data-part="about"></span></div>
      <span class="tag" data-part="state"></span>
      <button type="button" class="danger" data-part="revoke" data-i18n="guests.revoke"></button>`);
    const state = stateOf(one);
    inside.name.textContent = one.name;
    inside.state.textContent = t(state === 'live' ? `guests.tag_${one.may}` : `guests.${state}`);
    inside.state.classList.toggle('warn', state !== 'live');
    inside.about.textContent = [
      state === 'live' ? t('guests.ends', { until: dateText(one.expires_at) }) : t('guests.ended', { until: dateText(one.revoked_at ?? one.expires_at) }),
      one.last_seen_at ? t('guests.seen', { at: dateText(one.last_seen_at), count: one.entered }) : t('guests.never'),
    ].join(' · ');
    inside.revoke.hidden = state !== 'live';
    inside.revoke.setAttribute('aria-label', `${t('guests.revoke')} ${one.name}`);
    inside.revoke.addEventListener('click', async () => {
      if (!await ask(t('guests.revoke_title', { name: one.name }), t('guests.revoke_text'), t('guests.revoke'), t('word.cancel'))) return;
      busy(inside.revoke, async () => {
        await del(`/guests/${one.id}`);
        toast(t('guests.revoke_done', { name: one.name }));
        await show();
      }, fail);
    });
    return line;
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

  let all = [];
  let next = null;
  async function showAccesses(before = 0) {
    const answer = await get(`/cases/${caseId}/accesses${before ? `?before=${before}` : ''}`);
    all = before ? [...all, ...answer.accesses] : answer.accesses;
    next = answer.next;
    parts.accesses.replaceChildren(...together(all).map(access));
    parts.unseen.hidden = all.length > 0;
    parts.more.hidden = next === null;
  }
  async function show() {
    const { guests } = await get(`/cases/${caseId}/guests`);
    parts.list.replaceChildren(...guests.map(item));
    parts.none.hidden = guests.length > 0;
    await showAccesses();
  }

  parts.more.addEventListener('click', () => busy(parts.more, () => showAccesses(next), fail));
  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    parts.error.hidden = true;
    busy(parts.make, async () => {
      const may = new FormData(parts.form).get('may');
      const { guest, link } = await post(`/cases/${caseId}/guests`, { name: parts.name.value.trim(), may, hours: Number(parts.hours.value) });
      parts.name.value = '';
      await show();
      showLink(guest, link);
    }, fail);
  });
  parts.close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  show().catch(fail);
}

export function mountGuests(element, { caseId }) {
  const parts = fill(element, '<button type="button" hidden data-part="open" data-i18n="guests.open"></button>');
  parts.open.addEventListener('click', () => openDialog(caseId));
  return {
    update({ may = [] }) {
      parts.open.hidden = !may.includes('share');
    },
    unmount() { document.querySelector('dialog.guests')?.close(); },
  };
}
