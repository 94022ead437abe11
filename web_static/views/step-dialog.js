// Taking a step of the review: what it means, room for a word of one's own, yes or no.
import { fill } from './part.js';
import { t } from '../i18n/i18n.js';

const SAID_BYTES = 400; // as the plan takes it
const bytesOf = (text) => new TextEncoder().encode(text).length;

// Resolves to what was said ('' for nothing), or to null where the person thought better of it.
export function askStep({ title, text, yes, hash, wanted = false }) {
  const dialog = document.createElement('dialog');
  const parts = fill(dialog, `
    <form method="dialog" class="stack">
      <h2 data-part="title"></h2><p data-part="text"></p>
      <p class="small quiet number" data-part="hash"></p>
      <label class="field"><span data-part="label"></span><textarea rows="3" data-part="said"></textarea></label>
      <p class="small warn" role="status" data-part="long"></p>
      <div class="row"><button value="no" data-part="no" data-i18n="word.cancel" formnovalidate></button>
      <button value="yes" class="main push" data-part="yes"></button></div>
    </form>`);
  parts.title.textContent = title;
  parts.text.textContent = text;
  parts.yes.textContent = yes;
  parts.hash.textContent = t('step.bound', { hash: hash.slice(0, 16) });
  parts.label.textContent = t(wanted ? 'step.why' : 'step.comment');
  parts.said.required = wanted;
  parts.said.addEventListener('input', () => {
    const over = bytesOf(parts.said.value.trim()) > SAID_BYTES;
    parts.long.textContent = over ? t('step.too_long') : '';
    parts.yes.disabled = over;
  });
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      done(dialog.returnValue === 'yes' ? parts.said.value.trim() : null);
    });
  });
}
