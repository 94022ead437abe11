// What the reconstruction says about itself, what a person can do about it, and the
// person's verdict on the fit. Views and sides are changed by people only, and asked first.
import { post, put } from '../net/api.js';
import { errorText, has, numberText, t } from '../i18n/i18n.js';
import { ask, busy, fill, toast } from './part.js';

const OTHER = { left: 'right', right: 'left' };
const ASKING = ['marker_conflict', 'views_swapped', 'side_conflict', 'two_readings']; // warnings that want a person's word

const affected = (films) => films.filter((one) => one.kind === 'film' && one.arm !== 'other');

// The two films of the broken arm as they are called now: what an exchange names, so that one
// that was sent twice is not taken back. Nothing where there are not two different views.
export function pairOf(films) {
  const pair = affected(films).map(({ id, projection }) => ({ id, projection }));
  return pair.length === 2 && pair[0].projection !== pair[1].projection ? pair : [];
}

// How badly either side fits: edges, shades and likelihood in one figure, which is no length.
export const misfits = (fits, name = (side) => t(`side.${side}`)) => fits.map((fit) => `${name(fit.side)}\u00a0${fit.misfit.toFixed(2)}`).join(' · ');

// Taken when the forearm had been turned, against the arm's first film.
export const isTurned = (film, films) => (film.frame ?? 0) !== (films[0].frame ?? 0);

// Whether something else is stated now than what the bones were made from: the side, the
// films, a view, a turn. What nobody stated the fit has chosen.
export function isChanged({ result, films = [], caseDetail }) {
  const stated = caseDetail?.side ?? 'unknown';
  const now = affected(films);
  return (stated !== 'unknown' && stated !== result.side.value) || now.length !== result.views.length
    || now.some((film, i) => (film.projection !== 'unknown' && film.projection !== result.views[i].projection) || isTurned(film, now) !== Boolean(result.views[i].frame));
}

const SIDE_OF = { L: 'left', R: 'right' };

// What the fit warns of, and that a film's marker speaks against the side of the bones; a side
// that was stated meanwhile is no question any more.
export function warningsOf({ result, films = [], caseDetail }) {
  const against = affected(films).some((film) => (SIDE_OF[film.laterality] ?? result.side.value) !== result.side.value);
  const known = caseDetail?.side === result.side.value;
  return [...(against ? [{ code: 'marker_conflict', text: '' }] : []),
    ...(result.warnings ?? []).filter((one) => !(known && one.code === 'side_unknown'))];
}

// Bones of a side that nobody has stated: no plan of them can be approved.
const isSideOpen = (state) => warningsOf(state).some((one) => one.code === 'side_unknown');

// The first thing of a result that a person should look at before anything else; '' for none.
export function urgent(state) {
  const { result, caseDetail, jobs = [] } = state;
  if (!result || isRunning(jobs)) return '';
  if (isChanged(state)) return t('fit.changed');
  if (isSideOpen(state)) return t('fit.side_needed');
  if (caseDetail?.fit_review?.verdict === 'accept') return '';
  if (result.residual?.ok === false) return t('fit.blocked');
  const code = warningsOf(state).map((one) => one.code).find((one) => ASKING.includes(one));
  return code ? t(`warning.${code}`) : '';
}

const isRunning = (jobs) => jobs.some((job) => job.kind === 'recon' && ['ready', 'running'].includes(job.state));

function secondReading(measure) {
  return measure === undefined ? '' : t('fit.second_reading', { tilt: numberText(measure.volar_tilt, 'deg'),
    inclination: numberText(measure.radial_inclination, 'deg'), height: numberText(measure.radial_height, 'mm'), variance: numberText(measure.ulnar_variance, 'mm') });
}

// In the middle of a sentence.
const sideText = (side) => t(`side.${side}`).toLowerCase();

export function mountReview(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack" data-part="card"><h2 data-i18n="fit.title"></h2>
      <div class="notice warn stack" hidden data-part="changed"><p data-part="changedtext"></p>
        <div class="row" data-part="againrow"><button type="button" data-part="again" data-i18n="upload.reconstruct"></button></div></div>
      <div class="stack" data-part="text"><p data-part="said"></p>
        <div class="row" data-part="answers"></div></div>
      <ul class="stack" data-part="warnings"></ul>
      <div class="row" data-part="verdict"><button type="button" data-part="reject" class="danger" data-i18n="fit.reject"></button>
        <button type="button" data-part="accept" class="main push" data-i18n="fit.accept"></button></div></section>`);
  let last = {};

  const run = (button, work) => busy(button, async () => {
    await work();
    onChange();
  }, (error) => toast(errorText(error)));

  for (const verdict of ['accept', 'reject']) {
    parts[verdict].addEventListener('click', () => run(parts[verdict], () => post(`/cases/${caseId}/fit-review`, { verdict, note: '' })));
  }

  const again = () => post(`/cases/${caseId}/jobs`, { kind: 'recon' });
  parts.again.addEventListener('click', async () => {
    if (await ask(t('upload.again_title'), t('upload.again_text'), t('upload.reconstruct'), t('word.cancel'))) run(parts.again, again);
  });
  const sure = (title, text) => ask(title, `${text} ${t('upload.again_text')}`, t('fit.do_it'), t('word.cancel'));

  const exchangeText = () => {
    const [a, b] = pairOf(last.films).map((one) => t(`projection.${one.projection}`));
    return t('fit.exchange', { a, b });
  };

  async function exchange() {
    if (!await sure(exchangeText(), t('fit.exchange_text'))) return;
    await post(`/cases/${caseId}/exchange`, { films: pairOf(last.films) });
  }

  // Where the side that was fitted is the one now stated, nothing has to be computed anew.
  async function state(side) {
    const name = t(`side.${side}`);
    const text = [t('fit.side_text', { side: name }), side === last.result.side.value ? '' : t('upload.again_text')].join(' ').trim();
    if (!await ask(t('fit.side_title'), text, name, t('word.cancel'))) return;
    await put(`/cases/${caseId}`, { side });
    if (side !== last.result.side.value) await again();
  }

  // What a person can do about a warning: [label, work] pairs.
  function answers(code) {
    const { value } = last.result.side ?? {};
    if (['views_swapped', 'residual'].includes(code) && pairOf(last.films).length === 2) return [[exchangeText(), exchange]];
    if (['side_conflict', 'marker_conflict'].includes(code)) return [[t('fit.side_is', { side: sideText(OTHER[value]) }), () => state(OTHER[value])]];
    if (code === 'side_unknown' && last.caseDetail?.side === 'unknown') {
      return [value, OTHER[value]].map((side) => [t('fit.side_is', { side: sideText(side) }), () => state(side)]);
    }
    return [];
  }

  function detail(code) {
    if (code === 'two_readings') return secondReading(last.result.second_reading);
    if (!code.startsWith('side_') && code !== 'marker_conflict') return '';
    const fits = last.result.side?.fits ?? [];
    const letters = affected(last.films).map((film) => film.laterality).filter(Boolean).join(' · ');
    return [letters === '' ? t('fit.no_markers') : t('fit.markers', { letters }),
      fits.length < 2 ? '' : t('fit.misfit', { fits: misfits(fits) })].filter(Boolean).join(' ');
  }

  function buttons(code) {
    const may = last.may.includes('upload') && last.may.includes('run') && !isRunning(last.jobs) && !isChanged(last);
    return (may ? answers(code) : []).map(([label, work]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.addEventListener('click', () => run(button, work));
      return button;
    });
  }

  function warningLine(warning) {
    const line = document.createElement('li');
    line.className = 'notice warn stack';
    line.dataset.warning = warning.code;
    const inside = fill(line, '<p data-part="text"></p><p class="small" data-part="detail"></p><div class="row" data-part="answers"></div>');
    inside.text.textContent = has(`warning.${warning.code}`) ? t(`warning.${warning.code}`) : warning.text;
    inside.detail.textContent = detail(warning.code);
    inside.detail.hidden = inside.detail.textContent === '';
    inside.answers.append(...buttons(warning.code));
    inside.answers.hidden = inside.answers.children.length === 0;
    return line;
  }

  function showText(bad, review) {
    const { residual } = last.result;
    const figures = { value: numberText(residual?.value, 'mm', undefined, 2), limit: numberText(residual?.limit, 'mm', undefined, 2) };
    parts.text.className = `stack notice ${bad ? 'bad' : ''}`;
    parts.said.textContent = [t(bad ? 'fit.high' : 'fit.ok', figures), review ? t(`fit.${review.verdict}ed`, { name: review.by }) : '',
      bad && review?.verdict !== 'accept' ? t('fit.high_why') : ''].filter(Boolean).join(' ');
    parts.answers.replaceChildren(...(bad && review?.verdict !== 'accept' ? buttons('residual') : []));
    parts.answers.hidden = parts.answers.children.length === 0;
  }

  // Who looked may also say that everything stays as it is: that word is audited as well.
  function showVerdict(bad, asked, review) {
    const accepted = review?.verdict === 'accept';
    parts.verdict.hidden = accepted || !(bad || asked) || !last.may.includes('review') || isRunning(last.jobs) || isChanged(last);
    parts.reject.hidden = !bad || review?.verdict === 'reject';
    parts.accept.textContent = t(bad ? 'fit.accept' : 'fit.keep');
  }

  function showChanged(changed) {
    const running = isRunning(last.jobs);
    parts.changed.hidden = !(running || changed);
    parts.changedtext.textContent = t(running ? 'fit.running' : 'fit.changed');
    parts.againrow.hidden = running || !last.may.includes('run');
  }

  let shown = '';
  return {
    update({ result, caseDetail, films = [], jobs = [], may = [] }) {
      last = { result, caseDetail, films, jobs, may };
      const warnings = result ? warningsOf(last) : [];
      const bad = result?.residual?.ok === false;
      const changed = Boolean(result) && isChanged(last);
      element.hidden = !result || (!bad && warnings.length === 0 && !changed);
      if (element.hidden) return;
      const review = caseDetail?.fit_review;
      element.classList.toggle('late', !isSideOpen(last) && (!bad || review?.verdict === 'accept'));
      const key = JSON.stringify([warnings, result.side, result.residual, caseDetail?.side, review, may, isRunning(jobs), pairOf(films), changed]);
      if (key === shown) return;
      shown = key;
      showChanged(changed);
      showText(bad, review);
      showVerdict(bad, warnings.some((one) => ASKING.includes(one.code)), review);
      parts.warnings.replaceChildren(...warnings.map(warningLine));
    },
    unmount() {},
  };
}
