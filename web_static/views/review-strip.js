// Where the plan stands, who takes the next step, and what was said of it so far. What may be
// done is asked of the plan's core; the page holds no table of its own.
import { dateText, errorText, t } from '../i18n/i18n.js';
import { askStep } from './step-dialog.js';
import { fill, toast } from './part.js';

const LINE = ['draft', 'proposed', 'approved', 'released', 'manufactured', 'used', 'checked'];

const whoText = (who) => who.map((role) => t(`role.${role}`)).join(t('word.or'));

// Why this person cannot take this step now; '' where nothing stands in the way.
function hindrance(step, { plan, may, caseDetail }) {
  if (step.why === 'own') return t('step.own');
  if (step.why === 'role') return t('step.role', { who: whoText(step.who) });
  if (caseDetail?.granted && (step.kind !== 'draft' ? step.kind !== 'proposed' : plan.review !== 'proposed')) return t('step.owners');
  if (plan.status !== 'live') return t('step.offline');
  if (plan.waiting > 0) return t('step.waiting');
  if (step.kind === 'approved' && !may.includes('approve')) {
    return t(caseDetail?.fit_review_wanted ? 'plan.blocked_fit' : caseDetail?.side === 'unknown' ? 'step.side' : 'step.not_you');
  }
  return may.includes('plan') ? '' : t('plan.readonly');
}

function item(tag, people, onShow) {
  const node = document.createElement('li');
  const parts = fill(node, `<p><strong data-part="what"></strong> <span class="small quiet" data-part="by"></span></p>
    <p class="said" data-part="said"></p><button type="button" class="small-button" data-part="show" data-i18n="step.show"></button>`);
  const who = people[tag.by];
  parts.what.textContent = tag.kind === 'version' ? t('change.version', { name: tag.name }) : t(`step.${tag.kind}.done`);
  parts.by.textContent = `${who?.name ?? tag.by}${who ? ` · ${t(`role.${who.role}`)}` : ''} · ${dateText(new Date(tag.at).toISOString())}`;
  parts.said.textContent = tag.said ?? '';
  parts.said.hidden = !tag.said;
  parts.show.setAttribute('aria-label', t('step.show_of', { what: parts.what.textContent }));
  parts.show.addEventListener('click', () => onShow(tag.seq));
  return node;
}

export function mountReviewStrip(element, { session, onShow }) {
  const parts = fill(element, `
    <section class="card stack review-strip">
      <div class="row"><h2 data-i18n="step.title"></h2><span class="tag" data-part="now"></span>
        <span class="small quiet number push" data-part="hash"></span></div>
      <ol class="review-line" data-i18n-aria-label="step.line" data-part="line"></ol>
      <p class="notice" role="status" data-part="closed" hidden></p>
      <p data-part="next"></p>
      <div class="row"><div class="row" data-part="buttons"></div><button type="button" class="push" data-part="version" data-i18n="plan.version"></button></div>
      <p class="small quiet" data-part="why"></p>
      <h3 data-i18n="step.history"></h3>
      <p class="small quiet" data-part="none" data-i18n="step.none"></p>
      <ol class="steps" data-part="steps"></ol>
    </section>`);
  let last = null;
  let key = '';

  for (const name of LINE) {
    const place = document.createElement('li');
    place.dataset.place = name;
    place.textContent = t(`review_state.${name}`);
    parts.line.append(place);
  }

  async function take(step) {
    const { plan } = last;
    const said = await askStep({
      title: t(`step.${step.kind}.title`), yes: t(`step.${step.kind}`), hash: plan.hash,
      text: t(step.kind === 'draft' && plan.review !== 'proposed' ? 'step.draft.branch_text' : `step.${step.kind}.text`),
      wanted: step.kind === 'draft' && plan.review === 'proposed',
    });
    if (said === null) return;
    if (session().snapshot().hash !== plan.hash) {
      toast(t('step.changed'));
      return;
    }
    session().tag(`${step.kind} ${plan.seq + 1}`, step.kind, said);
  }

  parts.version.addEventListener('click', () => {
    session().tag(`v${session().snapshot().seq}`, 'version');
    toast(t('plan.version_made'));
  });

  function button(step) {
    const node = document.createElement('button');
    node.type = 'button';
    node.dataset.step = step.kind;
    node.className = step.kind === 'draft' ? '' : 'main';
    node.textContent = t(step.kind === 'draft' && last.plan.review !== 'proposed' ? 'step.branch' : `step.${step.kind}`);
    node.disabled = hindrance(step, last) !== '';
    node.addEventListener('click', () => take(step).catch((error) => toast(errorText(error))));
    return node;
  }

  function draw() {
    const { plan, may } = last;
    const at = LINE.indexOf(plan.review);
    [...parts.line.children].forEach((place, i) => {
      place.className = i < at ? 'past' : i === at ? 'here' : '';
      if (i === at) place.setAttribute('aria-current', 'step');
      else place.removeAttribute('aria-current');
    });
    parts.now.textContent = t(`review_state.${plan.review}`);
    parts.now.className = `tag ${plan.review === 'draft' ? 'warn' : ''}`;
    parts.closed.hidden = plan.review === 'draft';
    parts.closed.textContent = plan.review === 'proposed' ? t('step.closed_proposed') : t('step.closed', { state: t(`review_state.${plan.review}`) });
    const [next] = plan.steps;
    parts.next.textContent = next && next.kind !== 'draft'
      ? t('step.next', { step: t(`step.${next.kind}`), who: whoText(next.who), other: next.kind === 'released' ? t('step.other') : '' }) : t('step.last');
    const offered = plan.steps.filter((step) => step.why === '' || step.kind !== 'draft');
    parts.buttons.replaceChildren(...offered.map(button));
    parts.why.textContent = [...new Set(offered.map((step) => hindrance(step, last)).filter(Boolean))].join(' ');
    parts.why.hidden = parts.why.textContent === '';
    parts.version.hidden = plan.review !== 'draft' || !may.includes('plan');
    parts.version.disabled = plan.status !== 'live' || plan.waiting > 0;
    parts.hash.textContent = t('plan.hash', { seq: plan.seq, hash: plan.hash.slice(0, 12) });
    const tags = [...plan.state.tags].reverse();
    parts.none.hidden = tags.length > 0;
    parts.steps.replaceChildren(...tags.map((tag) => item(tag, plan.state.people, onShow)));
  }

  return {
    update(state) {
      last = state;
      const { plan, may, caseDetail } = state;
      element.hidden = !plan?.state;
      if (!plan?.state) return;
      const now = JSON.stringify([plan.hash, plan.seq, plan.review, plan.steps, plan.status, plan.waiting > 0, may, caseDetail?.fit_review_wanted, caseDetail?.side]);
      if (now === key) return; // a button that is drawn anew loses the focus
      key = now;
      draw();
    },
    unmount() {},
  };
}
