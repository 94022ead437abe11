import { del, get, post } from '../net/api.js';
import { dateText, errorText, has, t } from '../i18n/i18n.js';
import { ask, busy, fill, toast } from './part.js';

// Who may do what; the service decides, the page only leaves out what it would refuse.
const MAY_CREATE = ['surgeon', 'engineer'];
const MAY_DELETE = ['surgeon', 'administrator'];

export function mountCaseList(element, { user, told = '' }) {
  const parts = fill(element, `
    <div class="page">
      <div class="row"><h1 data-i18n="list.title"></h1></div>
      <form class="card row" data-part="form">
        <fieldset class="row sides">
          <legend data-i18n="list.side"></legend>
          <label class="check"><input type="radio" name="side" value="left"><span data-i18n="side.left"></span></label>
          <label class="check"><input type="radio" name="side" value="right"><span data-i18n="side.right"></span></label>
          <label class="check"><input type="radio" name="side" value="unknown" checked><span data-i18n="side.unknown"></span></label>
        </fieldset>
        <button class="main push" data-part="add" data-i18n="list.new"></button>
      </form>
      <p class="notice warn" role="status" hidden data-part="told"></p>
      <p class="notice bad" role="alert" hidden data-part="error"></p>
      <p class="quiet" data-part="empty" hidden data-i18n="list.empty"></p>
      <ul class="cases" data-part="list"></ul>
      <div class="row"><button type="button" data-part="more" hidden data-i18n="list.more"></button></div>
      <p class="small quiet" data-i18n="shell.support"></p>
    </div>`);

  parts.told.textContent = told;
  parts.told.hidden = told === '';
  const fail = (error) => {
    parts.error.textContent = errorText(error);
    parts.error.hidden = false;
  };

  function item(row) {
    const line = document.createElement('li');
    line.className = 'card case-row';
    const inside = fill(line, `
      <a data-part="open"><strong data-part="code"></strong>
        <span class="small quiet" data-part="about"></span></a>
      <span class="tag" data-part="state"></span>
      <button class="plain danger" data-part="remove" data-i18n="list.delete"></button>`);
    inside.open.href = `#/case/${row.id}`;
    inside.code.textContent = row.code;
    inside.about.textContent = [
      t(`side.${row.side}`), dateText(row.created_at), row.granted ? t(`list.from_${row.granted}`, { who: row.owner, until: dateText(row.granted_until) }) : '',
    ].filter(Boolean).join(' · ');
    const state = row.state === 'new' && row.film_count > 0 ? 'films' : row.state;
    inside.state.textContent = has(`state.${state}`) ? t(`state.${state}`) : state;
    inside.remove.hidden = !MAY_DELETE.includes(user.role) || row.granted !== null;
    inside.remove.setAttribute('aria-label', `${t('list.delete')} ${row.code}`);
    inside.remove.addEventListener('click', async () => {
      if (!await ask(t('list.delete_title', { code: row.code }), t('list.delete_text'), t('list.delete'), t('word.cancel'))) return;
      busy(inside.remove, async () => {
        await del(`/cases/${row.id}`);
        toast(t('list.deleted', { code: row.code }));
        await show();
      }, fail);
    });
    return line;
  }

  let next = null;
  async function show(before = 0) {
    try {
      const answer = await get(before > 0 ? `/cases?before=${before}` : '/cases');
      if (before === 0) parts.list.replaceChildren();
      parts.list.append(...answer.cases.map(item));
      parts.empty.hidden = parts.list.children.length > 0;
      next = answer.next;
      parts.more.hidden = next === null;
    } catch (error) {
      fail(error);
    }
  }
  parts.more.addEventListener('click', () => busy(parts.more, () => show(next), fail));

  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    parts.error.hidden = true;
    const side = new FormData(parts.form).get('side');
    busy(parts.add, async () => {
      const created = await post('/cases', { side });
      location.hash = `#/case/${created.id}`;
    }, fail);
  });
  parts.form.hidden = !MAY_CREATE.includes(user.role);
  show();
  return { update() {}, unmount() {} };
}
