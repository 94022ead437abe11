// Films of both arms go in, a worker fits both, and the plan aims at the other arm in the
// mirror; films of the other arm alone are not enough.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pause, Person, Place } from './place.mjs';

const api = '/api/v1';

async function addFilm(person, caseId, path, arm) {
  const bytes = readFileSync(path);
  const upload = (await person.send('POST', `${api}/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } })).json;
  for (let at = 0; at < bytes.length; at += upload.chunk) {
    const part = await person.send('PATCH', `${api}/uploads/${upload.id}`,
      { headers: { 'Upload-Offset': String(at) }, body: bytes.subarray(at, at + upload.chunk) });
    assert.equal(part.status, 200);
  }
  const { pending } = (await person.send('POST', `${api}/uploads/${upload.id}/finish`)).json;
  const done = await person.send('POST', `${api}/pending/${pending.id}/confirm`,
    { json: { no_name_visible: true, projection: pending.projection, arm } });
  assert.equal(done.status, 201, done.bytes.toString());
  assert.equal(done.json.film.arm, arm);
}

async function done(person, caseId, kind) {
  const asked = await person.send('POST', `${api}/cases/${caseId}/jobs`, { json: { kind } });
  assert.equal(asked.status, 201, asked.bytes.toString());
  for (let n = 0; n < 2400; n++) {
    const job = (await person.send('GET', `${api}/jobs/${asked.json.id}`)).json;
    if (job.state === 'done') return job;
    assert.ok(['ready', 'running'].includes(job.state), JSON.stringify(job));
    await pause(100);
  }
  throw new Error(`${kind} did not end`);
}

const file = (person, caseId, name) => person.send('GET', `${api}/cases/${caseId}/files/${name}`);

const place = new Place();
try {
  await place.open();
  place.startWorker();
  const cohort = join(place.folder, 'cohort');
  place.osteon('cohort', '1', '-o', cohort, '--seed', '20', '--sample', '--other-arm');
  const film = (name) => join(cohort, 'case_0', `${name}.dcm`);
  const surgeon = await new Person(place, 'surgeon').login();

  const alone = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left', simulated: true } })).json.id;
  await addFilm(surgeon, alone, film('other_pa'), 'other');
  const refused = await surgeon.send('POST', `${api}/cases/${alone}/jobs`, { json: { kind: 'recon' } });
  assert.equal(refused.status, 400);

  const caseId = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left', simulated: true } })).json.id;
  for (const name of ['pa', 'lateral']) {
    await addFilm(surgeon, caseId, film(name), 'affected');
    await addFilm(surgeon, caseId, film(`other_${name}`), 'other');
  }
  await done(surgeon, caseId, 'recon');
  const result = (await file(surgeon, caseId, 'result.json')).json;
  assert.equal(result.side.value, 'left');
  assert.equal(result.views.length, 2);
  assert.equal(result.other.views.length, 2);
  assert.ok(result.other.used, JSON.stringify(result.warnings));
  assert.equal(result.target.source, 'mirrored');
  assert.ok(result.other.residual_mm < 1);
  // A band: never narrower than what healthy arms differ by.
  const { rotation_deg: turn, translation_mm: shift } = result.target.sd;
  [1.0, 1.35, 5.0].forEach((least, k) => assert.ok(turn[k] >= least && turn[k] < 20));
  [1.22, 0.64, 2.03].forEach((least, k) => assert.ok(shift[k] >= least && shift[k] < 20));
  for (const name of ['target_radius.glb', 'other_radius.stl', 'other_ulna.glb', 'other_overlay_1.png', 'other_outline_0.json'])
    assert.equal((await file(surgeon, caseId, name)).status, 200, name);

  const { plan } = (await surgeon.send('GET', `${api}/cases/${caseId}`)).json;
  const state = (await surgeon.send('GET', `${api}/plans/${plan.id}`)).json;
  assert.equal(state.state.objects.target.props.source.value, 'mirrored');
  assert.equal(state.measures.volar_tilt.target.how, 'mirrored');
  assert.ok(state.measures.volar_tilt.target.sd > state.measures.volar_tilt.before.sd);
  await done(surgeon, caseId, 'report');
  assert.equal((await file(surgeon, caseId, 'report_DRAFT.pdf')).bytes.subarray(0, 5).toString(), '%PDF-');
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
}
