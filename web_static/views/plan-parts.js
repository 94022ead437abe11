// What the plan's page shows under the bones: moving, review, comments, history, comparison.
// One at a time, so that nothing has to be scrolled for on a phone.
import { t } from '../i18n/i18n.js';

export const PLAN_PARTS = ['move', 'review', 'comments', 'history', 'compare'];

// `sections`: name to element. `onShow(name)` is told which one is seen now.
export function mountPlanParts(element, { sections, onShow }) {
  element.className = 'plan-parts row';
  element.role = 'group';
  element.setAttribute('aria-label', t('parts.title'));
  let chosen = null;
  let shown = 'move';
  let refused = 0;

  const buttons = Object.fromEntries(PLAN_PARTS.map((name) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.planpart = name;
    button.textContent = t(`parts.${name}`);
    button.addEventListener('click', () => {
      chosen = name;
      show(name);
    });
    element.append(button);
    return [name, button];
  }));

  function show(name) {
    const changed = shown !== name;
    shown = name;
    for (const part of PLAN_PARTS) {
      buttons[part].setAttribute('aria-pressed', String(part === name));
      sections[part].classList.toggle('off', part !== name);
    }
    if (changed) onShow(name);
  }
  show('move');

  return {
    shown: () => shown,
    show(name) {
      chosen = name;
      show(name);
    },
    // A version that is closed is looked at, not moved: its review comes first.
    update({ plan }) {
      element.hidden = !plan?.state;
      if (!plan?.state) return;
      if (chosen === null) show(plan.review === 'draft' ? 'move' : 'review');
      if (plan.conflicts.length > refused) show('move'); // what was not taken is told there
      refused = plan.conflicts.length;
      const open = Object.values(plan.state.objects).filter((o) => o.type === 'note' && o.life.alive && !o.place.parent && o.props.resolved?.value !== true).length;
      buttons.comments.textContent = open > 0 ? t('parts.comments_open', { count: open }) : t('parts.comments');
    },
    unmount() {},
  };
}
