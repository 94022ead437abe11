// The api killed, the database gone, an orderly end: what was acknowledged stays, what
// cannot be done is said, and everything works again by itself.
import assert from 'node:assert/strict';
import { files } from './film.mjs';
import { pause, Person, Place } from './place.mjs';

const api = '/api/v1';

async function addFilm(person, caseId, bytes) {
  const upload = (await person.send('POST', `${api}/cases/${caseId}/uploads`, { json: { bytes: bytes.length, kind: 'film' } })).json;
  await person.send('PATCH', `${api}/uploads/${upload.id}`, { headers: { 'Upload-Offset': '0' }, body: bytes });
  const { pending } = (await person.send('POST', `${api}/uploads/${upload.id}/finish`)).json;
  const done = await person.send('POST', `${api}/pending/${pending.id}/confirm`, { json: { no_name_visible: true, projection: 'pa' } });
  assert.equal(done.status, 201);
  return done.json.film;
}

async function until(what, test, seconds = 20) {
  const end = Date.now() + 1000 * seconds;
  for (;;) {
    const answer = await test().catch((error) => ({ status: 0, error }));
    if (answer.status === 200) return answer;
    if (Date.now() > end) throw new Error(`${what}: still ${answer.status} after ${seconds} s`);
    await pause(100);
  }
}

async function aKilledApiLosesNothing(place) {
  const surgeon = await new Person(place, 'surgeon').login();
  const one = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left' } })).json;
  const film = await addFilm(surgeon, one.id, files.film);
  const picture = (await surgeon.send('GET', `${api}/films/${film.id}/image.png`)).bytes;
  const upload = (await surgeon.send('POST', `${api}/cases/${one.id}/uploads`, { json: { bytes: 100, kind: 'film' } })).json;
  // Killed while it makes cases: each answer that came must be there afterwards.
  const acknowledged = [];
  const busy = Promise.all([1, 2, 3, 4].map(async () => {
    for (;;) {
      const answer = await surgeon.send('POST', `${api}/cases`, { json: { side: 'right' } }).catch(() => null);
      if (answer === null) return;
      if (answer.status === 201) acknowledged.push(answer.json.id);
    }
  }));
  await pause(400);
  await place.stop('SIGKILL');
  await busy;
  await place.start();
  assert.ok(acknowledged.length > 3, 'some cases were made before the end');
  for (const id of acknowledged) assert.equal((await surgeon.send('GET', `${api}/cases/${id}`)).status, 200, `case ${id} is lost`);
  const again = (await surgeon.send('GET', `${api}/cases/${one.id}`)).json;
  assert.equal(again.films[0].id, film.id, 'the film is there and the session still stands');
  assert.deepEqual((await surgeon.send('GET', `${api}/films/${film.id}/image.png`)).bytes, picture);
  assert.equal((await surgeon.send('GET', `${api}/uploads/${upload.id}`)).status, 404, 'an upload in hand ends with the process');
}

async function aLostDatabaseIsSaidAndComesBack(place) {
  const surgeon = await new Person(place, 'surgeon').login();
  place.database('stop', true);
  for (const path of ['/health', '/cases', '/session']) {
    const answer = await surgeon.send('GET', `${api}${path}`);
    assert.equal(answer.status, 503, path);
    assert.equal(answer.json.error.code, 'unavailable');
    assert.doesNotMatch(answer.bytes.toString(), /postgres|socket|connection to/i);
  }
  assert.equal((await surgeon.send('GET', '/')).status, 200, 'the page itself needs no database');
  place.database('start');
  await until('health', () => surgeon.send('GET', `${api}/health`));
  await until('the session', () => surgeon.send('GET', `${api}/cases`));
}

async function anOrderlyEnd(place) {
  const surgeon = await new Person(place, 'surgeon').login();
  const asked = Promise.all([1, 2, 3].map(() => surgeon.send('POST', `${api}/cases`, { json: { side: 'left' } })));
  await pause(2);
  const begin = Date.now();
  const { code } = await place.stop('SIGTERM');
  assert.equal(code, 0);
  assert.ok(Date.now() - begin < 11000);
  for (const answer of await asked.catch(() => [])) assert.equal(answer.status, 201);
}

const place = new Place();
try {
  await place.open();
  await aKilledApiLosesNothing(place);
  await aLostDatabaseIsSaidAndComesBack(place);
  await anOrderlyEnd(place);
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
}
