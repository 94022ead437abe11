// The other side of a grant: the hospital that a case was opened to ends it itself, with a reason.
import { post } from '../net/api.js';
import { errorText, t } from '../i18n/i18n.js';
import { busy, fill } from './part.js';

// `onGo` before it is asked for, as the socket may end before the answer comes; `onStay` where it
// did not come to it; `onGone` with what there is to say. `waiting`: how many edits are not sent.
export function mountGiveBack(element, { caseId, waiting, onGo, onStay, onGone }) {
  const parts = fill(element, '<button type="button" hidden data-part="open" data-i18n="give_back.open"></button>');
  let owner = '';

  function openDialog() {
    const dialog = document.createElement('dialog');
    dialog.className = 'give-back';
    dialog.setAttribute('aria-labelledby', 'give-back-title');
    const inside = fill(dialog, `
      <form class="stack" data-part="form">
        <h2 id="give-back-title" data-part="title"></h2><p data-part="text"></p>
        <p class="notice bad" role="alert" hidden data-part="error"></p>
        <label class="field"><span data-i18n="give_back.why"></span>
          <input type="text" autocomplete="off" required minlength="3" maxlength="200" data-part="why"></label>
        <div class="row"><button type="button" data-part="no" data-i18n="word.cancel"></button>
          <button class="main push" data-part="yes" data-i18n="give_back.yes"></button></div>
      </form>`);
    inside.title.textContent = t('give_back.title', { who: owner });
    inside.text.textContent = t('give_back.text', { who: owner });
    inside.no.addEventListener('click', () => dialog.close());
    inside.form.addEventListener('submit', (event) => {
      event.preventDefault();
      const complain = (text) => {
        inside.error.textContent = text;
        inside.error.hidden = text === '';
      };
      const count = waiting();
      complain(count > 0 ? t('give_back.waiting', { count }) : '');
      if (count > 0) return;
      busy(inside.yes, async () => {
        onGo();
        await post(`/cases/${caseId}/give-back`, { reason: inside.why.value.trim() });
        dialog.close();
        onGone(t('give_back.done', { who: owner }));
      }, (error) => {
        complain(errorText(error));
        onStay();
      });
    });
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  parts.open.addEventListener('click', openDialog);
  return {
    update({ may = [], caseDetail }) {
      parts.open.hidden = !may.includes('give_back');
      owner = caseDetail?.owner ?? '';
    },
    unmount() { document.querySelector('dialog.give-back')?.close(); },
  };
}
