// Two apis and a worker on one database, with a bucket behind TLS and no common disk: a film
// that one took is seen by the other, a result of the worker by both; what is killed while
// it writes leaves nothing half; the provider sees noise; and blobs move to a folder and back.
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomFillSync } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deflateSync } from 'node:zlib';
import { chunk, files } from './film.mjs';
import { pause, Person, Place, watchStandstill } from './place.mjs';
import { addFilm, api, sql } from './seat.mjs';

const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const id = 'AKIAIOSFODNN7EXAMPLE';

class Bucket {
  async open() {
    this.folder = mkdtempSync('/tmp/osteon-bucket-');
    this.at = join(this.folder, 'data/osteon-test');
    mkdirSync(this.at, { recursive: true });
    writeFileSync(join(this.folder, 'id'), `${id}\n`, { mode: 0o600 });
    writeFileSync(join(this.folder, 'secret'), `${secret}\n`, { mode: 0o600 });
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2',
      '-subj', '/CN=bucket', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', join(this.folder, 'key.pem'), '-out', join(this.folder, 'cert.pem')], { stdio: 'ignore' });
    const script = join(dirname(fileURLToPath(import.meta.url)), '../services/store/s3_peer.mjs');
    this.process = spawn(process.execPath, [script, this.folder, join(this.folder, 'cert.pem'), join(this.folder, 'key.pem')], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.port = Number(await new Promise((done) => this.process.stdout.once('data', (line) => done(String(line)))));
    this.settings = {
      OSTEON_BLOB_S3_URL: `https://127.0.0.1:${this.port}/osteon-test/blobs`, OSTEON_BLOB_S3_CA: join(this.folder, 'cert.pem'),
      OSTEON_BLOB_S3_KEY_ID_FILE: join(this.folder, 'id'), OSTEON_BLOB_S3_SECRET_FILE: join(this.folder, 'secret'),
      OSTEON_BLOB_DIR: '/nowhere/at/all', OSTEON_PENDING_MB: '256',
    };
    return this;
  }

  fault = (text) => writeFileSync(join(this.folder, 'fault'), text);
  hit = () => readFileSync(join(this.folder, 'fault'), 'utf8') === '';
  log = () => readFileSync(join(this.folder, 'log'), 'utf8');
  objects = () => readdirSync(this.at, { recursive: true, withFileTypes: true }).filter((one) => one.isFile()).map((one) => join(one.path, one.name));
  uploads = () => (existsSync(join(this.folder, 'parts')) ? readdirSync(join(this.folder, 'parts')) : []);

  close() {
    this.process.stdin.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const digest = (bytes) => createHash('sha256').update(bytes).digest('hex');
const image = async (person, film) => {
  const answer = await person.send('GET', `${api}/films/${film}/image.png`);
  assert.equal(answer.status, 200, answer.bytes.toString());
  return digest(answer.bytes);
};

async function what(test, seconds = 20) {
  for (const end = Date.now() + 1000 * seconds; Date.now() < end; await pause(20)) {
    const found = await test();
    if (found) return found;
  }
  throw new Error(`waited in vain: ${test}`);
}

// Bytes that nothing packs: sealed they are two parts.
function noisyFilm() {
  const side = 2950;
  const rows = randomFillSync(Buffer.alloc((2 * side + 1) * side));
  for (let y = 0; y < side; y++) rows[y * (2 * side + 1)] = 0;
  const head = Buffer.alloc(13);
  head.writeUInt32BE(side, 0);
  head.writeUInt32BE(side, 4);
  head.set([16, 0, 0, 0, 0], 8);
  return Buffer.concat([Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), chunk('IHDR', head),
    chunk('IDAT', deflateSync(rows, { level: 0 })), chunk('IEND', Buffer.alloc(0))]);
}

async function pendingFilm(person, caseId, bytes) {
  const upload = (await person.send('POST', `${api}/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } })).json;
  for (let at = 0; at < bytes.length; at += upload.chunk)
    await person.send('PATCH', `${api}/uploads/${upload.id}`, { headers: { 'Upload-Offset': String(at) }, body: bytes.subarray(at, at + upload.chunk) });
  const answer = await person.send('POST', `${api}/uploads/${upload.id}/finish`);
  assert.equal(answer.status, 200, answer.bytes.toString());
  return answer.json.pending;
}

const confirm = (person, pending) => person.send('POST', `${api}/pending/${pending.id}/confirm`, { json: { no_name_visible: true, projection: 'pa' } });
const filmsOf = async (person, caseId) => (await person.send('GET', `${api}/cases/${caseId}`)).json.films;

async function oneTakesTheOtherShows(bucket, here, there) {
  const caseId = (await here.send('POST', `${api}/cases`, { json: { side: 'left' } })).json.id;
  await addFilm(here, caseId, files.film);
  const [film] = await filmsOf(there, caseId);
  assert.equal(await image(there, film.id), await image(here, film.id));
  assert.equal(bucket.objects().length, 1);
  return caseId;
}

function theProviderSeesNoise(bucket) {
  for (const path of bucket.objects()) {
    const bytes = readFileSync(path);
    assert.equal(bytes.subarray(0, 5).toString(), 'OSTB1');
    for (const word of ['PLANTED', 'IHDR', 'solid', 'value']) assert.ok(!bytes.includes(word), `${word} can be read`);
  }
}

// A worker whose stations pretend: what it keeps is kept as ever.
async function aWorkerKeepsItsResult(bucket, place, here, there, caseId) {
  const worker = spawn(process.env.FAKE_WORKER ?? join(dirname(process.env.OSTEON_PROGRAM), 'bin/fake_worker'), [], { env: { ...place.environment, FAKE_TOLD: 'what-it-was-told', FAKE_SECRET: place.environment.OSTEON_SECRET_FILE }, stdio: 'ignore' });
  try {
    const asked = await here.send('POST', `${api}/cases/${caseId}/jobs`, { json: { kind: 'recon' } });
    assert.equal(asked.status, 201, asked.bytes.toString());
    const job = await what(async () => {
      const { json } = await here.send('GET', `${api}/jobs/${asked.json.id}`);
      return ['done', 'failed'].includes(json.state) ? json : null;
    });
    assert.equal(job.state, 'done', JSON.stringify(job));
    const [one, other] = await Promise.all([here, there].map((person) => person.send('GET', `${api}/cases/${caseId}/files/out.stl`)));
    assert.equal(one.bytes.toString(), 'solid');
    assert.deepEqual(other.bytes, one.bytes);
  } finally {
    worker.kill('SIGTERM');
    await new Promise((done) => worker.once('exit', done));
  }
}

// Small ones go at once, large ones in parts: of neither is anything to be seen.
async function aKilledApiLeavesNothingHalf(bucket, place, here, caseId) {
  for (const [bytes, fault] of [[files.other, 'stall 1 PUT'], [noisyFilm(), 'stall 1 PUT partNumber']]) {
    const before = bucket.objects();
    const pending = await pendingFilm(here, caseId, bytes);
    bucket.fault(fault);
    const lost = confirm(here, pending).catch(() => 'nobody');
    await what(() => bucket.hit());
    await place.stop('SIGKILL');
    assert.equal(await lost, 'nobody');
    assert.deepEqual(bucket.objects(), before);
    await place.start();
    assert.equal((await filmsOf(here, caseId)).length, 1);
  }
  assert.equal(bucket.uploads().length, 1);
  const pending = await pendingFilm(here, caseId, noisyFilm());
  assert.equal((await confirm(here, pending)).status, 201);
  assert.equal(bucket.uploads().length, 1);
  assert.match(bucket.log(), /partNumber=2/);
}

// What nobody finished a day ago; nothing says whose it is, so that somebody must.
async function aWorkerSweepsWhereItMay(bucket, place) {
  const [name] = bucket.uploads();
  const about = join(bucket.folder, 'parts', name, 'about');
  writeFileSync(about, JSON.stringify({ ...JSON.parse(readFileSync(about, 'utf8')), when: new Date(Date.now() - 90000000).toISOString() }));
  for (const may of ['0', '1']) {
    const before = place.log().length;
    place.environment.OSTEON_BLOB_S3_SWEEP = may;
    const worker = place.startWorker();
    const { ended } = place.workers.at(-1);
    try {
      await what(() => place.log().slice(before).includes('worker.ready'));
      if (may === '1') await what(() => bucket.uploads().length === 0);
      else await pause(1000);
    } finally {
      worker.kill('SIGTERM');
      await ended;
    }
    assert.equal(bucket.uploads().length, may === '1' ? 0 : 1);
  }
}

async function aBucketThatIsAwayIsSaid(bucket, here, caseId) {
  const before = bucket.objects();
  const pending = await pendingFilm(here, caseId, files.other);
  bucket.fault('denied 1 PUT');
  const refused = await confirm(here, pending);
  assert.equal(refused.status, 503);
  assert.equal(refused.json.error.code, 'unavailable');
  assert.doesNotMatch(refused.bytes.toString(), /S3|AccessDenied|127\.0\.0\.1/);
  assert.deepEqual(bucket.objects(), before);
  bucket.fault('500 2 PUT');
  assert.equal((await confirm(here, pending)).status, 201, 'the same film a moment later');
}

function blobsMoveAndBack(bucket, place) {
  const folder = join(bucket.folder, 'folder');
  const ran = (...words) => JSON.parse(place.osteon('blobs', ...words, '--json'));
  assert.deepEqual(ran('check'), { store: 'bucket', ok: true });
  const count = bucket.objects().length;
  assert.deepEqual(ran('copy', '--to', folder), { copied: count, there: 0, left: 0 });
  assert.deepEqual(ran('copy', '--to', folder), { copied: 0, there: count, left: 0 });
  // One that was ended in the midst of a file leaves it half, beside its place.
  const half = readdirSync(folder, { recursive: true }).map((name) => join(folder, name)).find((path) => statSync(path).isFile());
  renameSync(half, `${half}.tmp`);
  assert.deepEqual(ran('copy', '--to', folder), { copied: 1, there: count - 1, left: 0 });
  const [gone, short, ...rest] = bucket.objects();
  const bytes = readFileSync(gone);
  rmSync(gone);
  writeFileSync(short, 'cut');
  assert.deepEqual(ran('copy', '--from', folder), { copied: 2, there: rest.length, left: 0 });
  assert.deepEqual(readFileSync(gone), bytes);
  const known = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  rmSync(join(known[0].path, known[0].name));
  rmSync(bucket.objects().find((path) => path.endsWith(known[0].name)));
  const failed = spawnSync(place.program, ['blobs', 'copy', '--from', folder, '--json'], { env: place.environment, encoding: 'utf8' });
  assert.equal(failed.status, 3);
  assert.equal(JSON.parse(failed.stdout).left, 1);
}

// Nobody whom the settings do not name may stand for the bucket.
function anotherCertificateIsRefused(place) {
  const trial = (more) => spawnSync(place.program, ['blobs', 'check'], { env: { ...place.environment, ...more }, encoding: 'utf8' });
  const refused = trial({ OSTEON_BLOB_S3_CA: place.environment.OSTEON_TLS_CERT });
  assert.equal(refused.status, 5);
  assert.match(refused.stderr, /OSTEON_BLOB_S3_CA/);
  assert.equal(trial({ OSTEON_BLOB_S3_CA: '' }).status, 5);
  assert.equal(trial({ OSTEON_BLOB_S3_URL: place.environment.OSTEON_BLOB_S3_URL.replace('127.0.0.1', 'localhost') }).status, 5, 'another name');
}

const bucket = await new Bucket().open();
const place = new Place(bucket.settings);
place.program = process.env.OSTEON_PROGRAM;
watchStandstill(place, 400);
try {
  await place.open();
  const other = await place.another();
  const here = await new Person(place, 'surgeon').login();
  const there = await new Person(other, 'engineer').login();
  const caseId = await oneTakesTheOtherShows(bucket, here, there);
  await aKilledApiLeavesNothingHalf(bucket, place, here, caseId);
  await aWorkerSweepsWhereItMay(bucket, place);
  await aWorkerKeepsItsResult(bucket, place, here, there, caseId);
  await aBucketThatIsAwayIsSaid(bucket, here, caseId);
  theProviderSeesNoise(bucket);
  anotherCertificateIsRefused(place);
  assert.equal((await there.send('DELETE', `${api}/cases/${caseId}`)).status, 403);
  const kept = (await here.send('POST', `${api}/cases`, { json: { side: 'left' } })).json.id;
  await addFilm(here, kept, files.film);
  blobsMoveAndBack(bucket, place);
  for (const one of [caseId, kept]) assert.equal((await here.send('DELETE', `${api}/cases/${one}`)).status, 204);
  assert.deepEqual(bucket.objects(), []);
  for (const word of [secret, id, 'aws4_request']) assert.ok(!place.log().includes(word), `the log says ${word}`);
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
  bucket.close();
}
