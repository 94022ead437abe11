// Films (and CT slices) of one case: choose, send with progress, review, store.
import { del, get, post, put, putText } from '../net/api.js';
import { uploadFile } from '../net/upload.js';
import { errorText, t } from '../i18n/i18n.js';
import { ARMS, PROJECTIONS, reviewFilm } from './film-review.js';
import { isTurned } from './fit-review.js';
import { ask, busy, fill, toast } from './part.js';

// The slices of a case, one list per series; those that name none are taken for one.
export function seriesOf(films) {
  const found = new Map();
  for (const film of films.filter((one) => one.kind === 'ct')) {
    const name = film.series ?? '';
    found.set(name, [...(found.get(name) ?? []), film]);
  }
  return [...found.values()];
}

export function mountUpload(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack">
      <h2 data-i18n="upload.title"></h2>
      <p class="small quiet" data-i18n="upload.text"></p>
      <div class="row">
        <label class="button main"><span data-i18n="upload.films"></span>
          <input class="unseen" type="file" multiple accept="image/png,image/jpeg,application/dicom,.dcm" data-part="films"></label>
        <label class="button"><span data-i18n="upload.ct"></span>
          <input class="unseen" type="file" multiple accept="application/dicom,.dcm" data-part="ct"></label>
      </div>
      <div class="stack" data-part="sending" hidden>
        <p class="small" data-part="what"></p>
        <div class="row"><progress max="1" value="0" data-part="bar" data-i18n-aria-label="upload.progress"></progress>
        <button type="button" data-part="stop" data-i18n="word.stop"></button></div>
      </div>
      <div class="notice bad" role="alert" hidden data-part="error"></div>
      <ul class="films" data-part="list"></ul>
      <p class="notice warn" hidden data-part="newnote" data-i18n="upload.changed"></p>
      <p class="notice" hidden data-part="onenote" data-i18n="upload.one_view"></p>
      <div class="row"><button class="main" data-part="go" hidden data-i18n="upload.reconstruct"></button></div>
    </section>`);
  let stopping = null;
  let known = [];
  let side = 'unknown';
  let corrected = false;

  const say = (text) => {
    const line = document.createElement('p');
    line.textContent = text;
    parts.error.append(line);
    parts.error.hidden = false;
  };
  const fail = (error) => {
    parts.error.replaceChildren();
    if (error.name !== 'AbortError') say(errorText(error));
  };

  // The same file twice is no second view: its fingerprint stands in the removal record.
  async function isKnown(pending) {
    for (const film of known) {
      const record = await get(`/films/${film.id}/record`).catch(() => null);
      if (record?.file && record.file === pending.removed?.file) return true;
    }
    return false;
  }

  async function takeFilm(file, pending) {
    if (await isKnown(pending)) {
      await del(`/pending/${pending.id}`).catch(() => null);
      say(t('upload.twice', { name: file.name }));
      return;
    }
    const stored = await reviewFilm(pending);
    if (!stored) return;
    if (stored.film.arm === 'affected') await askLetter(stored.letter);
    await onChange();
  }

  // A letter that speaks against the stated side is asked about; nothing is turned silently.
  async function askLetter(letter) {
    if (letter === 'mirrored') {
      say(t('upload.mirrored'));
      return;
    }
    const seen = { L: 'left', R: 'right' }[letter];
    if (!seen || seen === side) return;
    const question = t(side === 'unknown' ? 'upload.letter_new' : 'upload.letter_against', { letter, side: t(`side.${side}`) });
    if (await ask(t('upload.letter_title'), question, t('upload.letter_yes', { side: t(`side.${seen}`) }), t('upload.letter_no', { side: t(`side.${side}`) }))) {
      await put(`/cases/${caseId}`, { side: seen });
    }
  }

  async function sendOne(file, kind, waiting) {
    const pending = await uploadFile(caseId, file, kind, (part) => { parts.bar.value = part; }, stopping.signal);
    if (kind === 'film') await takeFilm(file, pending);
    else waiting.push(pending);
  }

  async function send(files, kind) {
    parts.error.replaceChildren();
    parts.error.hidden = true;
    parts.sending.hidden = false;
    stopping = new AbortController();
    const waiting = [];
    for (const [n, file] of files.entries()) {
      parts.what.textContent = t('upload.sending', { n: n + 1, count: files.length });
      parts.bar.value = 0;
      try {
        await sendOne(file, kind, waiting);
      } catch (error) {
        if (error.name === 'AbortError') break;
        say(`${file.name}: ${errorText(error)}`);
        if (error.code === 'offline' || error.status === 401) break;
      }
    }
    if (waiting.length > 0) await confirmSlices(waiting).catch(fail);
    parts.sending.hidden = true;
    parts.films.value = '';
    parts.ct.value = '';
    onChange();
  }

  // A series that cannot be stored whole is not left there in part, unless it was before.
  async function takeBack(slice) {
    const grew = slice.series !== null && known.some((film) => film.series === slice.series && slice.id > film.id);
    if (!grew) await del(slice.series === null ? `/films/${slice.id}` : `/films/${slice.id}/series`).catch(() => null);
  }

  async function confirmSlices(slices) {
    const count = slices.length;
    const [middle] = slices.splice(Math.floor(count / 2), 1);
    let first = null;
    try {
      first = (await reviewFilm(middle, count))?.film ?? null;
      while (first !== null && slices.length > 0) {
        if (slices[0].suspected.length > 0) { // lettering in a slice is for a person to judge
          if (await reviewFilm(slices[0]) === null) throw new DOMException('discarded', 'AbortError');
          slices.shift();
          continue;
        }
        parts.what.textContent = t('upload.storing', { n: count - slices.length + 1, count });
        parts.bar.value = (count - slices.length) / count;
        stopping.signal.throwIfAborted();
        await post(`/pending/${slices[0].id}/confirm`, { no_name_visible: true, blackout: [], projection: 'unknown' });
        slices.shift();
      }
    } catch (error) {
      if (first !== null) await takeBack(first);
      throw error;
    } finally {
      for (const slice of slices) await del(`/pending/${slice.id}`).catch(() => null);
    }
  }

  parts.films.addEventListener('change', () => send([...parts.films.files], 'film'));
  parts.ct.addEventListener('change', () => send([...parts.ct.files], 'ct'));
  parts.stop.addEventListener('click', () => stopping?.abort());
  parts.go.addEventListener('click', () => busy(parts.go, async () => {
    if (corrected && !await ask(t('upload.again_title'), t('upload.again_text'), t('upload.reconstruct'), t('word.cancel'))) return;
    await post(`/cases/${caseId}/jobs`, { kind: 'recon' });
    onChange();
  }, fail));

  function filmItem(film, _, films) {
    const line = document.createElement('li');
    const inside = fill(line, `
      <img loading="lazy" alt="" data-part="image">
      <div class="stack film-about"><label><span class="unseen" data-i18n="review.projection"></span><select data-part="projection"></select></label>
        <label><span class="unseen" data-i18n="review.arm"></span><select data-part="arm"></select></label>
        <span class="small quiet" data-part="about"></span>
        <label class="check small" data-part="turnedfield" hidden><input type="checkbox" data-part="turned"><span data-i18n="upload.turned"></span></label></div>
      <label class="button plain"><span data-part="camera"></span>
        <input class="unseen" type="file" accept=".txt,.json,text/plain,application/json" data-part="file"></label>
      <button class="plain danger" data-part="remove" data-i18n="word.remove"></button>`);
    inside.image.src = `/api/v1/films/${film.id}/image.png`;
    const [across] = film.spacing_mm ?? [];
    inside.about.textContent = [`${film.width} × ${film.height}`, across ? `${across.toFixed(3)}\u00a0mm` : film.has_camera ? '' : t('review.no_spacing'),
      film.laterality ? t('review.marker', { letter: film.laterality }) : ''].filter(Boolean).join(' · ');
    inside.projection.replaceChildren(...PROJECTIONS.map((name) => new Option(t(`projection.${name}`), name, false, name === film.projection)));
    inside.arm.replaceChildren(...ARMS.map((name) => new Option(t(`arm.${name}`), name, false, name === film.arm)));
    for (const name of ['projection', 'arm']) {
      inside[name].addEventListener('change', async () => {
        await put(`/films/${film.id}`, { [name]: inside[name].value }).catch(fail);
        onChange();
      });
    }
    // Against the first film of its arm; each turn is a moment of its own.
    const arm = films.filter((one) => one.arm === film.arm);
    const free = Array.from({ length: 8 }, (_one, n) => n).find((n) => arm.every((one) => one === film || one.frame !== n));
    inside.turnedfield.hidden = film === arm[0] || free === undefined;
    inside.turned.checked = isTurned(film, arm);
    inside.turned.addEventListener('change', async () => {
      await put(`/films/${film.id}`, { frame: inside.turned.checked ? free : arm[0].frame }).catch(fail);
      onChange();
    });
    inside.camera.textContent = t(film.has_camera ? 'upload.camera_there' : 'upload.camera');
    inside.file.addEventListener('change', async () => {
      try {
        await putText(`/films/${film.id}/camera`, await inside.file.files[0].text());
        toast(t('upload.camera_there'));
        onChange();
      } catch (error) {
        fail(error);
      }
    });
    inside.remove.addEventListener('click', () => busy(inside.remove, async () => {
      await del(`/films/${film.id}`);
      onChange();
    }, fail));
    return line;
  }

  // All slices of a CT as one: seen, counted and removed together.
  function seriesItem(slices) {
    const line = document.createElement('li');
    line.dataset.series = slices[0].series ?? '';
    const inside = fill(line, `
      <img loading="lazy" alt="" data-part="image">
      <div class="stack film-about"><strong data-part="name"></strong><span class="small quiet" data-part="about"></span>
        <span class="small" data-i18n="upload.ct_use"></span></div>
      <button class="plain danger series-remove" data-part="remove" data-i18n="word.remove"></button>`);
    const middle = slices[Math.floor(slices.length / 2)];
    const [across] = middle.spacing_mm ?? [];
    inside.image.src = `/api/v1/films/${middle.id}/image.png`;
    inside.name.textContent = t('upload.ct_series', { count: slices.length });
    inside.about.textContent = [`${middle.width} × ${middle.height}`, across ? `${across.toFixed(3)}\u00a0mm` : t('review.no_spacing')].join(' · ');
    inside.remove.addEventListener('click', async () => {
      if (!await ask(t('upload.ct_remove_title'), t('upload.ct_remove_text', { count: slices.length }), t('word.remove'), t('word.cancel'))) return;
      await busy(inside.remove, async () => {
        if (middle.series !== null) await del(`/films/${middle.id}/series`);
        else for (const slice of slices) await del(`/films/${slice.id}`);
        onChange();
      }, fail);
    });
    return line;
  }

  let shown = '';
  return {
    update({ films = [], jobs = [], may = [], caseDetail, plan }) {
      const key = JSON.stringify(films);
      known = films;
      side = caseDetail?.side ?? 'unknown';
      corrected = (plan?.seq ?? 0) > 1;
      const flat = films.filter((film) => film.kind === 'film');
      if (key !== shown) {
        shown = key;
        parts.list.replaceChildren(...flat.map(filmItem), ...seriesOf(films).map(seriesItem));
      }
      parts.onenote.hidden = flat.filter((film) => film.arm === 'affected').length !== 1;
      const began = jobs.filter((job) => job.kind === 'recon' && job.state === 'done').map((job) => job.created_at).sort().at(-1);
      parts.newnote.hidden = !began || !flat.some((film) => film.arm === 'other' && film.created_at > began);
      const running = jobs.some((job) => job.kind === 'recon' && ['ready', 'running'].includes(job.state));
      parts.go.className = jobs.some((job) => job.kind === 'recon' && job.state === 'done') ? '' : 'main';
      parts.go.hidden = films.length === 0 || running;
      for (const control of element.querySelectorAll('button, input, select')) control.disabled = !may.includes('upload');
      parts.stop.disabled = false;
      element.hidden = !may.includes('upload') && films.length === 0;
    },
    unmount() { stopping?.abort(); },
  };
}
