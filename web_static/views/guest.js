// The guest's side: the door that an invitation's link leads to, and what it says inside.
import { del, post } from '../net/api.js';
import { dateText, errorText, t } from '../i18n/i18n.js';
import { busy, fill } from './part.js';

// What leads in or out of the house, what is said of a plan, and what moves it.
const TAKES = ['back', 'upload', 'files', 'guests', 'mechAsk'];
const TAGS = ['approve', 'version', 'buttons'];
const EDITS = ['tools', 'modes', 'steppers', 'markfield', 'bonefield', 'kind', 'propose', 'undo', 'redo', 'conflict', 'moving', 'form'];

// A guest has no control before him that would be refused, and is told what he is.
export function showAsGuest(element, user) {
  const names = [...TAKES, ...TAGS, ...(user.guest.may === 'view' ? EDITS : [])];
  for (const control of element.querySelectorAll(names.map((part) => `[data-part=${part}]`).join())) (control.closest('label') ?? control).remove();
  element.querySelector('.tabs [data-name=files]').remove();
  const band = element.querySelector('[data-part=guest]');
  band.textContent = t(`guest.banner_${user.guest.may}`, { who: user.institution.name, until: dateText(user.guest.until) });
  band.hidden = false;
}

// Nothing happens before the button: programs that look through mail open links too.
export function mountGuestDoor(element, { token, user, onEnter }) {
  const parts = fill(element, `
    <div class="page narrow">
      <h1 data-part="title"></h1>
      <div class="card stack">
        <p data-part="text"></p>
        <p data-part="listed" data-i18n="guest.listed"></p>
        <p class="notice warn" hidden data-part="signed"></p>
        <p class="notice bad" role="alert" hidden data-part="error"></p>
        <button type="button" class="main" data-part="enter" data-i18n="guest.enter"></button>
      </div>
      <p class="small quiet" data-i18n="shell.support"></p>
    </div>`);
  parts.title.textContent = t(token ? 'guest.title' : 'guest.over_title');
  parts.text.textContent = t(token ? 'guest.text' : 'guest.over_text');
  for (const part of ['listed', 'enter']) parts[part].hidden = !token;
  const other = user && !user.guest;
  parts.signed.hidden = !token || !other;
  parts.signed.textContent = other ? t('guest.signed_in', { name: user.name }) : '';

  parts.enter.addEventListener('click', () => busy(parts.enter, async () => {
    parts.error.hidden = true;
    if (user) await del('/session');
    onEnter((await post('/guest', { token })).user);
  }, (error) => {
    parts.error.textContent = errorText({ code: error.code, reason: error.reason, retryAfter: error.retryAfter });
    parts.error.hidden = false;
    parts.enter.hidden = [404, 410].includes(error.status); // nothing to try again
  }));
  return { update() {}, unmount() {} };
}
