// The owner's side of other hospitals: to whom this case is opened, for what and until when.
import { del, get, post } from '../net/api.js';
import { dateText, t } from '../i18n/i18n.js';
import { ask, busy, fill, toast } from './part.js';

const DAYS = { 1: 'day', 7: 'week', 30: 'days_30', 90: 'days_90', 366: 'year' };

const stateOf = (one) => (one.given_back ? 'given_back' : one.revoked_at ? 'revoked' : one.live ? 'live' : 'over');

export function mountGrants(element, { caseId, fail, settle, onChange }) {
  const parts = fill(element, `
      <form class="stack" data-part="form">
        <label class="field"><span data-i18n="grants.to"></span>
          <input type="text" autocomplete="off" maxlength="120" required data-part="to"></label>
        <label class="field"><span data-i18n="grants.purpose"></span>
          <input type="text" autocomplete="off" minlength="3" maxlength="200" required data-part="purpose"></label>
        <fieldset class="choices stack"><legend data-i18n="grants.may"></legend>
          <label class="check"><input type="radio" name="may" value="view" checked><span data-i18n="grants.may_view"></span></label>
          <label class="check"><input type="radio" name="may" value="plan"><span data-i18n="grants.may_plan"></span></label>
        </fieldset>
        <label class="field"><span data-i18n="guests.until"></span><select data-part="days"></select></label>
        <button class="main" data-part="make" data-i18n="grants.make"></button>
      </form>
      <section class="stack"><h3 data-i18n="grants.listed"></h3>
        <p class="small quiet" hidden data-part="none" data-i18n="grants.none"></p>
        <ul class="invited" data-part="list"></ul></section>`);
  parts.days.replaceChildren(...Object.entries(DAYS).map(([days, key]) => new Option(t(`guests.${key}`), days, false, days === '30')));

  function item(one) {
    const line = document.createElement('li');
    const inside = fill(line, `<div><strong data-part="name"></strong><span data-part="purpose"></span><span data-part="why"></span>
      <span class="small quiet" data-part="about"></span></div>
      <span class="tag" data-part="state"></span>
      <button type="button" class="danger" data-part="revoke" data-i18n="guests.revoke"></button>`);
    const state = stateOf(one);
    inside.name.textContent = one.to;
    inside.purpose.textContent = one.purpose;
    inside.why.hidden = !one.given_back;
    inside.why.textContent = one.given_back ? t('grants.why', { why: one.given_back }) : '';
    inside.state.textContent = t(state === 'live' ? `guests.tag_${one.may}` : `guests.${state}`);
    inside.state.classList.toggle('warn', state !== 'live');
    inside.about.textContent = [
      state === 'live' ? t('guests.ends', { until: dateText(one.expires_at) }) : t('guests.ended', { until: dateText(one.revoked_at ?? one.expires_at) }),
      one.last_seen_at ? t('grants.seen', { at: dateText(one.last_seen_at) }) : t('guests.never'),
    ].join(' · ');
    inside.revoke.hidden = state !== 'live';
    inside.revoke.setAttribute('aria-label', `${t('guests.revoke')} ${one.to}`);
    inside.revoke.addEventListener('click', async () => {
      if (!await ask(t('grants.revoke_title', { name: one.to }), t('grants.revoke_text'), t('guests.revoke'), t('word.cancel'))) return;
      busy(inside.revoke, async () => {
        await del(`/grants/${one.id}`);
        toast(t('grants.revoke_done', { name: one.to }));
        await show();
        await onChange();
      }, fail);
    });
    return line;
  }

  async function show() {
    const { grants } = await get(`/cases/${caseId}/grants`);
    parts.list.replaceChildren(...grants.map(item));
    parts.none.hidden = grants.length > 0;
  }

  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    settle();
    busy(parts.make, async () => {
      const { grant } = await post(`/cases/${caseId}/grants`, {
        to: parts.to.value.trim(), purpose: parts.purpose.value.trim(), may: new FormData(parts.form).get('may'), days: Number(parts.days.value),
      });
      parts.to.value = '';
      parts.purpose.value = '';
      toast(t('grants.made', { name: grant.to }));
      await show();
      await onChange();
    }, fail);
  });
  return { show };
}
