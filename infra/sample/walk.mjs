// The sample case, films to guide and report, through the running service. Answers one
// object with the figures of every station and its seconds.
//   node infra/sample/walk.mjs FOLDER     FOLDER is what infra/stack started in
//   node infra/sample/walk.mjs --print FILE | --verdict FILE
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from './client.mjs';
import { printFigures, verdict } from './figures.mjs';

const run = promisify(execFile);
const SEED = '20';
const program = process.env.OSTEON_PROGRAM ?? 'build/osteon';

// `osteon ...` with --json; exit 4 (not converged) still carries an object.
async function osteon(...words) {
  const answer = await run(program, words, { maxBuffer: 1 << 28 }).catch((error) => {
    if (error.code === 4 && error.stdout) return error;
    throw new Error(`osteon ${words[0]}: ${error.stderr || error.message}`);
  });
  return answer.stdout.trim() === '' ? null : JSON.parse(answer.stdout);
}

function clock(stations) {
  return async (name, work) => {
    const begin = process.hrtime.bigint();
    const value = await work();
    stations[name] = Math.round(Number(process.hrtime.bigint() - begin) / 1e7) / 100;
    return value;
  };
}

const until = async (what, test, seconds = 60) => {
  const end = Date.now() + 1000 * seconds;
  while (!test()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s for ${what}`);
    await new Promise((next) => setTimeout(next, 25));
  }
};

const idle = (session) => until('the plan to settle', () => {
  const plan = session.snapshot();
  return plan.status === 'live' && plan.waiting === 0 && plan.state;
});

async function login(folder, origin, certificate, name, email) {
  const client = new Client({ origin, certificate });
  await client.login(email, readFileSync(join(folder, 'people', name), 'utf8').trim());
  return client;
}

// Two people move the plan at once; both must end with the state the server has.
async function planTogether(surgeon, engineer, caseId) {
  const a = surgeon.plan(caseId);
  const b = engineer.plan(caseId);
  await idle(a);
  await idle(b);
  a.set('fragment', 'motion', a.snapshot().state.objects.target.props.motion.value);
  b.set('osteotomy', 'kerf_mm', 0.6);
  await idle(a);
  await idle(b);
  b.set('osteotomy', 'kerf_mm', 0.9);
  await idle(b);
  b.undo();
  await idle(b);
  await until('both to agree', () => a.snapshot().hash === b.snapshot().hash);
  return { a, b };
}

// Only what was proposed is approved.
async function approve(session) {
  for (const [letter, step] of [['p', 'proposed'], ['v', 'approved']]) {
    session.tag(`${letter}${session.snapshot().seq}`, step);
    await until(`the plan to be ${step}`, () => {
      const plan = session.snapshot();
      return plan.waiting === 0 && plan.review === step;
    });
  }
}

async function distances(temporary, truth, result) {
  const found = {};
  for (const bone of ['radius', 'ulna']) {
    const path = join(temporary, `${bone}.stl`);
    writeFileSync(path, result[bone]);
    const answer = await osteon('compare', path, join(truth, `${bone}.stl`), '--icp', '--json');
    found[bone] = answer.surfaces.icp.asd;
  }
  return found;
}

// Everything that was kept, as it was kept and as the service opens it again: a dump of
// the database, the sealed blobs, every file and film of the case, the logs.
async function leak(folder, words, surgeon, caseId) {
  const wanted = words.flatMap((word) => [word.toLowerCase(), Buffer.from(word).toString('hex')]);
  const seen = { found: false, database_bytes: 0, blobs: 0, files: 0 };
  const search = (bytes) => {
    const text = bytes.toString('latin1').toLowerCase();
    seen.found ||= wanted.some((word) => text.includes(word));
  };
  const dump = await run('/usr/lib/postgresql/15/bin/pg_dump', ['--dbname', process.env.OSTEON_OWNER_DATABASE_URL], { maxBuffer: 1 << 30, encoding: 'buffer' });
  seen.database_bytes = dump.stdout.length;
  search(dump.stdout);
  for (const entry of readdirSync(join(folder, 'blobs'), { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    search(readFileSync(join(entry.parentPath ?? entry.path, entry.name)));
    seen.blobs++;
  }
  const detail = await surgeon.call('GET', `/cases/${caseId}`);
  const paths = [...detail.files.map((name) => `/cases/${caseId}/files/${encodeURIComponent(name)}`),
    ...detail.films.flatMap((film) => [`/films/${film.id}/image.png`, `/films/${film.id}/record`])];
  for (const path of paths) {
    search((await surgeon.send('GET', path)).bytes);
    seen.files++;
  }
  for (const name of ['api.log', 'worker.log']) search(readFileSync(join(folder, 'log', name)));
  return seen;
}

export async function walk(folder) {
  const settings = Object.fromEntries([...readFileSync(join(folder, 'environment'), 'utf8').matchAll(/^export (\w+)='?(.*?)'?$/gm)].map((m) => [m[1], m[2]]));
  Object.assign(process.env, settings);
  const origin = settings.OSTEON_ORIGIN;
  const certificate = settings.OSTEON_TLS_CERT;
  const temporary = mkdtempSync('/tmp/osteon-sample-');
  const stations = {};
  const station = clock(stations);
  const clients = [];
  try {
    const sample = await station('sample', async () => {
      await osteon('cohort', '1', '-o', temporary, '--seed', SEED, '--sample', '--json');
      const path = join(temporary, 'case_0');
      return { path, truth: JSON.parse(readFileSync(join(path, 't', 'truth.json'), 'utf8')), words: readFileSync(join(path, 't', 'planted.txt'), 'utf8').trim().split('\n') };
    });
    const surgeon = await login(folder, origin, certificate, 'surgeon', 'surgeon@demo.example');
    const engineer = await login(folder, origin, certificate, 'engineer', 'engineer@demo.example');
    clients.push(surgeon, engineer);

    const { id: caseId, code } = await surgeon.call('POST', '/cases', { json: { side: 'left', simulated: true } });
    await station('intake', async () => {
      for (const name of ['pa', 'lateral']) await surgeon.addFilm(caseId, readFileSync(join(sample.path, `${name}.dcm`)), name);
    });
    await station('recon', () => surgeon.job(caseId, 'recon'));
    const result = await surgeon.jsonFile(caseId, 'result.json');
    await station('mech', async () => {
      let job;
      for (let n = 0; n < 200 && !job; n++) {
        job = (await surgeon.call('GET', `/cases/${caseId}`)).jobs.find((one) => one.kind === 'mech');
        if (!job) await new Promise((next) => setTimeout(next, 100));
      }
      await surgeon.jobEnd(job.id);
    });
    const fem = await surgeon.jsonFile(caseId, 'fem.json');
    const bmd = await surgeon.jsonFile(caseId, 'bmd.json');
    const bones = {};
    for (const bone of ['radius', 'ulna']) bones[bone] = (await surgeon.file(caseId, `${bone}.stl`)).bytes;
    const asd = await station('compare', () => distances(temporary, join(sample.path, 't'), bones));

    const { a, b } = await station('plan', () => planTogether(surgeon, engineer, caseId));
    const detail = await surgeon.call('GET', `/cases/${caseId}`);
    await station('approve', () => approve(a));
    await until('the other to see it', () => a.snapshot().hash === b.snapshot().hash);
    const plan = await surgeon.call('GET', `/plans/${detail.plan.id}`);
    const agree = a.snapshot().hash === b.snapshot().hash && plan.hash === a.snapshot().hash && plan.sum === b.snapshot().sum;
    a.close();
    b.close();

    await station('guide', () => engineer.job(caseId, 'guide'));
    const guide = await engineer.jsonFile(caseId, 'guide.json');
    await station('report', () => surgeon.job(caseId, 'report'));
    const files = (await surgeon.call('GET', `/cases/${caseId}`)).files;
    const pdf = (await surgeon.file(caseId, files.find((name) => /^report.*\.pdf$/.test(name)))).bytes;
    const found = await station('leak', () => leak(folder, sample.words, surgeon, caseId));
    const tilt = plan.measures.volar_tilt.before.value;
    const variance = plan.measures.ulnar_variance.before.value;
    return {
      sample: { code, case: caseId, simulated: true, seed: Number(SEED) },
      recon: { seconds: stations.recon, asd_mm: asd, contour_mm: result.views.map((view) => view.contour_mm.mean), converged: result.residual.ok },
      mesh: { tetrahedra: fem.tetrahedra, min_dihedral_deg: fem.min_dihedral_deg },
      fem: { dof: fem.dof, seconds: stations.mech, relative_residual: fem.relative_residual, reason: fem.reason, law: fem.law },
      bmd: { radius_mean_mg_cm3: bmd.regions.radius_distal_30.value, low: bmd.regions.radius_distal_30.low, high: bmd.regions.radius_distal_30.high, truth_mg_cm3: sample.truth.radius_distal_30_mg_cm3, how: bmd.how },
      plan: { state_hash: plan.hash, clients_agree: agree, tilt_error_deg: Math.abs(tilt - sample.truth.volar_tilt_deg), variance_error_mm: Math.abs(variance - sample.truth.ulnar_variance_mm), seq: plan.seq },
      guide: { watertight: guide.watertight, min_wall_mm: guide.min_wall_mm, components: guide.components, approved: guide.approved },
      report: { pages: (pdf.toString('latin1').match(/\/Type\s*\/Page[^s]/g) ?? []).length, bytes: pdf.length },
      leak: found,
      stations,
      seconds: Object.values(stations).reduce((sum, one) => sum + one, 0),
    };
  } finally {
    for (const client of clients) client.close();
    rmSync(temporary, { recursive: true, force: true });
  }
}

const [first, second] = process.argv.slice(2);
if (first === '--print') printFigures(JSON.parse(readFileSync(second, 'utf8')));
else if (first === '--verdict') process.exitCode = verdict(JSON.parse(readFileSync(second, 'utf8')));
else if (first) console.log(JSON.stringify(await walk(first), null, 2));
