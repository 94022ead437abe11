// The films with the outlines of the fitted bones on them, and what corrects them there.
import { numberText, t } from '../i18n/i18n.js';
import { createFilmView } from './film-view.js';
import { fill } from './part.js';
import { objectsOf, property } from './plan-tools.js';

const TOOLS = ['look', 'landmark', 'outline', 'turn'];

// The films that the views of the result were made from; null where they are not all there
// any more. The pictures that the result brings then stand in for them.
function filmsOf(films, jobs, views) {
  const began = jobs.filter((job) => job.kind === 'recon' && job.state === 'done').map((job) => job.created_at).sort().at(-1) ?? '';
  const used = films.filter((one) => one.kind === 'film' && one.arm !== 'other' && began > one.created_at).sort((a, b) => a.id - b.id);
  const same = used.length === views.length && views.every((view, i) => used[i].width === view.size[0] && used[i].height === view.size[1]);
  return same ? used : null;
}

export function mountFilms(element, { caseId, session, tools, onSelect }) {
  const parts = fill(element, `
    <section class="card stack films-card">
      <div class="row"><h2 data-i18n="films.title"></h2><span class="tag warn" hidden data-part="simulated" data-i18n="films.simulated"></span>
        <span class="small quiet push" data-part="angle"></span></div>
      <div class="row" role="group" data-i18n-aria-label="films.tool" data-part="tools"></div>
      <p class="small quiet" hidden data-part="hint"></p>
      <div class="film-pair" data-part="pair"></div>
      <div class="row"><button type="button" aria-pressed="true" data-part="outlines" data-i18n="films.outline"></button>
        <button type="button" aria-pressed="true" data-part="near" data-i18n="films.near"></button></div>
      <p class="small" role="status" data-part="said"></p></section>`);
  let shown = null;
  let views = [];
  let last = null;

  for (const name of TOOLS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.film = name;
    button.textContent = t(`films.tool.${name}`);
    button.addEventListener('click', () => {
      if (name === 'look') tools.choose('fragment');
      else tools.choose(name === 'turn' ? 'outline' : name, name === 'turn' ? 'rotate' : 'translate');
    });
    parts.tools.append(button);
  }
  for (const part of ['outlines', 'near']) {
    parts[part].addEventListener('click', () => {
      parts[part].setAttribute('aria-pressed', String(!pressed(part)));
      draw();
    });
  }
  const pressed = (part) => parts[part].getAttribute('aria-pressed') === 'true';

  const act = {
    select: (id) => onSelect(id),
    selectBone: (bone) => tools.chooseBone(bone),
    drag: (...change) => session()?.drag(...change),
    letGo: (...what) => session()?.letGo(...what),
    next: (by) => tools.next(by),
    set(id, name, value) {
      session()?.set(id, name, value);
      const what = name === 'position' ? t(`landmark.${property(last?.plan?.state, id, 'name')}`) : t(`bone.${id}`);
      parts.said.textContent = t('films.moved', { what });
    },
  };

  // What the films show: another person's drag wins over the stored value.
  function scene() {
    const { plan, may = [] } = last;
    const state = plan?.state;
    const value = (id, name) => plan?.drags?.[`${id}.${name}`] ?? property(state, id, name);
    const [tool, mode] = tools.tool();
    return {
      landmarks: objectsOf(state, 'landmark').map(({ id }) => ({ id, name: value(id, 'name'), bone: value(id, 'bone'), position: value(id, 'position') })),
      corrections: Object.fromEntries(objectsOf(state, 'bone').map(({ id }) => [id, value(id, 'correction')])),
      tool: tool === 'landmark' || tool === 'outline' ? tool : 'look',
      mode, selection: tools.mark(), bone: tools.bone(), step: tools.step(),
      near: pressed('near'), outlines: pressed('outlines'), mayEdit: may.includes('plan'),
    };
  }

  function draw() {
    if (!last?.result) return;
    const now = scene();
    const name = now.tool === 'outline' && now.mode === 'rotate' ? 'turn' : now.tool;
    for (const button of parts.tools.children) button.setAttribute('aria-pressed', String(button.dataset.film === name));
    parts.tools.hidden = !now.mayEdit || now.landmarks.length === 0;
    parts.hint.hidden = name === 'look' || parts.tools.hidden;
    parts.hint.textContent = name === 'look' ? '' : t(`films.hint.${name}`);
    for (const view of views) view.update(now);
  }

  function open(result, films, jobs) {
    const used = filmsOf(films ?? [], jobs ?? [], result.views);
    for (const view of views) view.dispose();
    views = result.views.map((view, index) => createFilmView({ caseId, view, index, film: used?.[index] ?? null, act }));
    parts.pair.replaceChildren(...views.map((view) => view.figure));
  }

  return {
    seen: (index, id) => views[index].seen(id),
    update(state) {
      last = state;
      const { result, films, jobs } = state;
      element.hidden = !result || result.views.length === 0; // a CT has no films
      if (element.hidden) return;
      if (result !== shown) {
        shown = result;
        parts.simulated.hidden = result.simulated !== true;
        const angle = result.angle_between_views_deg;
        const spread = angle && angle.high > angle.low ? (angle.high - angle.low) / 2 : undefined;
        parts.angle.textContent = angle && result.views.length > 1 ? t('films.angle', { angle: numberText(angle.value, 'deg', spread, 0) }) : '';
        open(result, films, jobs);
      }
      draw();
    },
    unmount() { for (const view of views) view.dispose(); },
  };
}
