// Moving the plan: every drag of the stage has its stepper here.
import { t } from '../i18n/i18n.js';
import { IDENTITY, applied, stepped } from '../viewer/rigid.js';
import { ask, fill, toast } from './part.js';

const DEGREE = Math.PI / 180;
const scaled = (v, s) => v.map((x) => x * s);

const MOVES = {
  flexion: { turn: 'radial' }, deviation: { turn: 'volar' }, rotation: { turn: 'axis' },
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

export function mountPlanTools(element, { session, onTool, onSelect }) {
  const parts = fill(element, `
    <section class="card stack plan-tools">
      <div class="row"><h2 data-i18n="plan.title"></h2><span class="tag push" data-part="state"></span></div>
      <div class="row">
        <button type="button" data-part="undo" data-i18n="plan.undo"></button>
        <button type="button" data-part="redo" data-i18n="plan.redo"></button>
        <button type="button" data-part="propose" data-i18n="plan.propose"></button>
      </div>
      <div class="row" role="group" data-i18n-aria-label="plan.tool" data-part="tools"></div>
      <div class="row" role="group" data-i18n-aria-label="plan.mode" data-part="modes">
        <button type="button" data-mode="translate" aria-pressed="true" data-i18n="plan.translate"></button>
        <button type="button" data-mode="rotate" aria-pressed="false" data-i18n="plan.rotate"></button>
        <label class="field inline"><span data-i18n="plan.step"></span><select data-part="step">
          <option value="0.2">0.2</option><option value="0.5" selected>0.5</option><option value="1">1</option><option value="5">5</option></select></label>
      </div>
      <label class="field" data-part="markfield"><span data-i18n="plan.landmark"></span><select data-part="mark"></select></label>
      <label class="field" data-part="bonefield"><span data-i18n="plan.bone"></span><select data-part="bone"></select></label>
      <div class="steppers" data-part="steppers"></div>
      <div class="row"><label class="field inline"><span data-i18n="plan.kind"></span><select data-part="kind">
        <option value="opening" data-i18n="kind.opening"></option><option value="closing" data-i18n="kind.closing"></option>
        <option value="single" data-i18n="kind.single"></option></select></label></div>
      <p class="notice" data-part="waiting" hidden></p>
      <div class="row"><button type="button" class="main" data-part="approve" data-i18n="plan.approve"></button>
        <button type="button" data-part="version" data-i18n="plan.version"></button></div>
      <p class="small quiet number" data-part="hash"></p>
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
    button.addEventListener('click', () => { tool = name; show(); onTool(tool, mode); });
    parts.tools.append(button);
  }
  for (const button of parts.modes.querySelectorAll('[data-mode]')) {
    button.addEventListener('click', () => {
      mode = button.dataset.mode;
      show();
      onTool(tool, mode);
    });
  }

  const frame = () => ({
    axis: property(state, 'frame', 'axis'), radial: property(state, 'frame', 'radial'), volar: property(state, 'frame', 'volar'),
  });

  function motionStep(id, name, centre, key, sign) {
    const f = frame();
    const size = Number(parts.step.value) * sign;
    const { turn, move } = MOVES[key];
    const old = property(state, id, name) ?? IDENTITY;
    const c = applied(old, centre);
    const next = turn
      ? stepped(old, c, f[turn], size * DEGREE, [0, 0, 0])
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
    const turned = stepped(IDENTITY, [0, 0, 0], f[MOVES[key].turn], size * DEGREE, [0, 0, 0]);
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
  parts.redo.addEventListener('click', () => session().redo());
  parts.propose.addEventListener('click', () => session().set('fragment', 'motion', property(state, 'target', 'motion')));
  parts.kind.addEventListener('change', () => session().set('osteotomy', 'kind', parts.kind.value));
  parts.mark.addEventListener('change', () => { mark = parts.mark.value; onSelect(mark); });
  parts.version.addEventListener('click', () => {
    session().tag(`v${session().snapshot().seq}`, 'version');
    toast(t('plan.version_made'));
  });
  parts.approve.addEventListener('click', async () => {
    const snapshot = session().snapshot();
    if (await ask(t('plan.approve_title'), t('plan.approve_text', { hash: snapshot.hash.slice(0, 12) }), t('plan.approve'), t('word.cancel'))) {
      session().tag(`v${snapshot.seq}`, 'approved');
    }
  });

  show();
  return {
    select(id) {
      mark = id;
      tool = 'landmark';
      show();
      onTool(tool, mode);
    },
    tool: () => [tool, mode],
    update({ plan, may = [], caseDetail }) {
      state = plan?.state ?? null;
      element.hidden = !state;
      if (!state) return;
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
      parts.undo.disabled = !plan.canUndo;
      parts.redo.disabled = !plan.canRedo;
      const approved = plan.approved && plan.approved.hash === plan.hash;
      parts.state.textContent = t(approved ? 'plan.approved' : 'plan.draft');
      parts.state.className = `tag push ${approved ? '' : 'warn'}`;
      const review = caseDetail?.fit_review?.verdict;
      const blocked = caseDetail?.result && !caseDetail.result.residual?.ok && review !== 'accept';
      parts.approve.hidden = !may.includes('approve');
      parts.approve.disabled = approved || blocked || plan.waiting > 0;
      parts.approve.title = blocked ? t('plan.blocked_fit') : '';
      parts.waiting.hidden = plan.waiting === 0 && plan.status === 'live';
      parts.waiting.textContent = plan.status === 'live' ? t('plan.saving', { count: plan.waiting }) : t('plan.offline', { count: plan.waiting });
      parts.hash.textContent = t('plan.hash', { seq: plan.seq, hash: (plan.hash ?? '').slice(0, 16) });
    },
    unmount() {},
  };
}
