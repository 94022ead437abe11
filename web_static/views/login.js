import { post } from '../net/api.js';
import { errorText } from '../i18n/i18n.js';
import { busy, fill } from './part.js';

// The question over a page whose session has ended; resolves to who logged in.
export function askLogin(user) {
  const dialog = document.createElement('dialog');
  const parts = fill(dialog, `
    <form class="stack" data-part="form">
      <h2 data-i18n="login.again"></h2><p data-i18n="login.again_text"></p>
      <label class="field"><span data-i18n="login.email"></span>
        <input type="email" autocomplete="username" required data-part="email"></label>
      <label class="field"><span data-i18n="login.password"></span>
        <input type="password" autocomplete="current-password" required data-part="password"></label>
      <p class="notice bad" role="alert" hidden data-part="error"></p>
      <button class="main" data-part="send" data-i18n="login.send"></button>
    </form>`);
  parts.email.value = user.email ?? '';
  dialog.addEventListener('cancel', (event) => event.preventDefault());
  document.body.append(dialog);
  dialog.showModal();
  return new Promise((done) => {
    listen(parts, (who) => {
      dialog.close();
      dialog.remove();
      done(who);
    });
  });
}

function listen(parts, onLogin) {
  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    parts.error.hidden = true;
    busy(parts.send, async () => {
      const answer = await post('/session', { email: parts.email.value, password: parts.password.value });
      onLogin(answer.user);
    }, (error) => {
      parts.error.textContent = errorText(error);
      parts.error.hidden = false;
      parts.password.focus();
    });
  });
}

export function mountLogin(element, { onLogin }) {
  const parts = fill(element, `
    <div class="page narrow">
      <h1 data-i18n="login.title"></h1>
      <p class="quiet" data-i18n="login.purpose"></p>
      <form class="card stack" data-part="form">
        <label class="field"><span data-i18n="login.email"></span>
          <input type="email" name="email" autocomplete="username" required data-part="email"></label>
        <label class="field"><span data-i18n="login.password"></span>
          <input type="password" name="password" autocomplete="current-password" required data-part="password"></label>
        <p class="notice bad" role="alert" hidden data-part="error"></p>
        <button class="main" data-part="send" data-i18n="login.send"></button>
      </form>
      <p class="small quiet" data-i18n="shell.support"></p>
    </div>`);

  listen(parts, onLogin);
  return { update() {}, unmount() {} };
}
