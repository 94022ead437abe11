// The owner's side of guests: who is invited to this case by a link, and until when.
import { del, get, post } from '../net/api.js';
import { dateText, t } from '../i18n/i18n.js';
import { ask, busy, fill, toast } from './part.js';

const HOURS = { 4: 'hours_4', 24: 'day', 72: 'days_3', 168: 'week', 720: 'days_30' };

const stateOf = (one) => (one.revoked_at ? 'revoked' : one.live ? 'live' : 'over');

export function mountGuests(element, { caseId, fail, settle, onChange }) {
  const parts = fill(element, `
      <form class="stack" data-part="form">
        <label class="field"><span data-i18n="guests.name"></span>
          <input type="text" autocomplete="off" maxlength="60" required data-part="name"></label>
        <fieldset class="choices stack"><legend data-i18n="guests.may"></legend>
          <label class="check"><input type="radio" name="may" value="view" checked><span data-i18n="guests.may_view"></span></label>
          <label class="check"><input type="radio" name="may" value="plan"><span data-i18n="guests.may_plan"></span></label>
        </fieldset>
        <label class="field"><span data-i18n="guests.until"></span><select data-part="hours"></select></label>
        <button class="main" data-part="make" data-i18n="guests.make"></button>
      </form>
      <div class="notice stack" role="status" data-part="made"></div>
      <section class="stack"><h3 data-i18n="guests.invited"></h3>
        <p class="small quiet" hidden data-part="none" data-i18n="guests.none"></p>
        <ul class="invited" data-part="list"></ul></section>`);
  parts.hours.replaceChildren(...Object.entries(HOURS).map(([hours, key]) => new Option(t(`guests.${key}`), hours, false, hours === '168')));
  parts.made.hidden = true;

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
        await onChange();
      }, fail);
    });
    return line;
  }

  async function show() {
    const { guests } = await get(`/cases/${caseId}/guests`);
    parts.list.replaceChildren(...guests.map(item));
    parts.none.hidden = guests.length > 0;
  }

  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    settle();
    busy(parts.make, async () => {
      const may = new FormData(parts.form).get('may');
      const { guest, link } = await post(`/cases/${caseId}/guests`, { name: parts.name.value.trim(), may, hours: Number(parts.hours.value) });
      parts.name.value = '';
      await show();
      await onChange();
      showLink(guest, link);
    }, fail);
  });
  return { show };
}
