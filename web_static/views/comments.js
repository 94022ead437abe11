// Comments in threads, pinned to the bone where somebody wants them to be: written, answered,
// put away. A pin is set by a tap on the bone, or under the cross in the picture's middle by
// a button, so that the keyboard reaches it too.
import { dateText, t } from '../i18n/i18n.js';
import { noteOp, threadsOf } from '../plan/threads.js';
import { fill } from './part.js';

const MOST = 500; // characters: 2000 bytes in the plan

function saidBy(note, at) {
  const role = note.role ? ` · ${t(`role.${note.role}`)}` : '';
  return `${note.name}${role}${at ? ` · ${dateText(new Date(at).toISOString())}` : ''}`;
}

function words(note, at) {
  const node = document.createElement('div');
  const parts = fill(node, '<p class="said" data-part="text"></p><p class="small quiet" data-part="by"></p>');
  node.className = 'note';
  parts.text.textContent = note.text;
  parts.by.textContent = saidBy(note, at);
  return node;
}

export function mountComments(element, { session, past, stage, onPinning }) {
  const parts = fill(element, `
    <section class="card stack comments">
      <h2 data-i18n="comments.title"></h2>
      <p class="notice" data-part="closed" hidden></p>
      <form class="stack" data-part="form">
        <label class="field"><span data-i18n="comments.new"></span><textarea rows="2" maxlength="${MOST}" data-part="text"></textarea></label>
        <div class="row"><button type="button" aria-pressed="false" data-part="pin" data-i18n="comments.pin"></button>
          <button type="button" data-part="here" data-i18n="comments.here" hidden></button>
          <button type="button" data-part="unpin" data-i18n="comments.unpin" hidden></button>
          <button class="main push" data-part="send" data-i18n="comments.send"></button></div>
        <p class="small quiet" role="status" data-part="where"></p>
      </form>
      <p class="small quiet" data-part="none" data-i18n="comments.none"></p>
      <ol class="threads" data-part="threads"></ol>
      <button type="button" aria-pressed="false" data-part="away" hidden></button>
    </section>`);
  let state = null;
  let point = null; // where the comment that is being written will be pinned
  let pinning = false;
  let chosen = null;
  let answering = null;
  let away = false;
  let key = '';
  const times = new Map(); // seq to ms

  const may = () => state?.may.includes('plan') && state.plan.review === 'draft';

  function setPinning(on) {
    pinning = on;
    onPinning(on);
    show();
  }

  function setPoint(found) {
    point = found;
    setPinning(false);
    if (found) parts.send.focus();
  }

  function show() {
    parts.pin.setAttribute('aria-pressed', String(pinning));
    parts.pin.hidden = point !== null;
    parts.here.hidden = !pinning;
    parts.unpin.hidden = point === null;
    parts.where.textContent = pinning ? t('comments.pinning') : point ? t('comments.pinned', { bone: t(`bone.${point.bone}`) }) : '';
  }

  parts.pin.addEventListener('click', () => setPinning(!pinning));
  parts.unpin.addEventListener('click', () => { setPoint(null); parts.pin.focus(); });
  parts.here.addEventListener('click', () => {
    const found = stage().pointAtCross();
    if (found) setPoint(found);
    else parts.where.textContent = t('comments.no_bone');
  });
  parts.form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = parts.text.value.trim();
    if (text === '' || !may()) return void parts.text.focus();
    session().transact([noteOp(text, { point })]);
    parts.text.value = '';
    setPoint(null);
    parts.text.focus();
  });
  parts.away.addEventListener('click', () => {
    away = !away;
    draw();
  });

  function answerForm(thread) {
    const form = document.createElement('form');
    const own = fill(form, `<label class="field"><span data-i18n="comments.answer"></span><textarea rows="2" maxlength="${MOST}" data-part="text"></textarea></label>
      <div class="row"><button type="button" data-part="cancel" data-i18n="word.cancel"></button><button class="main push" data-part="send" data-i18n="comments.send"></button></div>`);
    form.className = 'stack';
    const leave = () => {
      answering = null;
      draw();
      parts.threads.querySelector(`[data-thread="${thread.id}"] [data-part=answer]`)?.focus();
    };
    own.cancel.addEventListener('click', leave);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const text = own.text.value.trim();
      if (text === '') return void own.text.focus();
      session().transact([noteOp(text, { parent: thread.id })]);
      leave();
    });
    return form;
  }

  function item(thread) {
    const node = document.createElement('li');
    const own = fill(node, `<div class="row head"><button type="button" class="pin" data-part="pin"></button><div class="words" data-part="words"></div></div>
      <div class="replies" data-part="replies"></div>
      <div class="row" data-part="acts"><button type="button" data-part="answer" data-i18n="comments.answer"></button>
        <button type="button" data-part="resolve"></button></div>`);
    node.dataset.thread = thread.id;
    node.className = thread.id === chosen ? 'thread chosen' : 'thread';
    own.pin.textContent = thread.label;
    own.pin.disabled = !thread.anchor;
    own.pin.setAttribute('aria-label', t(thread.anchor ? 'comments.show' : 'comments.unpinned', { label: thread.label, bone: thread.on ? t(`bone.${thread.on}`) : '' }));
    own.pin.addEventListener('click', () => choose(thread.id));
    own.words.append(words(thread, times.get(thread.seq)));
    own.replies.append(...thread.replies.map((note) => words(note, times.get(note.seq))));
    own.acts.hidden = !may();
    own.resolve.textContent = t(thread.resolved ? 'comments.reopen' : 'comments.resolve');
    own.resolve.addEventListener('click', () => session().set(thread.id, 'resolved', !thread.resolved));
    own.answer.addEventListener('click', () => {
      answering = thread.id;
      draw();
      parts.threads.querySelector('form textarea')?.focus();
    });
    if (answering === thread.id && may()) own.acts.replaceWith(answerForm(thread));
    return node;
  }

  function draw() {
    const threads = threadsOf(state.plan.state);
    const put = threads.filter((one) => one.resolved);
    parts.threads.replaceChildren(...threads.filter((one) => away || !one.resolved).map(item));
    parts.none.hidden = threads.length > 0;
    parts.away.hidden = put.length === 0;
    parts.away.setAttribute('aria-pressed', String(away));
    parts.away.textContent = t('comments.away', { count: put.length });
    parts.form.hidden = !may();
    parts.closed.hidden = may();
    parts.closed.textContent = t(state.may.includes('plan') ? 'comments.closed' : 'plan.readonly');
    if (!may() && pinning) setPinning(false);
  }

  function choose(id) {
    chosen = id;
    const thread = threadsOf(state.plan.state).find((one) => one.id === id);
    if (thread?.resolved) away = true;
    draw();
    stage().showPins(pins());
    stage().lookAtPin(id);
    const node = parts.threads.querySelector(`[data-thread="${id}"]`);
    node?.scrollIntoView({ block: 'nearest' });
    node?.querySelector('[data-part=pin]')?.focus({ preventScroll: true });
  }

  const pins = () => threadsOf(state?.plan?.state).filter((one) => one.anchor && (!one.resolved || away || one.id === chosen))
    .map(({ id, label, on, anchor, resolved }) => ({ id, label, bone: on, anchor, resolved, chosen: id === chosen }));

  // The log knows when each note was written.
  async function tellTimes() {
    const log = await past().catch(() => null);
    if (!log || !state) return;
    for (const entry of log.entries) times.set(entry.seq, entry.at);
    draw();
  }

  return {
    pins,
    choose,
    setPoint,
    open: tellTimes,
    close() { if (pinning) setPinning(false); },
    update(next) {
      state = next;
      element.hidden = !next.plan?.state;
      if (!next.plan?.state) return;
      for (const entry of next.plan.history) times.set(entry.seq, entry.at);
      const now = JSON.stringify([threadsOf(next.plan.state), may(), next.may.includes('plan')]);
      if (now === key) return;
      key = now;
      const writing = element.contains(document.activeElement) && document.activeElement.closest('.thread form');
      if (!writing) draw(); // what somebody is writing is not taken from under the hands
    },
    unmount() {},
  };
}
