// What has been computed of the bones as they are now: one result for each study and state,
// and where its files are. A job counts while it is about the newest reconstruction.

export const FIRST = 'first'; // the study every reconstruction is followed by

const newest = (jobs) => jobs.reduce((best, job) => (Number(job.id) > Number(best?.id ?? 0) ? job : best), null);

export const keyOf = (study, planned) => (study ? `${planned ? 'planned' : 'study'}_${study}` : FIRST);

export function filesOf(key) {
  const stem = key === FIRST ? '' : `${key}.`;
  return { fem: `${stem}fem.json`, joint: `${stem}joint.json`, fields: `${stem}radius_fields.glb`, vtu: `${stem}radius.vtu` };
}

// The results to look at, the first study first: [{key, study, planned, job}].
export function resultsOf(jobs, files) {
  const recon = newest(jobs.filter((job) => job.kind === 'recon' && job.state === 'done'));
  const found = new Map();
  for (const job of jobs) {
    if (job.kind !== 'mech' || job.state !== 'done' || !recon || String(job.recon) !== String(recon.id)) continue;
    const key = keyOf(job.study, job.planned);
    if (!files.includes(filesOf(key).fem) || Number(found.get(key)?.job.id ?? 0) > Number(job.id)) continue;
    found.set(key, { key, study: job.study, planned: job.planned, job });
  }
  return [...found.values()].sort((a, b) => Number(b.key === FIRST) - Number(a.key === FIRST) || a.key.localeCompare(b.key));
}

// The job that waits, runs or went wrong for this study, where it is the newest of its kind.
export function pendingOf(jobs, key) {
  const job = newest(jobs.filter((one) => one.kind === 'mech' && keyOf(one.study, one.planned) === key));
  return job && ['ready', 'running', 'failed'].includes(job.state) ? job : null;
}
