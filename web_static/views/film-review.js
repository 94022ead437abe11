// Before a film is stored its uploader sees it full size, with suspected text boxed,
// blacks out what must not stay, and confirms that no name is visible.
import { del, pendingUrl, post } from '../net/api.js';
import { errorText, t } from '../i18n/i18n.js';
import { busy, fill } from './part.js';

export const ARMS = ['affected', 'other'];
export const PROJECTIONS = ['pa', 'ap', 'lateral', 'oblique', 'unknown'];
const LETTERS = ['none', 'L', 'R', 'mirrored'];

// Resolves to {film, letter} or, where it was discarded, to null. `letter` is the marker that
// the person sees on the film: the program only asks, it turns nothing round by itself.
// `count` slices of a series stand behind the one that is shown.
export function reviewFilm(pending, count = 1) {
  const dialog = document.createElement('dialog');
  dialog.className = 'review';
  const parts = fill(dialog, `
    <div class="stack">
      <h2 data-i18n="review.title"></h2>
      <p data-i18n="review.text"></p>
      <p class="notice" hidden data-part="series"></p>
      <p class="notice warn" hidden data-part="found"></p>
      <div class="row tools">
        <button type="button" data-part="out" aria-label="−">−</button>
        <button type="button" data-part="in" aria-label="+">+</button>
        <button type="button" data-part="draw" aria-pressed="false" data-i18n="review.draw"></button>
        <button type="button" data-part="all" data-i18n="review.black_suspected"></button>
        <button type="button" data-part="undo" data-i18n="review.undo"></button>
      </div>
      <div class="film-scroll" role="region" tabindex="0" data-part="scroll" data-i18n-aria-label="review.film">
        <div class="film-sheet" data-part="sheet"><img alt="" data-part="image"><svg data-part="boxes"></svg></div>
      </div>
      <div class="row">
        <label class="field" data-part="viewfield"><span data-i18n="review.projection"></span><select data-part="projection"></select></label>
        <label class="field" data-part="armfield"><span data-i18n="review.arm"></span><select data-part="arm"></select></label>
        <label class="field" data-part="letterfield"><span data-i18n="review.letter"></span><select data-part="letter"></select></label>
        <p class="small quiet" data-part="facts"></p>
      </div>
      <p class="notice warn" role="status" hidden data-part="differs"></p>
      <label class="check"><input type="checkbox" data-part="sure"><strong data-i18n="review.confirm"></strong></label>
      <p class="notice bad" role="alert" hidden data-part="error"></p>
      <div class="row"><button type="button" data-part="cancel" data-i18n="review.discard"></button>
        <button type="button" class="main push" disabled data-part="store" data-i18n="review.store"></button></div>
    </div>`);

  const boxes = [];
  const SVG = 'http://www.w3.org/2000/svg';
  let zoom = Math.min(1, (innerWidth - 80) / pending.width, 0.5 * innerHeight / pending.height);

  function rectangle(box, kind) {
    const node = document.createElementNS(SVG, 'rect');
    node.setAttribute('class', kind);
    node.setAttribute('x', box.x);
    node.setAttribute('y', box.y);
    node.setAttribute('width', box.w);
    node.setAttribute('height', box.h);
    return node;
  }

  function show(draft) {
    parts.sheet.style.width = `${pending.width * zoom}px`;
    parts.sheet.style.height = `${pending.height * zoom}px`;
    parts.boxes.setAttribute('viewBox', `0 0 ${pending.width} ${pending.height}`);
    parts.boxes.replaceChildren(
      ...pending.suspected.map((box) => rectangle(box, 'suspected')),
      ...boxes.map((box) => rectangle(box, 'black')),
      ...(draft ? [rectangle(draft, 'draft')] : []));
  }

  const at = (event) => {
    const frame = parts.sheet.getBoundingClientRect();
    return [(event.clientX - frame.left) / zoom, (event.clientY - frame.top) / zoom];
  };
  const between = (a, b) => ({
    x: Math.max(0, Math.floor(Math.min(a[0], b[0]))),
    y: Math.max(0, Math.floor(Math.min(a[1], b[1]))),
    w: Math.ceil(Math.abs(a[0] - b[0])),
    h: Math.ceil(Math.abs(a[1] - b[1])),
  });

  let start = null;
  const drawing = () => parts.draw.getAttribute('aria-pressed') === 'true';
  parts.sheet.addEventListener('pointerdown', (event) => {
    if (!drawing()) return;
    start = at(event);
    parts.sheet.setPointerCapture(event.pointerId);
    event.preventDefault();
  });
  parts.sheet.addEventListener('pointermove', (event) => { if (start) show(between(start, at(event))); });
  parts.sheet.addEventListener('pointerup', (event) => {
    if (!start) return;
    const box = between(start, at(event));
    start = null;
    box.w = Math.min(box.w, pending.width - box.x);
    box.h = Math.min(box.h, pending.height - box.y);
    if (box.w > 3 && box.h > 3) boxes.push(box);
    show();
  });
  parts.draw.addEventListener('click', () => {
    parts.draw.setAttribute('aria-pressed', String(!drawing()));
    parts.sheet.classList.toggle('drawing', drawing());
  });
  parts.in.addEventListener('click', () => { zoom = Math.min(4, zoom * 1.5); show(); });
  parts.out.addEventListener('click', () => { zoom = Math.max(0.05, zoom / 1.5); show(); });
  parts.undo.addEventListener('click', () => { boxes.pop(); show(); });
  parts.all.addEventListener('click', () => { boxes.push(...pending.suspected); show(); });
  parts.sure.addEventListener('change', () => { parts.store.disabled = !parts.sure.checked; });

  parts.image.src = pendingUrl(pending.id);
  parts.series.hidden = count === 1;
  parts.series.textContent = t('review.series', { count });
  parts.found.hidden = pending.suspected.length === 0;
  parts.found.textContent = t('review.found', { count: pending.suspected.length });
  parts.all.hidden = pending.suspected.length === 0;
  parts.projection.replaceChildren(...PROJECTIONS.map((name) => new Option(t(`projection.${name}`), name, false, name === pending.projection)));
  parts.letter.replaceChildren(...LETTERS.map((name) => new Option(t(`letter.${name}`), name, false, name === (pending.laterality ?? 'none'))));
  // The file may name its view; who says otherwise is told, and decides.
  parts.projection.addEventListener('change', () => {
    parts.differs.hidden = pending.projection === 'unknown' || parts.projection.value === pending.projection;
    parts.differs.textContent = t('review.differs', { file: t(`projection.${pending.projection}`) });
  });
  parts.arm.replaceChildren(...ARMS.map((name) => new Option(t(`arm.${name}`), name)));
  for (const part of ['viewfield', 'armfield', 'letterfield']) parts[part].hidden = pending.kind === 'ct';
  const spacing = Array.isArray(pending.spacing_mm) ? pending.spacing_mm[0] : pending.spacing_mm;
  parts.facts.textContent = [`${pending.width} × ${pending.height}`,
    spacing ? `${Number(spacing).toFixed(3)} mm` : t('review.no_spacing'),
    pending.laterality ? t('review.marker', { letter: pending.laterality }) : ''].filter(Boolean).join(' · ');
  show();
  document.body.append(dialog);
  dialog.showModal();

  const fail = (error) => {
    parts.error.textContent = error.status === 404 ? t('review.gone') : errorText(error);
    parts.error.hidden = false;
  };
  return new Promise((done) => {
    const close = (film) => {
      dialog.close();
      dialog.remove();
      done(film);
    };
    parts.cancel.addEventListener('click', () => busy(parts.cancel, async () => {
      await del(`/pending/${pending.id}`).catch(() => null);
      close(null);
    }, fail));
    dialog.addEventListener('cancel', (event) => event.preventDefault());
    parts.store.addEventListener('click', () => busy(parts.store, async () => {
      const answer = await post(`/pending/${pending.id}/confirm`, {
        no_name_visible: parts.sure.checked, blackout: boxes, projection: parts.projection.value, arm: parts.arm.value,
      });
      close({ film: answer.film, letter: parts.letter.value });
    }, fail));
  });
}
