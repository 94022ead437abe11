// What a person is told and asked about views and sides that may be the wrong way round.
import assert from 'node:assert/strict';
import test from 'node:test';
import { exchanged, misfits } from '../../web_static/views/fit-review.js';

const film = (id, projection, more = {}) => ({ id, kind: 'film', arm: 'affected', projection, ...more });

test('each film gets what was said of the other one, whatever that was', () => {
  for (const front of ['pa', 'ap', 'oblique']) {
    assert.deepEqual(exchanged([film(4, front), film(7, 'lateral')]), [{ id: 4, projection: 'lateral' }, { id: 7, projection: front }]);
  }
});

test('exchanged twice is as it was', () => {
  const films = [film(4, 'ap'), film(7, 'lateral')];
  const once = exchanged(films).map((one) => film(one.id, one.projection));
  assert.deepEqual(exchanged(once), films.map(({ id, projection }) => ({ id, projection })));
});

test('films of the other arm, and what is no film, stay as they are', () => {
  const films = [film(4, 'pa'), film(5, 'pa', { arm: 'other' }), film(6, 'lateral', { kind: 'ct' }), film(7, 'lateral')];
  assert.deepEqual(exchanged(films).map(({ id }) => id), [4, 7]);
  assert.deepEqual(exchanged([film(4, 'pa')]), []);
});

test('how badly a side fits is a figure, not a length', () => {
  const fits = [{ side: 'right', misfit: 1.6295 }, { side: 'left', misfit: 1.0533 }];
  assert.equal(misfits(fits, (side) => side), 'right 1.63 · left 1.05');
});
