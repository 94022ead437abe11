// Moving the plan: every drag of the stage has its stepper here.
import { t } from '../i18n/i18n.js';
import { IDENTITY, applied, stepped } from '../viewer/rigid.js';
import { handOf } from '../plan/change.js';
import { conflictLines } from './conflict.js';
import { fill, toast } from './part.js';

const DEGREE = Math.PI / 180;
const scaled = (v, s) => v.map((x) => x * s);

// A turn by the right-hand rule goes to the palm in one arm and to the back in the other:
// `hand` 1 or -1 of the frame makes plus mean volar, radial and pronated in both.
const MOVES = {
  flexion: { turn: 'radial', hand: 1 }, deviation: { turn: 'volar', hand: -1 }, rotation: { turn: 'axis', hand: -1 },
  length: { move: 'axis' }, radial: { move: 'radial' }, volar: { move: 'volar' },
};

export const property = (state, id, name) => state?.objects?.[id]?.props?.[name]?.value;
export const objectsOf = (state, type) => Object.entries(state?.objects ?? {})
  .filter(([, object]) => object.type === type && object.life.alive)
  .map(([id]) => ({ id }));

function stepper(key, onStep) {
  const node = document.createElement('div');
  node.className = 'stepper';
  const parts = fill(node, `<span data-part="name"></span>
    <button type="button" data-part="less">−</button><button type="button" data-part="more">+</button>`);
  parts.name.textContent = t(`move.${key}`);
  parts.less.setAttribute('aria-label', t(`move.${key}.less`));
  parts.more.setAttribute('aria-label', t(`move.${key}.more`));
  parts.less.addEventListener('click', () => onStep(-1));
  parts.more.addEventListener('click', () => onStep(1));
  return node;
}

// Why nobody may move this plan.
function blockedBy(caseDetail, review) {
  if (review !== 'draft') return review === 'proposed' ? 'step.closed_proposed' : 'plan.closed';
  if (!caseDetail?.fit_review_wanted) return 'plan.readonly';
  return caseDetail.fit_review?.verdict === 'reject' ? 'plan.rejected_fit' : 'plan.blocked_fit';
}

export function mountPlanTools(element, { session, onTool, onSelect, onChange }) {
  const parts = fill(element, `
    <section class="card stack plan-tools">
      <div class="row"><h2 data-i18n="plan.title"></h2><span class="tag" data-part="state"></span>
        <button type="button" class="push" data-part="undo" data-i18n="plan.undo"></button>
        <button type="button" data-part="redo" data-i18n="plan.redo"></button></div>
      <p class="notice warn" hidden data-part="readonly"></p>
      <div class="notice warn stack" role="status" hidden data-part="conflict"><p data-part="conflicttext"></p>
        <ul class="conflicts" data-part="conflictlist"></ul>
        <div class="row"><button type="button" data-part="theirs" data-i18n="plan.theirs"></button>
        <button type="button" data-part="mine" data-i18n="plan.mine"></button></div></div>
      <div class="stack" data-part="moving"><div class="row" role="group" data-i18n-aria-label="plan.tool" data-part="tools"></div>
      <div class="row" role="group" data-i18n-aria-label="plan.mode" data-part="modes">
        <button type="button" data-mode="translate" aria-pressed="true" data-i18n="plan.translate"></button>
        <button type="button" data-mode="rotate" aria-pressed="false" data-i18n="plan.rotate"></button>
        <label class="field inline"><span data-i18n="plan.step"></span><select data-part="step">
          <option value="0.2">0.2</option><option value="0.5" selected>0.5</option><option value="1">1</option><option value="5">5</option></select></label>
      </div>
      <label class="field inline" data-part="markfield"><span data-i18n="plan.landmark"></span><select data-part="mark"></select></label>
      <label class="field inline" data-part="bonefield"><span data-i18n="plan.bone"></span><select data-part="bone"></select></label>
      <div class="steppers" data-part="steppers"></div>
      <div class="row"><label class="field inline"><span data-i18n="plan.kind"></span><select data-part="kind">
        <option value="opening" data-i18n="kind.opening"></option><option value="closing" data-i18n="kind.closing"></option>
        <option value="single" data-i18n="kind.single"></option></select></label>
        <button type="button" class="push" data-part="propose" data-i18n="plan.propose"></button></div>
      <p class="notice" role="status" data-part="waiting" hidden></p></div>
    </section>`);

  const TOOLS = ['fragment', 'plane', 'landmark', 'outline'];
  let tool = 'fragment';
  let mode = 'translate';
  let state = null;
  let mark = null;

  for (const name of TOOLS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.tool = name;
    button.textContent = t(`tool.${name}`);
    button.addEventListener('click', () => choose(name));
    parts.tools.append(button);
  }
  for (const button of parts.modes.querySelectorAll('[data-mode]')) {
    button.addEventListener('click', () => choose(tool, button.dataset.mode));
  }

  function choose(name, how = mode) {
    tool = name;
    mode = how;
    show();
    onTool(tool, mode);
    if (tool === 'landmark' && mark) onSelect(mark);
  }

  function selectMark(id) {
    mark = id;
    parts.mark.value = id;
    onSelect(id);
  }

  const frame = () => ({
    axis: property(state, 'frame', 'axis'), radial: property(state, 'frame', 'radial'), volar: property(state, 'frame', 'volar'),
  });

  function motionStep(id, name, centre, key, sign) {
    const f = frame();
    const size = Number(parts.step.value) * sign;
    const { turn, hand, move } = MOVES[key];
    const old = property(state, id, name) ?? IDENTITY;
    const c = applied(old, centre);
    const next = turn
      ? stepped(old, c, f[turn], hand * handOf(f) * size * DEGREE, [0, 0, 0])
      : stepped(old, c, f.axis, 0, scaled(f[move], size));
    session().set(id, name, next);
  }

  function planeStep(key, sign) {
    const f = frame();
    const size = Number(parts.step.value) * sign;
    const point = property(state, 'osteotomy', 'point');
    const normal = property(state, 'osteotomy', 'normal');
    if (MOVES[key].move) {
      session().set('osteotomy', 'point', point.map((x, k) => x + size * f[MOVES[key].move][k]));
      return;
    }
    const turned = stepped(IDENTITY, [0, 0, 0], f[MOVES[key].turn], MOVES[key].hand * handOf(f) * size * DEGREE, [0, 0, 0]);
    session().set('osteotomy', 'normal', applied(turned, normal));
  }

  function markStep(key, sign) {
    if (!mark) return;
    const f = frame();
    const size = Number(parts.step.value) * sign;
    const position = property(state, mark, 'position');
    session().set(mark, 'position', position.map((x, k) => x + size * f[MOVES[key].move][k]));
  }

  const step = (key, sign) => {
    if (!state) return;
    if (tool === 'fragment') motionStep('fragment', 'motion', property(state, 'osteotomy', 'point'), key, sign);
    if (tool === 'plane') planeStep(key, sign);
    if (tool === 'landmark') markStep(key, sign);
    if (tool === 'outline') motionStep(parts.bone.value, 'correction', property(state, 'frame', 'origin'), key, sign);
  };

  const KEYS = {
    fragment: ['flexion', 'deviation', 'rotation', 'length', 'radial', 'volar'],
    plane: ['flexion', 'deviation', 'length'],
    landmark: ['length', 'radial', 'volar'],
    outline: ['flexion', 'deviation', 'rotation', 'length', 'radial', 'volar'],
  };

  let steppersFor = '';
  function show() {
    for (const button of parts.tools.children) button.setAttribute('aria-pressed', String(button.dataset.tool === tool));
    for (const button of parts.modes.querySelectorAll('[data-mode]')) button.setAttribute('aria-pressed', String(button.dataset.mode === mode));
    parts.markfield.hidden = tool !== 'landmark';
    parts.bonefield.hidden = tool !== 'outline';
    if (steppersFor !== tool) {
      steppersFor = tool;
      parts.steppers.replaceChildren(...KEYS[tool].map((key) => stepper(key, (sign) => step(key, sign))));
    }
  }

  parts.undo.addEventListener('click', () => session().undo());
  parts.mine.addEventListener('click', () => session().settleConflicts(true));
  parts.theirs.addEventListener('click', () => session().settleConflicts(false));
  parts.redo.addEventListener('click', () => session().redo());
  parts.propose.addEventListener('click', () => session().set('fragment', 'motion', property(state, 'target', 'motion')));
  parts.kind.addEventListener('change', () => session().set('osteotomy', 'kind', parts.kind.value));
  parts.mark.addEventListener('change', () => selectMark(parts.mark.value));
  for (const part of ['bone', 'step']) parts[part].addEventListener('change', () => onChange());

  // What was not taken, thing by thing; over a version that is closed nothing is put.
  let told = '';
  let refused = 0;

  // Who looks at something else, or further down, is told; after the page has turned to this part.
  function point(count) {
    requestAnimationFrame(() => {
      if (parts.conflict.offsetParent === null) toast(t('plan.conflict', { count }));
      else parts.conflict.scrollIntoView({ block: 'center' });
    });
  }

  function showConflicts({ conflicts, state: now, review }, mayEdit) {
    parts.conflict.hidden = conflicts.length === 0;
    const key = JSON.stringify([conflicts.map((one) => one.n), review, mayEdit, conflicts.length > 0 && now.seq]);
    if (key === told) return;
    told = key;
    if (conflicts.length > refused) point(conflicts.length);
    refused = conflicts.length;
    parts.conflicttext.textContent = t('plan.conflict', { count: conflicts.length });
    parts.conflictlist.replaceChildren(...conflictLines(conflicts, now, review).map((text) => {
      const line = document.createElement('li');
      line.textContent = text;
      return line;
    }));
    parts.mine.hidden = !mayEdit || !conflicts.some((one) => one.ops.some((op) => op.op === 'set'));
    parts.theirs.textContent = t(parts.mine.hidden ? 'plan.understood' : 'plan.theirs');
    parts.theirs.disabled = false;
  }

  show();
  return {
    select(id) {
      mark = id;
      choose('landmark');
    },
    choose,
    chooseBone(id) {
      parts.bone.value = id;
      onChange();
    },
    // The landmark (or bone) `by` places further on.
    next(by) {
      const list = tool === 'outline' ? parts.bone : parts.mark;
      const count = list.options.length;
      if (count === 0) return;
      list.selectedIndex = (list.selectedIndex + by + count) % count;
      if (tool === 'landmark') selectMark(list.value);
      else onChange();
    },
    tool: () => [tool, mode],
    mark: () => mark,
    bone: () => parts.bone.value || null,
    step: () => Number(parts.step.value),
    update({ plan, may = [], caseDetail }) {
      state = plan?.state ?? null;
      element.hidden = !state;
      if (!state) return;
      const draft = plan.review === 'draft';
      const mayEdit = may.includes('plan') && draft;
      const marks = objectsOf(state, 'landmark');
      if (parts.mark.options.length !== marks.length) {
        parts.mark.replaceChildren(...marks.map((o) => new Option(t(`landmark.${property(state, o.id, 'name')}`), o.id)));
        mark = mark ?? marks[0]?.id ?? null;
      }
      if (mark) parts.mark.value = mark;
      const bones = objectsOf(state, 'bone');
      if (parts.bone.options.length !== bones.length) {
        parts.bone.replaceChildren(...bones.map((o) => new Option(t(`bone.${property(state, o.id, 'kind')}`), o.id)));
      }
      const kind = property(state, 'osteotomy', 'kind');
      if (kind) parts.kind.value = kind;
      parts.readonly.hidden = mayEdit;
      parts.readonly.textContent = t(blockedBy(caseDetail, plan.review), { state: t(`review_state.${plan.review}`) });
      parts.moving.hidden = !draft;
      for (const control of element.querySelectorAll('button:not([data-part=theirs]), select')) control.disabled = !mayEdit;
      parts.undo.disabled = !mayEdit || !plan.canUndo;
      parts.redo.disabled = !mayEdit || !plan.canRedo;
      parts.state.textContent = t(`review_state.${plan.review}`);
      parts.state.className = `tag ${draft ? 'warn' : ''}`;
      showConflicts(plan, mayEdit);
      parts.waiting.hidden = plan.waiting === 0 || plan.status !== 'live';
      parts.waiting.textContent = t('plan.saving', { count: plan.waiting });
    },
    unmount() {},
  };
}
