// Own password and own sessions.
import { del, get, post } from '../net/api.js';
import { dateText, errorText, t } from '../i18n/i18n.js';
import { busy, fill, toast } from './part.js';

// "Chrome, Linux": enough to tell one's own devices apart.
function deviceText(agent) {
  const of = (names) => names.find(([, pattern]) => pattern.test(agent ?? ''))?.[0];
  const browser = of([['Edge', /Edg/], ['Firefox', /Firefox/], ['Chrome', /Chrom/], ['Safari', /Safari/]]);
  const system = of([['iPhone', /iPhone/], ['iPad', /iPad/], ['Android', /Android/], ['Windows', /Windows/], ['Mac', /Mac OS/], ['Linux', /Linux/]]);
  return [browser, system].filter(Boolean).join(', ') || t('account.unknown_device');
}

export function mountAccount(element, { user }) {
  const parts = fill(element, `
    <div class="page narrow">
      <h1 data-i18n="account.title"></h1>
      <p data-part="who"></p>
      <form class="card stack" data-part="form">
        <h2 data-i18n="account.password"></h2>
        <label class="field"><span data-i18n="account.old"></span>
          <input type="password" autocomplete="current-password" required data-part="old"></label>
        <label class="field"><span data-i18n="account.new"></span>
          <input type="password" autocomplete="new-password" minlength="12" required data-part="fresh"></label>
        <p class="notice bad" role="alert" hidden data-part="error"></p>
        <button class="main" data-part="send" data-i18n="account.change"></button>
      </form>
      <section class="card stack sessions">
        <h2 data-i18n="account.sessions"></h2>
        <ul class="stack" data-part="list"></ul>
        <button class="danger" data-part="end" data-i18n="account.end"></button>
      </section>
    </div>`);

  const fail = (error) => {
    parts.error.textContent = error.reason === 'wrong_password' ? t('account.wrong') : errorText(error);
    parts.error.hidden = false;
  };

  async function showSessions() {
    const answer = await get('/sessions').catch(() => null);
    const list = answer?.sessions ?? answer ?? [];
    parts.list.replaceChildren(...list.map((session) => {
      const item = document.createElement('li');
      item.textContent = [deviceText(session.agent), dateText(session.last_seen_at ?? session.created_at), session.current ? t('account.this') : ''].filter(Boolean).join(' · ');
      return item;
    }));
  }

  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    parts.error.hidden = true;
    busy(parts.send, async () => {
      await post('/session/password', { old: parts.old.value, new: parts.fresh.value });
      parts.form.reset();
      toast(t('account.changed'));
      await showSessions();
    }, fail);
  });
  parts.end.addEventListener('click', () => busy(parts.end, async () => {
    await del('/sessions');
    toast(t('account.ended'));
    await showSessions();
  }, fail));
  parts.who.textContent = `${user.name} · ${t(`role.${user.role}`)} · ${user.institution.name}`;
  showSessions();
  return { update() {}, unmount() {} };
}
