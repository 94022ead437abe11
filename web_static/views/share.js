// Who from outside is let into this case: guests by a link, other hospitals; and what they did.
import { errorText } from '../i18n/i18n.js';
import { mountAccesses } from './accesses.js';
import { mountGrants } from './grants.js';
import { mountGuests } from './guests.js';
import { fill } from './part.js';

const PAGES = { guests: mountGuests, grants: mountGrants };

function openDialog(caseId) {
  const dialog = document.createElement('dialog');
  dialog.className = 'guests';
  dialog.setAttribute('aria-labelledby', 'share-title');
  const parts = fill(dialog, `
    <div class="stack">
      <div class="row"><h2 id="share-title" data-i18n="share.title"></h2>
        <button type="button" class="plain push" data-part="close" data-i18n="word.close"></button></div>
      <div class="row" role="group" aria-labelledby="share-title">
        <button type="button" data-page="guests" data-i18n="share.guests"></button>
        <button type="button" data-page="grants" data-i18n="share.grants"></button></div>
      <p class="notice bad" role="alert" hidden data-part="error"></p>
      <div class="stack" data-part="guests"></div>
      <div class="stack" data-part="grants"></div>
      <section class="stack" data-part="seen"></section>
    </div>`);
  const fail = (error) => {
    parts.error.textContent = errorText(error);
    parts.error.hidden = false;
  };
  const accesses = mountAccesses(parts.seen, { caseId, fail });
  const settle = () => { parts.error.hidden = true; };
  const pages = Object.entries(PAGES).map(([name, mount]) => mount(parts[name], { caseId, fail, settle, onChange: accesses.show }));

  const buttons = [...dialog.querySelectorAll('[data-page]')];
  function show(name) {
    for (const button of buttons) button.setAttribute('aria-pressed', String(button.dataset.page === name));
    for (const page of Object.keys(PAGES)) parts[page].hidden = page !== name;
    settle();
  }
  for (const button of buttons) button.addEventListener('click', () => show(button.dataset.page));
  parts.close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  show('guests');
  dialog.showModal();
  Promise.all([...pages.map((page) => page.show()), accesses.show()]).catch(fail);
}

export function mountShare(element, { caseId }) {
  const parts = fill(element, '<button type="button" hidden data-part="open" data-i18n="share.open"></button>');
  parts.open.addEventListener('click', () => openDialog(caseId));
  return {
    update({ may = [] }) {
      parts.open.hidden = !may.includes('share');
    },
    unmount() { document.querySelector('dialog.guests')?.close(); },
  };
}
