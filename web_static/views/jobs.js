// What the service is computing for this case, live, with a stop for each.
import { post } from '../net/api.js';
import { errorText, has, t } from '../i18n/i18n.js';
import { busy, fill, toast } from './part.js';

// What a code means for this kind of job, else what it means anywhere.
function reasonText({ kind, error }) {
  const key = `joberror.${kind}.${error.code}`;
  return has(key) ? t(key) : errorText({ code: error.code, message: error.text });
}

// A line for each job that is given: what it is, how far it is, and its stop.
export function mountJobLines(list, nameOf) {
  const lines = new Map();

  function lineOf(job) {
    const node = document.createElement('li');
    const inside = fill(node, `<div class="row"><strong data-part="kind"></strong><span class="small quiet" data-part="stage"></span>
      <button class="push plain" data-part="stop" data-i18n="word.stop"></button></div>
      <progress max="1" data-part="bar"></progress><p class="small bad" hidden data-part="error"></p>`);
    inside.stop.addEventListener('click', () => busy(inside.stop, () => post(`/jobs/${job.id}/cancel`), (error) => toast(errorText(error))));
    return { node, inside };
  }

  function show(line, job) {
    const { inside } = line;
    const running = job.state === 'running' || job.state === 'ready';
    inside.kind.textContent = nameOf(job);
    inside.stage.textContent = running && job.stage ? (has(`jobstage.${job.stage}`) ? t(`jobstage.${job.stage}`) : t('jobstate.running')) : t(`jobstate.${job.state}`);
    inside.bar.value = job.state === 'done' ? 1 : job.progress ?? 0;
    inside.bar.setAttribute('aria-label', nameOf(job));
    inside.bar.hidden = !running;
    inside.stop.hidden = !running;
    inside.error.hidden = job.state !== 'failed';
    if (job.error) inside.error.textContent = reasonText(job);
  }

  return {
    update(jobs) {
      const ids = jobs.map((job) => String(job.id));
      for (const [id, line] of lines) {
        if (ids.includes(id)) continue;
        line.node.remove();
        lines.delete(id);
      }
      for (const job of jobs) {
        const id = String(job.id);
        if (!lines.has(id)) {
          lines.set(id, lineOf(job));
          list.append(lines.get(id).node);
        }
        show(lines.get(id), job);
      }
    },
  };
}

// The studies that people ask for stand where they are asked for.
export function mountJobs(element) {
  const parts = fill(element, `<section class="card stack"><h2 data-i18n="jobs.title"></h2>
    <ul class="stack jobs" data-part="list" aria-live="polite"></ul></section>`);
  const lines = mountJobLines(parts.list, (job) => t(`job.${job.kind}`));

  return {
    update({ jobs = [] }) {
      const latest = new Map();
      for (const job of jobs.filter(({ study }) => !study)) {
        const old = latest.get(job.kind);
        if (!old || Number(job.id) >= Number(old.id) || (job.created_at ?? '') > (old.created_at ?? '')) latest.set(job.kind, job);
      }
      for (const [kind, job] of latest) if (job.state === 'done' || job.state === 'cancelled') latest.delete(kind);
      element.hidden = latest.size === 0;
      lines.update([...latest.values()]);
    },
    unmount() {},
  };
}
