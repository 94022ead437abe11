// The plan's whole history: a slider through every entry of its log, replayed on the stage by
// the plan's own core, and beside it who changed what and when.
import { dateText, errorText, t } from '../i18n/i18n.js';
import { get } from '../net/api.js';
import { factOf } from '../plan/change.js';
import { createLog } from '../plan/log.js';
import { createReplay } from '../plan/replay.js';
import { theCore } from '../plan/session.js';
import { factText } from './change-text.js';
import { fill } from './part.js';

const LIST = 4; // entries told before and after the one that is shown
const PLAY_EVERY = 700; // ms
const fetchEntries = (planId, after) => get(`/plans/${planId}/ops?after=${after}`);

// The entries of the case's plan, shared by all who look back.
export function createPast(session) {
  let log = null;
  return async function reach() {
    const { plan, seq, history } = session().snapshot();
    if (log?.planId !== plan) log = createLog(plan, fetchEntries);
    log.take(history);
    await log.reach(seq);
    return log;
  };
}

export function mountHistory(element, { past, onMoment }) {
  const parts = fill(element, `
    <section class="card stack history">
      <div class="row"><h2 data-i18n="history.title"></h2>
        <button type="button" class="push" data-part="back" data-i18n="history.now" hidden></button></div>
      <p class="notice bad" role="alert" data-part="error" hidden></p>
      <label class="field"><span data-part="where"></span><input type="range" min="1" step="1" data-part="slider"></label>
      <div class="row"><button type="button" data-part="older" data-i18n="history.older"></button>
        <button type="button" data-part="newer" data-i18n="history.newer"></button>
        <button type="button" class="push" data-part="play" aria-pressed="false" data-i18n="history.play"></button></div>
      <div class="moment" aria-live="polite"><p class="small quiet" data-part="who"></p><ul data-part="what"></ul></div>
      <h3 data-i18n="history.around"></h3>
      <ol class="entries" data-part="entries"></ol>
    </section>`);
  let replay = null;
  let at = 0;
  let playing = 0;
  let open = false;
  let asked = 0;
  let facts = new Map(); // seq to the words of that entry

  const wordsOf = (entry, before) => (entry.seq === 1 ? [t('history.first')] : [
    ...(entry.undo_of ? [t('history.undo', { seq: entry.undo_of })] : []),
    ...entry.ops.map((op) => factText(factOf(op, before)))]);
  const headOf = (entry) => `${entry.seq} · ${entry.by.role === 'system' ? t('role.system') : `${entry.by.name} · ${t(`role.${entry.by.role}`)}`} · ${dateText(new Date(entry.at).toISOString())}`;

  function wordsAt(seq) {
    if (!facts.has(seq)) facts.set(seq, wordsOf(replay.entry(seq), replay.at(seq).before));
    return facts.get(seq);
  }

  function entryItem(seq) {
    const node = document.createElement('li');
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'entry';
    button.dataset.seq = seq;
    button.setAttribute('aria-current', String(seq === at));
    const head = document.createElement('span');
    const what = document.createElement('span');
    head.className = 'small quiet';
    head.textContent = headOf(replay.entry(seq));
    what.textContent = wordsAt(seq).join(t('word.comma'));
    button.append(head, what);
    button.addEventListener('click', () => go(seq));
    node.append(button);
    return node;
  }

  function go(seq) {
    if (!replay) return;
    at = Math.min(Math.max(1, seq), replay.length);
    const focused = document.activeElement?.closest?.('.entries') === parts.entries;
    const first = Math.max(1, Math.min(at - LIST, replay.length - 2 * LIST));
    const list = Array.from({ length: Math.min(2 * LIST + 1, replay.length) }, (_, i) => first + i).reverse();
    parts.entries.replaceChildren(...list.map(entryItem));
    if (focused) parts.entries.querySelector('[aria-current=true]')?.focus();
    const moment = replay.at(at);
    parts.slider.value = String(at);
    parts.slider.setAttribute('aria-valuetext', `${headOf(replay.entry(at))}: ${wordsAt(at).join(t('word.comma'))}`);
    parts.where.textContent = t('history.where', { seq: at, count: replay.length });
    parts.who.textContent = headOf(replay.entry(at));
    parts.what.replaceChildren(...wordsAt(at).map((text) => {
      const line = document.createElement('li');
      line.textContent = text;
      return line;
    }));
    parts.older.disabled = at <= 1;
    parts.newer.disabled = at >= replay.length;
    parts.back.hidden = at >= replay.length;
    onMoment(at >= replay.length ? null : { ...moment, entry: replay.entry(at) });
  }

  function stop() {
    clearInterval(playing);
    playing = 0;
    parts.play.setAttribute('aria-pressed', 'false');
    parts.play.textContent = t('history.play');
  }

  function play() {
    if (playing) return void stop();
    if (at >= replay.length) go(1);
    parts.play.setAttribute('aria-pressed', 'true');
    parts.play.textContent = t('history.stop');
    playing = setInterval(() => {
      if (at >= replay.length) stop();
      else go(at + 1);
    }, PLAY_EVERY);
  }

  // What came meanwhile is added behind; who stands at the end stays there.
  async function renew(wanted) {
    const now = ++asked;
    try {
      const [core, log] = await Promise.all([theCore(), past()]);
      if (now !== asked || !open) return;
      const atEnd = !replay || at >= replay.length;
      replay?.close();
      facts = new Map();
      replay = createReplay(core, log.planId, [...log.entries]);
      parts.slider.max = String(replay.length);
      parts.error.hidden = true;
      go(wanted ?? (atEnd ? replay.length : at));
    } catch (error) {
      parts.error.textContent = errorText(error);
      parts.error.hidden = false;
    }
  }

  parts.slider.addEventListener('input', () => { stop(); go(Number(parts.slider.value)); });
  parts.older.addEventListener('click', () => { stop(); go(at - 1); });
  parts.newer.addEventListener('click', () => { stop(); go(at + 1); });
  parts.play.addEventListener('click', play);
  parts.back.addEventListener('click', () => { stop(); go(replay.length); parts.slider.focus(); });

  let seen = '';
  return {
    // Opens at entry `seq`, or where it was; closing brings the page back to the present.
    open(seq) {
      if (open && seq === undefined) return;
      open = true;
      renew(seq);
    },
    toNow() {
      stop();
      if (replay) go(replay.length);
    },
    close() {
      if (!open) return;
      open = false;
      asked += 1;
      stop();
      replay?.close();
      replay = null;
      onMoment(null);
    },
    update({ plan }) {
      element.hidden = !plan?.state;
      const key = `${plan?.plan} ${plan?.seq}`;
      if (key === seen) return;
      seen = key;
      if (open && plan?.state) renew();
    },
    unmount() { this.close(); },
  };
}
