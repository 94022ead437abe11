// The films with the outlines of the fitted bones on them.
import { fileUrl, filePath, get } from '../net/api.js';
import { numberText, t } from '../i18n/i18n.js';
import { fill } from './part.js';

const SVG = 'http://www.w3.org/2000/svg';

function outline(data, size) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${size[0]} ${size[1]}`);
  svg.setAttribute('class', 'outline');
  for (const [bone, lines] of Object.entries(data.bones ?? {})) {
    for (const line of lines) {
      const node = document.createElementNS(SVG, 'polyline');
      node.setAttribute('class', bone);
      node.setAttribute('points', line.map(([u, v]) => `${u.toFixed(1)},${v.toFixed(1)}`).join(' '));
      svg.append(node);
    }
  }
  return svg;
}

function filmFigure(caseId, view, index, film) {
  const figure = document.createElement('figure');
  figure.className = 'film';
  const parts = fill(figure, `
    <div class="film-frame" data-part="frame"><img alt="" data-part="image"></div>
    <figcaption class="small"><strong data-part="name"></strong> <span class="number quiet" data-part="fit"></span>
      <button type="button" class="plain" aria-pressed="true" data-part="toggle" data-i18n="films.outline"></button></figcaption>`);
  parts.image.src = film ? `/api/v1/films/${film.id}/image.png` : fileUrl(caseId, view.overlay);
  parts.image.alt = t('films.alt', { projection: t(`projection.${view.projection}`) });
  parts.frame.style.aspectRatio = `${view.size[0]} / ${view.size[1]}`;
  parts.name.textContent = t(`projection.${view.projection}`);
  const fit = view.contour_mm;
  parts.fit.textContent = fit ? t('films.fit', { mean: numberText(fit.mean, 'mm', undefined, 2), p95: numberText(fit.p95, 'mm', undefined, 2), share: Math.round(100 * fit.share) }) : '';
  parts.toggle.addEventListener('click', () => {
    const on = parts.toggle.getAttribute('aria-pressed') !== 'true';
    parts.toggle.setAttribute('aria-pressed', String(on));
    parts.frame.querySelector('svg')?.toggleAttribute('hidden', !on);
  });
  if (view.outline) {
    get(filePath(caseId, view.outline)).then((data) => parts.frame.append(outline(data, view.size))).catch(() => null);
  }
  figure.dataset.view = String(index);
  return figure;
}

export function mountFilms(element, { caseId }) {
  const parts = fill(element, `
    <section class="card stack"><h2 data-i18n="films.title"></h2>
      <p class="tag warn" hidden data-part="simulated" data-i18n="films.simulated"></p>
      <p class="small quiet" data-part="angle"></p>
      <div class="film-pair" data-part="pair"></div></section>`);
  let shown = null;
  return {
    update({ result, films }) {
      element.hidden = !result;
      if (!result || result === shown) return;
      shown = result;
      const flat = (films ?? []).filter((film) => film.kind === 'film');
      parts.simulated.hidden = result.simulated !== true;
      const angle = result.angle_between_views_deg;
      parts.angle.textContent = angle ? t('films.angle', { angle: numberText(angle.value, 'deg', undefined, 0) }) : '';
      parts.pair.replaceChildren(...result.views.map((view, i) => filmFigure(caseId, view, i, flat[i])));
    },
    unmount() {},
  };
}
