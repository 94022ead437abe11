// One case: films, bones, numbers, plan and files, alive over one socket.
import { filePath, get, post } from '../net/api.js';
import { dateText, errorText, t } from '../i18n/i18n.js';
import { createStore } from '../state/store.js';
import { createSession } from '../plan/session.js';
import { mountComments } from './comments.js';
import { mountCompare } from './compare.js';
import { mountFiles } from './files.js';
import { mountFilms } from './films.js';
import { createPast, mountHistory } from './history.js';
import { mountJobs } from './jobs.js';
import { mountFacts, mountNumbers } from './numbers.js';
import { mountPeople } from './people.js';
import { mountPlanParts, PLAN_PARTS } from './plan-parts.js';
import { mountPlanTools } from './plan-tools.js';
import { mountReview, urgent } from './fit-review.js';
import { mountReviewStrip } from './review-strip.js';
import { mountSegment } from './segment.js';
import { mountStage } from './stage.js';
import { mountStress } from './stress.js';
import { mountUpload } from './upload.js';
import { showAsGuest } from './guest.js';
import { mountGiveBack } from './give-back.js';
import { mountShare } from './share.js';
import { fill, toast } from './part.js';

const TABS = ['bones', 'films', 'numbers', 'stress', 'plan', 'files'];
const EXTRA = { result: 'result.json', segment: 'segment.json', bmd: 'bmd.json', fem: 'fem.json', guide: 'guide.json' };

export function mountCase(element, { caseId, user, onShut }) {
  const parts = fill(element, `
    <div class="case" data-part="case">
      <div class="case-head row"><a class="button plain" href="#/" data-part="back" data-i18n-aria-label="case.back">‹</a>
        <h1 data-part="code"></h1><span class="tag" data-part="side"></span><div class="push" data-part="people"></div><span data-part="guests"></span><span data-part="giveback"></span></div>
      <p class="notice guest small" role="note" hidden data-part="guest"></p>
      <p class="notice bad" role="alert" hidden data-part="error"></p>
      <p class="notice warn" role="status" hidden data-part="offline"></p>
      <div class="notice warn row ask" role="status" data-tab="numbers plan files" hidden data-part="ask"><p data-part="asktext"></p>
        <button type="button" class="push" data-part="look" data-i18n="fit.look"></button></div>
      <div class="panes">
        <div class="pane stage-pane" data-tab="bones plan" data-part="stage"></div>
        <div class="pane film-pane" tabindex="0" role="region" data-i18n-aria-label="films.title" data-tab="films" data-part="films"></div>
        <div class="pane side" tabindex="0" role="region" data-i18n-aria-label="case.tabs" data-part="sidebar">
          <div data-tab="films bones" data-part="review"></div>
          <div data-tab="films bones files" data-part="jobs"></div>
          <div data-tab="numbers" data-part="numbers"></div>
          <div data-tab="plan" class="plan-page"><div data-part="planparts"></div><div data-part="plan"></div>
            <div data-part="strip"></div><div data-part="comments"></div><div data-part="history"></div><div data-part="compare"></div></div>
          <div data-tab="numbers" data-part="facts"></div>
          <div data-tab="numbers bones" data-part="segment"></div>
          <div data-tab="stress" data-part="stress"></div>
          <div data-tab="files" data-part="files"></div>
          <div data-tab="films" data-part="upload"></div>
          <p class="small quiet support" data-i18n="shell.support"></p>
        </div>
      </div>
      <nav class="tabs" role="tablist" data-i18n-aria-label="case.tabs" data-part="tabs"></nav>
    </div>`);

  const store = createStore({ caseDetail: null, result: null, segment: null, bmd: null, fem: null, guide: null, plan: null, jobs: [], files: [], films: [], may: [] });
  let session = null;
  let alive = true;
  let retry = 0;
  let away = 0;
  let wasStatus = 'connecting';
  let moment = null; // of the past, while it is looked at
  let moving = false;

  const fail = (error) => {
    parts.error.textContent = errorText(error);
    parts.error.hidden = false;
  };

  let chosen = false; // by the person: the page does not lead away from it
  function showTab(name) {
    parts.case.dataset.tab = name;
    for (const button of parts.tabs.children) button.setAttribute('aria-selected', String(button.dataset.name === name));
    for (const pane of element.querySelectorAll('[data-tab]')) {
      if (pane !== parts.case) pane.classList.toggle('on', pane.dataset.tab.split(' ').includes(name));
    }
    parts.sidebar.scrollTop = 0;
    lookBack(wide.matches || name === 'plan' || name === 'bones');
    showTool();
  }

  // An earlier moment is seen only where the picture says that it is one.
  function lookBack(seen) {
    for (const name of ['history', 'compare']) {
      if (!seen) opened[name].close();
      else if (planParts.shown() === name) opened[name].open();
    }
  }

  // On a phone the handles of a tool stand in the picture only beside the tool's own page.
  const wide = matchMedia('(width >= 900px)');
  function showTool() {
    const [tool, mode] = tools.tool();
    const beside = wide.matches || parts.case.dataset.tab === 'plan';
    const handles = planParts.shown() === 'move' && mayMove(store.get());
    stage.setTool(beside && handles ? tool : 'none', mode);
  }
  wide.addEventListener('change', showTool);
  for (const name of TABS) {
    const button = document.createElement('button');
    button.type = 'button';
    button.role = 'tab';
    button.dataset.name = name;
    button.textContent = t(`tab.${name}`);
    button.addEventListener('click', () => {
      chosen = true;
      showTab(name);
    });
    parts.tabs.append(button);
  }

  parts.look.addEventListener('click', () => {
    showTab('bones');
    parts.review.scrollIntoView({ block: 'start' });
  });

  const seen = {};
  async function loadResults(files) {
    for (const [key, name] of Object.entries(EXTRA)) {
      const file = files.find((one) => one === name);
      const mark = file ? `${store.get().filesAt}` : '';
      if (!file || seen[key] === mark) continue;
      seen[key] = mark;
      const value = await get(filePath(caseId, name)).catch(() => null);
      if (alive) store.set({ [key]: value });
    }
  }

  // News comes in bursts (a CT is hundreds of slices): one look at a time, and one after it.
  let loading = null;
  let wanted = false;
  function load() {
    wanted = true;
    loading ??= (async () => {
      while (wanted && alive) {
        wanted = false;
        await look();
      }
      loading = null;
    })();
    return loading;
  }

  async function look() {
    try {
      const detail = await get(`/cases/${caseId}`);
      if (!alive) return;
      const filesAt = JSON.stringify((detail.jobs ?? []).filter((job) => job.state === 'done').map((job) => job.id));
      store.set({ caseDetail: detail, jobs: detail.jobs ?? [], files: detail.files ?? [], films: detail.films ?? [], may: detail.may ?? [], filesAt });
      parts.code.textContent = detail.code;
      if (detail.granted && !user.guest) showAsPartner(detail);
      showTool();
      await loadResults(detail.files ?? []);
      const hasPlan = Boolean(detail.plan);
      if (!session || session.hasPlan !== hasPlan) openSession(hasPlan);
      parts.error.hidden = true;
    } catch (error) {
      if (!alive) return;
      fail(error.status === 404 ? { code: 'not_found' } : error);
      clearTimeout(retry);
      if (error.status === 0 || error.status === 401 || error.status >= 500) retry = setTimeout(load, 3000);
    }
  }

  // Opened to this person's hospital by another: whose it is, what for and until when.
  function showAsPartner({ granted, owner, granted_until: until }) {
    parts.guest.textContent = t(`grants.banner_${granted}`, { who: owner, until: dateText(until) });
    parts.guest.hidden = false;
  }

  // What may be moved: the plan is this person's to move, and a draft.
  const mayMove = ({ may, plan }) => may.includes('plan') && plan?.review === 'draft' && moment === null;

  // An earlier moment of the plan, or the present.
  function showMoment(chosenMoment) {
    moment = chosenMoment;
    bands.moment.hidden = moment === null;
    bands.text.textContent = moment ? t('history.seen', { seq: moment.seq, who: moment.entry.by.role === 'system' ? t('role.system') : moment.entry.by.name, when: dateText(new Date(moment.entry.at).toISOString()) }) : '';
    refresh(store.get());
  }

  // Told when the connection has been away for a moment; what happened meanwhile is read again.
  function watchConnection(status) {
    if (status === wasStatus) return;
    if (status === 'live' && wasStatus === 'offline') load();
    if (status === 'live' && stage.pose()) session.presence({ camera: stage.pose() }); // who follows begins here
    wasStatus = status;
    clearTimeout(away);
    if (status === 'offline') away = setTimeout(() => showOffline(true), 1500);
    else if (status === 'live') showOffline(false);
  }
  function showOffline(on) {
    parts.offline.hidden = !on;
    const count = session?.snapshot().waiting ?? 0;
    parts.offline.textContent = on ? t(count > 0 ? 'plan.offline' : 'plan.offline_none', { count }) : '';
  }

  function openSession(hasPlan) {
    session?.close();
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    session = createSession({
      caseId,
      userId: user.id,
      openTicket: async () => (await post(`/cases/${caseId}/ticket`)).ticket,
      url: (ticket) => `${scheme}://${location.host}/ws?ticket=${encodeURIComponent(ticket)}`,
      onEvent,
    });
    session.hasPlan = hasPlan;
  }

  function onEvent(event) {
    if (!alive) return;
    if (event.type === 'change') {
      store.set({ plan: session?.snapshot() ?? null });
      watchConnection(session?.snapshot().status);
      if (!parts.offline.hidden) showOffline(true);
    }
    if (event.type === 'refused' && event.code !== 'conflict') toast(errorText({ code: event.code, message: event.text }));
    if (event.type === 'job') {
      const jobs = store.get().jobs.filter((job) => String(job.id) !== String(event.job.id));
      store.set({ jobs: [...jobs, event.job] });
      if (['done', 'failed', 'cancelled'].includes(event.job.state)) load();
    }
    if (event.type === 'kept' && event.kept > 0) toast(t('plan.kept', { count: event.kept }));
    if (event.type === 'files') load();
    if (event.type === 'shut') {
      shut = true;
      if (!leaving) onShut?.(t('grants.over'));
    }
  }

  const stage = mountStage(parts.stage, {
    caseId,
    session: () => session,
    onPick: (id) => tools.select(id),
    onPin: (id) => { planParts.show('comments'); comments.choose(id); },
    onPoint: (point) => comments.setPoint(point),
    onTurn: () => people.stop(),
  });
  const overStage = document.createElement('div');
  const bands = fill(overStage, `<div class="band follow" role="status" hidden data-part="follow"></div>
    <div class="band" role="status" hidden data-part="moment"><p data-part="text"></p><button type="button" data-part="now" data-i18n="history.now"></button></div>`);
  parts.stage.append(...overStage.children);
  const select = (id) => { stage.select(id); refresh(store.get()); };
  const tools = mountPlanTools(parts.plan, {
    session: () => session,
    onTool: () => { showTool(); refresh(store.get()); },
    onSelect: select,
    onChange: () => refresh(store.get()),
  });
  const films = mountFilms(parts.films, { caseId, session: () => session, tools, onSelect: (id) => tools.select(id) });
  const stress = mountStress(parts.stress, { caseId, onChange: load });
  const people = mountPeople(parts.people, { bar: bands.follow, onFollow: (person) => stage.follow(person.camera) });
  const past = createPast(() => session);
  const strip = mountReviewStrip(parts.strip, { session: () => session, onShow: (seq) => { planParts.show('history'); history.open(seq); } });
  const comments = mountComments(parts.comments, { session: () => session, past, stage: () => stage, onPinning: (on) => stage.pinning(on) });
  const history = mountHistory(parts.history, { past, onMoment: showMoment });
  const compare = mountCompare(parts.compare, {
    past,
    onPair: (pair, names) => stage.compare(pair, names),
    onEnd: () => planParts.show(store.get().plan?.review === 'draft' ? 'move' : 'review'),
  });
  const opened = { comments, history, compare };
  const planParts = mountPlanParts(parts.planparts, {
    sections: { move: parts.plan, review: parts.strip, comments: parts.comments, history: parts.history, compare: parts.compare },
    onShow(name) {
      for (const other of PLAN_PARTS) if (other !== name) opened[other]?.close();
      opened[name]?.open();
      showTool();
    },
  });
  bands.now.addEventListener('click', () => history.toNow());
  const numbers = mountNumbers(parts.numbers);
  const facts = mountFacts(parts.facts);
  const views = [
    stage, tools, people, planParts, strip, comments, history, compare,
    mountUpload(parts.upload, { caseId, onChange: load }),
    mountJobs(parts.jobs),
    mountReview(parts.review, { caseId, onChange: load }),
    films,
    numbers,
    facts,
    stress,
    mountSegment(parts.segment),
    mountFiles(parts.files, { caseId, onChange: load }),
  ];
  function refresh(state) {
    parts.case.classList.toggle('empty', !state.result && !state.segment);
    parts.case.classList.toggle('filmless', Boolean(state.segment) && !state.result?.views?.length);
    parts.side.hidden = !state.caseDetail;
    // A guest looks at what was computed and asks for nothing: where there is nothing, no tab.
    parts.tabs.querySelector('[data-name=stress]').hidden = Boolean(user.guest) && !state.files.includes('fem.json');
    const stated = state.caseDetail?.side ?? 'unknown';
    const fitted = stated === 'unknown' && state.result?.side?.value;
    parts.side.textContent = fitted ? t('side.fitted', { side: t(`side.${fitted}`) }) : t(`side.${stated}`);
    parts.asktext.textContent = urgent(state);
    parts.ask.hidden = parts.asktext.textContent === '';
    const shown = { ...state, caseDetail: { ...state.caseDetail, result: state.result } };
    const then = moment ? { ...shown, plan: { ...state.plan, state: moment.state, measures: moment.measures, drags: {} } } : shown;
    const moves = { ...shown, may: mayMove(state) ? state.may : state.may.filter((right) => right !== 'plan') };
    if (mayMove(state) !== moving) {
      moving = mayMove(state);
      showTool();
    }
    stage.showPins(['history', 'compare'].includes(planParts.shown()) ? [] : comments.pins());
    for (const view of views) view.update(PAST.has(view) ? then : MOVING.has(view) ? moves : shown);
  }
  const PAST = new Set([stage, numbers, facts]); // show an earlier moment where one is chosen
  const MOVING = new Set([films]); // lead to changes of the plan, where it can be changed
  const leave = store.subscribe(refresh);
  refresh(store.get());

  const share = mountShare(parts.guests, { caseId });
  const leaveShare = store.subscribe(share.update);
  let leaving = false; // of one's own will: that the case is closed then is no news
  let shut = false; // it is, also where the answer to the wish was lost
  const giveBack = mountGiveBack(parts.giveback, {
    caseId,
    waiting: () => session?.snapshot().waiting ?? 0,
    onGo: () => { leaving = true; },
    onStay: () => {
      leaving = false;
      if (shut) onShut?.(t('grants.over'));
    },
    onGone: (text) => onShut?.(text),
  });
  const leaveGiveBack = store.subscribe(giveBack.update);
  if (user.guest) showAsGuest(element, user);

  showTab('films');
  load().then(() => {
    if (alive && !chosen && (store.get().files.includes('radius.glb') || store.get().segment)) showTab('bones');
    showTool();
  });
  // What a test of the page reads.
  window.osteonPage = { stage: () => stage.report(), pose: () => stage.pose(), plan: () => session?.snapshot(), session: () => session, seen: films.seen, stress: stress.report };

  return {
    update() {},
    unmount() {
      alive = false;
      clearTimeout(retry);
      clearTimeout(away);
      wide.removeEventListener('change', showTool);
      leave();
      leaveShare();
      leaveGiveBack();
      share.unmount();
      giveBack.unmount();
      session?.close();
      for (const view of views) view.unmount();
    },
  };
}
