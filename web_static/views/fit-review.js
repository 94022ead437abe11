// What the reconstruction says about itself, what a person can do about it, and the
// person's verdict on the fit. Views and sides are changed by people only, and asked first.
import { post, put } from '../net/api.js';
import { errorText, has, numberText, t } from '../i18n/i18n.js';
import { ask, busy, fill, toast } from './part.js';

const OTHER = { left: 'right', right: 'left' };

// The two films of the broken arm as they are called now: what an exchange names, so that one
// that was sent twice is not taken back. Nothing where there are not two different views.
export function pairOf(films) {
  const pair = films.filter((one) => one.kind === 'film' && one.arm !== 'other').map(({ id, projection }) => ({ id, projection }));
  return pair.length === 2 && pair[0].projection !== pair[1].projection ? pair : [];
}

// How badly either side fits: edges, shades and likelihood in one figure, which is no length.
export const misfits = (fits, name = (side) => t(`side.${side}`)) => fits.map((fit) => `${name(fit.side)} ${fit.residual_mm.toFixed(2)}`).join(' · ');

export function mountReview(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack" data-part="card"><h2 data-i18n="fit.title"></h2>
      <p data-part="text"></p>
      <div class="row" data-part="verdict"><button type="button" data-part="reject" class="danger" data-i18n="fit.reject"></button>
        <button type="button" data-part="accept" class="main push" data-i18n="fit.accept"></button></div>
      <ul class="stack" data-part="warnings"></ul></section>`);
  let last = {};

  const run = (button, work) => busy(button, async () => {
    await work();
    onChange();
  }, (error) => toast(errorText(error)));

  for (const verdict of ['accept', 'reject']) {
    parts[verdict].addEventListener('click', () => run(parts[verdict], () => post(`/cases/${caseId}/fit-review`, { verdict, note: '' })));
  }

  const again = () => post(`/cases/${caseId}/jobs`, { kind: 'recon' });
  const sure = (title, text) => ask(title, `${text} ${t('upload.again_text')}`, t('fit.do_it'), t('word.cancel'));

  async function exchange() {
    if (!await sure(t('fit.exchange'), t('fit.exchange_text'))) return;
    await post(`/cases/${caseId}/exchange`, { films: pairOf(last.films) });
  }

  // Where the side that was fitted is the one now stated, nothing has to be computed anew.
  async function state(side) {
    const name = t(`side.${side}`);
    if (!await ask(t('fit.side_title'), t('fit.side_text', { side: name }), name, t('word.cancel'))) return;
    await put(`/cases/${caseId}`, { side });
    if (side !== last.result.side.value) await again();
  }

  // What a person can do about a warning: [label, work] pairs.
  function answers(code) {
    const { value } = last.result.side ?? {};
    if (code === 'views_swapped') return [[t('fit.exchange'), exchange]];
    if (code === 'side_conflict') return [[t('fit.side_is', { side: t(`side.${OTHER[value]}`) }), () => state(OTHER[value])]];
    if (code === 'side_unknown' && last.caseDetail?.side === 'unknown') {
      return [value, OTHER[value]].map((side) => [t('fit.side_is', { side: t(`side.${side}`) }), () => state(side)]);
    }
    return [];
  }

  function detail(code) {
    const fits = last.result.side?.fits ?? [];
    if (!code.startsWith('side_') || fits.length < 2) return '';
    return t('fit.misfit', { fits: misfits(fits) });
  }

  function warningLine(warning) {
    const line = document.createElement('li');
    line.className = 'notice warn stack';
    line.dataset.warning = warning.code;
    const inside = fill(line, '<p data-part="text"></p><p class="small" data-part="detail"></p><div class="row" data-part="answers"></div>');
    inside.text.textContent = has(`warning.${warning.code}`) ? t(`warning.${warning.code}`) : warning.text;
    inside.detail.textContent = detail(warning.code);
    inside.detail.hidden = inside.detail.textContent === '';
    const may = last.may.includes('upload') && last.may.includes('run');
    inside.answers.append(...(may ? answers(warning.code) : []).map(([label, work]) => {
      const button = document.createElement('button');
      button.type = 'button';
      button.textContent = label;
      button.addEventListener('click', () => run(button, work));
      return button;
    }));
    inside.answers.hidden = inside.answers.children.length === 0;
    return line;
  }

  let shown = '';
  return {
    update({ result, caseDetail, films = [], may = [] }) {
      last = { result, caseDetail, films, may };
      const stated = caseDetail?.side !== undefined && caseDetail.side === result?.side?.value;
      const warnings = (result?.warnings ?? []).filter((one) => !(stated && one.code === 'side_unknown'));
      const bad = result?.residual?.ok === false;
      element.hidden = !result || (!bad && warnings.length === 0);
      if (element.hidden) return;
      const review = caseDetail?.fit_review;
      element.classList.toggle('late', !bad || review?.verdict === 'accept');
      parts.text.className = bad ? 'notice bad' : 'notice';
      parts.text.textContent = bad
        ? t('fit.high', { value: numberText(result.residual.value, 'mm', undefined, 2), limit: numberText(result.residual.limit, 'mm', undefined, 2) })
        : t('fit.ok', { value: numberText(result.residual?.value, 'mm', undefined, 2) });
      if (review) parts.text.textContent += ` ${t(`fit.${review.verdict}ed`, { name: review.by })}`;
      parts.verdict.hidden = !bad || review?.verdict === 'accept' || !may.includes('review');
      parts.reject.hidden = review?.verdict === 'reject';
      const key = JSON.stringify([warnings, result.side, caseDetail?.side, may]);
      if (key === shown) return;
      shown = key;
      parts.warnings.replaceChildren(...warnings.map(warningLine));
    },
    unmount() {},
  };
}
