// What the reconstruction says about itself, and the person's verdict on it.
import { post } from '../net/api.js';
import { errorText, has, numberText, t } from '../i18n/i18n.js';
import { busy, fill, toast } from './part.js';

export function mountReview(element, { caseId, onChange }) {
  const parts = fill(element, `
    <section class="card stack" data-part="card"><h2 data-i18n="fit.title"></h2>
      <p data-part="text"></p><ul class="stack" data-part="warnings"></ul>
      <div class="row" data-part="verdict"><button type="button" data-part="reject" class="danger" data-i18n="fit.reject"></button>
        <button type="button" data-part="accept" class="main push" data-i18n="fit.accept"></button></div></section>`);

  for (const verdict of ['accept', 'reject']) {
    parts[verdict].addEventListener('click', () => busy(parts[verdict], async () => {
      await post(`/cases/${caseId}/fit-review`, { verdict, note: '' });
      onChange();
    }, (error) => toast(errorText(error))));
  }

  return {
    update({ result, caseDetail, may = [] }) {
      const warnings = result?.warnings ?? [];
      const bad = result && result.residual?.ok === false;
      element.hidden = !result || (!bad && warnings.length === 0);
      if (element.hidden) return;
      const review = caseDetail?.fit_review;
      parts.text.className = bad ? 'notice bad' : 'notice';
      parts.text.textContent = bad
        ? t('fit.high', { value: numberText(result.residual.value, 'mm', undefined, 2), limit: numberText(result.residual.limit, 'mm', undefined, 2) })
        : t('fit.ok', { value: numberText(result.residual?.value, 'mm', undefined, 2) });
      if (review) parts.text.textContent += ` ${t(`fit.${review.verdict}ed`, { name: review.by?.name ?? review.by ?? '' })}`;
      parts.warnings.replaceChildren(...warnings.map((warning) => {
        const line = document.createElement('li');
        line.className = 'notice warn';
        line.textContent = has(`warning.${warning.code}`) ? t(`warning.${warning.code}`) : warning.text;
        return line;
      }));
      parts.verdict.hidden = !bad || Boolean(review) || !may.includes('plan');
    },
    unmount() {},
  };
}
