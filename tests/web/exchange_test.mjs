// What a person is told and asked about views and sides that may be the wrong way round.
import assert from 'node:assert/strict';
import test from 'node:test';
import { misfits, pairOf } from '../../web_static/views/fit-review.js';

const film = (id, projection, more = {}) => ({ id, kind: 'film', arm: 'affected', projection, ...more });

test('an exchange names the two films of the arm, each by what it is called now', () => {
  for (const front of ['pa', 'ap', 'oblique']) {
    assert.deepEqual(pairOf([film(4, front), film(7, 'lateral')]), [{ id: 4, projection: front }, { id: 7, projection: 'lateral' }]);
  }
});

test('films of the other arm, and what is no film, stay as they are', () => {
  const films = [film(4, 'pa'), film(5, 'pa', { arm: 'other' }), film(6, 'lateral', { kind: 'ct' }), film(7, 'lateral')];
  assert.deepEqual(pairOf(films).map(({ id }) => id), [4, 7]);
});

test('where there are not two different views there is nothing to exchange', () => {
  assert.deepEqual(pairOf([film(4, 'pa')]), []);
  assert.deepEqual(pairOf([film(4, 'pa'), film(7, 'pa')]), []);
  assert.deepEqual(pairOf([film(4, 'pa'), film(7, 'lateral'), film(8, 'oblique')]), []);
});

test('how badly a side fits is a figure, not a length', () => {
  const fits = [{ side: 'right', residual_mm: 1.6295 }, { side: 'left', residual_mm: 1.0533 }];
  assert.equal(misfits(fits, (side) => side), 'right 1.63 · left 1.05');
});
