// The 3D pane: canvas, legend, what to look at and how to colour it.
import { legendGradient, QUANTITIES } from '../viewer/colours.js';
import { createStage } from '../viewer/scene.js';
import { filePath, getBytes } from '../net/api.js';
import { has, t } from '../i18n/i18n.js';
import { moved, movedBack, STILL } from '../plan/camera.js';
import { objectsOf, property } from './plan-tools.js';
import { trustText } from './numbers.js';
import { fill } from './part.js';
import { boneText } from './segment.js';
import { TURNS } from '../viewer/turn.js';

const FILES = { radius: 'radius.glb', ulna: 'ulna.glb', target: 'target_radius.glb', fields: 'radius_fields.glb', guide: 'guide.glb' };
const LOOKS = ['volar', 'dorsal', 'radial', 'ulnar'];
const PRESENCE_EVERY = 100; // ms

// The plan as the stage draws it: another person's drag wins over the stored value.
function drawnPlan(plan, frame, selection) {
  if (!plan?.state) return null;
  const { state, drags = {} } = plan;
  const value = (id, name) => drags[`${id}.${name}`] ?? property(state, id, name);
  const normal = value('osteotomy', 'normal');
  const distal = normal && frame && normal[0] * frame.axis[0] + normal[1] * frame.axis[1] + normal[2] * frame.axis[2] < 0
    ? normal.map((x) => -x) : normal;
  const point = value('osteotomy', 'point');
  const corrections = Object.fromEntries(objectsOf(state, 'bone').map(({ id }) => [id, value(id, 'correction') ?? STILL]));
  return {
    osteotomy: point && distal ? { point, normal: distal } : null,
    motion: value('fragment', 'motion'),
    selection,
    corrections,
    landmarks: objectsOf(state, 'landmark').map(({ id }) => ({ id, shown: moved(corrections[value(id, 'bone')] ?? STILL, value(id, 'position')) })),
  };
}

// A CT's bones lie in the patient's own axes: x to the left, y to the back, z to the head.
const PATIENT = { axis: [0, 0, 1], radial: [1, 0, 0], volar: [0, -1, 0], origin: [0, 0, 0] };

// A landmark is kept where the fit has its bone, and shown where the plan puts the bone.
function keptValue(plan, object, name, value) {
  const bone = property(plan?.state, object, 'bone');
  return name === 'position' && bone ? movedBack(property(plan.state, bone, 'correction') ?? STILL, value) : value;
}

export function mountStage(element, { caseId, session, onPick, onPin, onPoint, onTurn }) {
  const parts = fill(element, `
    <div class="stage" data-part="stage" role="application" tabindex="0" data-i18n-aria-label="stage.label"></div>
    <div class="cross" hidden data-part="cross" aria-hidden="true"></div>
    <div class="halves" hidden data-part="halves"><p data-part="left"></p><p data-part="right"></p></div>
    <div class="stage-bar top">
      <div class="row" role="group" data-i18n-aria-label="stage.look" data-part="looks"></div>
      <label class="inline"><span class="unseen" data-i18n="stage.colour"></span><select data-part="colour">
        <option value="plain" data-i18n="colour.plain"></option><option value="uncertainty" data-i18n="colour.uncertainty"></option>
        <option value="density" data-i18n="colour.density"></option><option value="stress" data-i18n="colour.stress"></option></select></label>
    </div>
    <div class="stage-bar bottom">
      <div class="legend" hidden data-part="legend"><span data-part="low"></span><span class="ramp" data-part="ramp"></span>
        <label class="inline"><span class="unseen" data-i18n="legend.top"></span><select data-part="top"></select></label>
        <span class="small" data-part="unit"></span></div>
      <div class="row shows" data-part="shows"></div>
      <p class="tag warn" hidden data-part="simulated" data-i18n="films.simulated"></p>
    </div>
    <ul class="unseen" data-part="spoken" data-i18n-aria-label="stage.spoken"></ul>`);

  let lastPresence = 0;
  let rest = 0;
  let held = null; // tool that the picture goes back to
  let stage = null;
  let loaded = {};
  let frame = null;
  let colouring = 'plain';
  let selection = null;
  let compared = null;
  let lastPlan = null;
  let failed = false;

  try {
    stage = createStage(parts.stage, {
      onPick, onPin, onPoint, onTurn,
      onDrag(object, name, shown, final) {
        const value = keptValue(session()?.snapshot(), object, name, shown);
        if (final) session()?.set(object, name, value);
        else session()?.drag(object, name, value);
      },
      onCamera(camera) {
        // Where a movement ends is told too: who follows stands where the leader stands.
        clearTimeout(rest);
        const wait = PRESENCE_EVERY - (performance.now() - lastPresence);
        const tell = () => {
          lastPresence = performance.now();
          session()?.presence({ camera });
        };
        if (wait <= 0) tell();
        else rest = setTimeout(tell, wait);
      },
    });
  } catch {
    failed = true;
    parts.stage.textContent = t('stage.no_webgl');
  }

  for (const side of LOOKS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = t(`look.${side}`);
    button.addEventListener('click', () => {
      onTurn();
      stage?.look(side);
    });
    parts.looks.append(button);
  }
  for (const name of ['radius', 'ulna', 'target', 'guide']) {
    const button = document.createElement('button');
    button.type = 'button';
    button.dataset.show = name;
    button.setAttribute('aria-pressed', 'true');
    button.textContent = t(`show.${name}`);
    button.addEventListener('click', () => {
      const on = button.getAttribute('aria-pressed') !== 'true';
      button.setAttribute('aria-pressed', String(on));
      stage?.setVisible(name, on);
    });
    parts.shows.append(button);
  }
  parts.stage.addEventListener('keydown', (event) => {
    if (!TURNS[event.key]) return;
    onTurn();
    event.preventDefault();
    stage?.turn(...TURNS[event.key]);
  });

  let tops = {}; // chosen by the person, per quantity
  parts.colour.addEventListener('change', () => {
    colouring = parts.colour.value;
    paint();
  });
  parts.top.addEventListener('change', () => {
    tops = { ...tops, [colouring]: Number(parts.top.value) };
    paint();
  });

  function paint() {
    const chosen = tops[colouring] ?? 0;
    const shown = stage?.setColouring(colouring, chosen) ?? QUANTITIES[colouring];
    parts.legend.hidden = !shown;
    if (!shown) return;
    const number = (value) => value.toFixed(Number.isInteger(value) ? shown.digits : 1);
    const most = (top) => `≥ ${number(top)}\u00a0${shown.unit}`;
    const usual = QUANTITIES[colouring].high;
    const fitted = chosen === 0 ? t('legend.auto', { most: most(shown.high) }) : t('legend.fit');
    parts.top.replaceChildren(new Option(shown.fits ? fitted : most(usual), '0', false, chosen === 0),
      ...shown.tops.filter((top) => shown.fits || top !== usual).map((top) => new Option(most(top), String(top), false, top === chosen)));
    parts.low.textContent = number(shown.low);
    parts.ramp.style.backgroundImage = legendGradient();
    showUnit();
  }

  let fieldNames = {};
  function showUnit() {
    if (QUANTITIES[colouring]) parts.unit.textContent = t(`legend.${colouring}`, fieldNames);
  }

  async function load(files) {
    const wanted = {};
    for (const [part, name] of Object.entries(FILES)) {
      const key = files.includes(name) ? files.join() : null;
      if (key && loaded[part] !== key) {
        loaded[part] = key;
        wanted[part] = await getBytes(filePath(caseId, name)).catch(() => null);
      }
    }
    if (Object.values(wanted).some(Boolean) && stage) {
      const first = !stage.report().parts.includes('proximal');
      await stage.setBones(wanted);
      if (first) stage.look('volar');
      paint();
      element.dataset.ready = 'true';
    }
  }

  // The bones of a CT, whatever they are: the largest first, so that something shows soon.
  let many = null;
  async function loadMany(segment, files, alone) {
    const key = files.join();
    if (many === key || !stage) return;
    many = key;
    if (alone) stage.setFrame(PATIENT);
    const shown = segment.bones.filter((bone) => files.includes(bone.files.glb));
    for (const bone of alone ? shown : shown.filter(({ name }) => !(name in FILES))) {
      const bytes = await getBytes(filePath(caseId, bone.files.glb)).catch(() => null);
      if (many !== key) return;
      if (bytes) await stage.addBone(bone.name, bytes);
    }
    if (!alone) return;
    stage.lookAtAll();
    paint();
    element.dataset.ready = 'true';
  }

  function updateMany(segment, files) {
    parts.simulated.hidden = segment.simulated !== true;
    parts.looks.hidden = true;
    for (const name of ['density', 'stress']) parts.colour.querySelector(`[value=${name}]`).disabled = true;
    for (const button of parts.shows.children) button.hidden = true;
    loadMany(segment, files, true);
    parts.spoken.replaceChildren(...segment.bones.map((bone) => {
      const item = document.createElement('li');
      item.textContent = boneText(bone);
      return item;
    }));
  }

  function speak(plan, result) {
    const lines = Object.keys(result?.bones ?? {}).map((bone) => t(`bone.${bone}`));
    if (plan?.state) lines.push(t('stage.cut'), t('stage.fragment'));
    parts.spoken.replaceChildren(...lines.map((text) => {
      const item = document.createElement('li');
      item.textContent = text;
      return item;
    }));
  }

  return {
    setTool(tool, mode) {
      held = [tool, mode];
      stage?.setTool(compared ? 'none' : tool, mode);
    },
    // Two versions beside each other, each {state, measures}, with their names; or null.
    compare(pair, names = []) {
      compared = pair;
      parts.halves.hidden = !pair;
      [parts.left.textContent, parts.right.textContent] = names;
      parts.looks.classList.toggle('narrow', Boolean(pair));
      stage?.setTool(pair ? 'none' : held?.[0] ?? 'none', held?.[1]);
      if (pair) stage?.setPlan(drawnPlan({ state: pair[0].state }, frame, null));
      stage?.setSecond(pair ? drawnPlan({ state: pair[1].state }, frame, null) : null);
      if (!pair) stage?.setPlan(drawnPlan(lastPlan, frame, selection));
    },
    showPins: (pins) => stage?.setPins(pins),
    lookAtPin: (id) => stage?.lookAtPin(id),
    pinning(on) {
      stage?.setPinning(on);
      parts.cross.hidden = !on;
    },
    pointAtCross: () => stage?.pointUnder(0, 0) ?? null,
    pose: () => stage?.cameraPose() ?? null,
    select(id) { selection = id; },
    follow: (camera) => stage?.setCameraPose(camera),
    report: () => (failed ? null : stage.report()),
    update({ plan, result, segment, files = [], fem, bmd }) {
      element.hidden = !result && !segment;
      if (!result && segment && !failed) updateMany(segment, files);
      if (!result || failed) return;
      if (frame !== result.anatomy) {
        frame = result.anatomy;
        stage.setFrame(frame);
      }
      fieldNames = { load: fem?.load_n ?? '', law: has(`law.${fem?.law}`) ? t(`law.${fem.law}`) : fem?.law ?? '', how: bmd ? t(`how.${bmd.how}`) : '', trust: fem ? trustText(fem) : '' };
      showUnit();
      parts.simulated.hidden = result.simulated !== true;
      for (const name of ['density', 'stress']) parts.colour.querySelector(`[value=${name}]`).disabled = !files.includes(FILES.fields);
      for (const button of parts.shows.children) {
        button.hidden = !files.includes(FILES[button.dataset.show]);
      }
      load(files);
      if (segment) loadMany(segment, files, false);
      lastPlan = plan;
      if (!compared) stage.setPlan(drawnPlan(plan, frame, selection));
      speak(plan, result);
    },
    unmount() {
      clearTimeout(rest);
      stage?.dispose();
    },
  };
}
