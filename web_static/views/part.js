// A view is a function that fills an element and returns {update(state), unmount()}.
// Markup is a fixed template: values enter through textContent only, never as HTML.
import { translate } from '../i18n/i18n.js';

export function fill(element, html) {
  const template = document.createElement('template');
  template.innerHTML = html;
  translate(template.content);
  element.replaceChildren(template.content);
  const parts = {};
  for (const node of element.querySelectorAll('[data-part]')) parts[node.dataset.part] = node;
  return parts;
}

let toastTimer = 0;
export function toast(text) {
  const box = document.getElementById('toast');
  const line = document.createElement('p');
  line.textContent = text;
  box.replaceChildren(line);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => box.replaceChildren(), 6000);
}

// Runs `work` while the button says that it is busy; errors reach `onError`.
export async function busy(button, work, onError) {
  button.disabled = true;
  button.setAttribute('aria-busy', 'true');
  try {
    return await work();
  } catch (error) {
    onError(error);
    return undefined;
  } finally {
    button.disabled = false;
    button.removeAttribute('aria-busy');
  }
}

// A yes-or-no question as a real dialog; resolves to true or false.
export function ask(title, text, yes, no) {
  const dialog = document.createElement('dialog');
  const parts = fill(dialog, `
    <form method="dialog" class="stack">
      <h2 data-part="title"></h2><p data-part="text"></p>
      <div class="row"><button value="no" data-part="no"></button>
      <button value="yes" class="main push" data-part="yes"></button></div>
    </form>`);
  parts.title.textContent = title;
  parts.text.textContent = text;
  parts.yes.textContent = yes;
  parts.no.textContent = no;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      done(dialog.returnValue === 'yes');
    });
  });
}
