// Films (and CT slices) of one case: choose, send with progress, review, store.
import { del, post, putText } from '../net/api.js';
import { uploadFile } from '../net/upload.js';
import { errorText, t } from '../i18n/i18n.js';
import { reviewFilm } from './film-review.js';
import { busy, fill, toast } from './part.js';

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
      <p class="notice bad" role="alert" hidden data-part="error"></p>
      <ul class="films" data-part="list"></ul>
      <p class="notice" hidden data-part="ctnote" data-i18n="upload.ct_later"></p>
      <div class="row"><button class="main" data-part="go" hidden data-i18n="upload.reconstruct"></button></div>
    </section>`);
  let stopping = null;

  const fail = (error) => {
    if (error.name === 'AbortError') return;
    parts.error.textContent = errorText(error);
    parts.error.hidden = false;
  };

  async function send(files, kind) {
    parts.error.hidden = true;
    parts.sending.hidden = false;
    stopping = new AbortController();
    const waiting = [];
    try {
      for (const [n, file] of files.entries()) {
        parts.what.textContent = t('upload.sending', { n: n + 1, count: files.length });
        const pending = await uploadFile(caseId, file, kind, (part) => { parts.bar.value = part; }, stopping.signal);
        if (kind === 'film') {
          if (await reviewFilm(pending)) onChange();
        } else {
          waiting.push(pending);
        }
      }
      if (waiting.length > 0) await confirmSlices(waiting);
    } catch (error) {
      fail(error);
    } finally {
      parts.sending.hidden = true;
      parts.films.value = '';
      parts.ct.value = '';
      onChange();
    }
  }

  async function confirmSlices(slices) {
    const middle = await reviewFilm(slices[Math.floor(slices.length / 2)]);
    if (!middle) {
      for (const slice of slices) await del(`/pending/${slice.id}`).catch(() => null);
      return;
    }
    for (const [n, slice] of slices.entries()) {
      if (n === Math.floor(slices.length / 2)) continue;
      await post(`/pending/${slice.id}/confirm`, { no_name_visible: true, blackout: [], projection: 'unknown' });
    }
  }

  parts.films.addEventListener('change', () => send([...parts.films.files], 'film'));
  parts.ct.addEventListener('change', () => send([...parts.ct.files], 'ct'));
  parts.stop.addEventListener('click', () => stopping?.abort());
  parts.go.addEventListener('click', () => busy(parts.go, async () => {
    await post(`/cases/${caseId}/jobs`, { kind: 'recon' });
    onChange();
  }, fail));

  function filmItem(film) {
    const line = document.createElement('li');
    const inside = fill(line, `
      <img loading="lazy" alt="" data-part="image"><span class="small" data-part="about"></span>
      <label class="button plain"><span data-part="camera"></span>
        <input class="unseen" type="file" accept=".txt,.json,text/plain,application/json" data-part="file"></label>
      <button class="plain danger" data-part="remove" data-i18n="word.remove"></button>`);
    inside.image.src = `/api/v1/films/${film.id}/image.png`;
    inside.about.textContent = `${t(`projection.${film.projection}`)} · ${film.width} × ${film.height}`;
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

  let shown = '';
  return {
    update({ films = [], jobs = [], may = [] }) {
      const key = JSON.stringify(films);
      const flat = films.filter((film) => film.kind === 'film');
      if (key !== shown) {
        shown = key;
        parts.list.replaceChildren(...flat.map(filmItem));
      }
      parts.ctnote.hidden = flat.length === films.length;
      const running = jobs.some((job) => job.kind === 'recon' && ['ready', 'running'].includes(job.state));
      parts.go.className = jobs.some((job) => job.kind === 'recon' && job.state === 'done') ? '' : 'main';
      parts.go.hidden = flat.length === 0 || running;
      element.hidden = !may.includes('upload') && films.length === 0;
    },
    unmount() { stopping?.abort(); },
  };
}
