// What a person is told and asked about views and sides that may be the wrong way round.
import assert from 'node:assert/strict';
import test from 'node:test';
import { isChanged, misfits, pairOf, urgent, warningsOf } from '../../web_static/views/fit-review.js';

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

const result = (more = {}) => ({ side: { value: 'left' }, views: [{ projection: 'pa' }, { projection: 'lateral' }], residual: { ok: true }, warnings: [], ...more });
const films = [film(4, 'pa'), film(7, 'lateral')];
const state = (more = {}) => ({ result: result(), films, caseDetail: { side: 'left' }, jobs: [], ...more });

test('bones that were made from something else than what is stated now are told', () => {
  assert.equal(isChanged(state()), false);
  assert.equal(isChanged(state({ caseDetail: { side: 'unknown' } })), false, 'the fit chose the side');
  assert.equal(isChanged(state({ films: [...films, film(9, 'pa', { arm: 'other' })] })), false);
  assert.equal(isChanged(state({ caseDetail: { side: 'right' } })), true);
  assert.equal(isChanged(state({ films: [film(4, 'lateral'), film(7, 'pa')] })), true);
  assert.equal(isChanged(state({ films: films.slice(1) })), true);
});

test('a forearm that is said to have been turned since is another one to fit', () => {
  const turned = [film(4, 'pa', { frame: 0 }), film(7, 'lateral', { frame: 1 })];
  const fitted = result({ views: [{ projection: 'pa' }, { projection: 'lateral', frame: 1 }] });
  assert.equal(isChanged(state({ films: turned })), true);
  assert.equal(isChanged(state({ films: turned, result: fitted })), false);
  assert.equal(isChanged(state({ films, result: fitted })), true);
  assert.equal(isChanged(state({ films: turned.map((one) => ({ ...one, frame: 1 })) })), false, 'one moment, whatever its number');
});

test('what wants a word is said on every page of the case, until a person has given it', () => {
  const conflict = result({ warnings: [{ code: 'scale_from_prior' }, { code: 'side_conflict' }] });
  assert.equal(urgent(state()), '');
  assert.equal(urgent(state({ result: result({ warnings: [{ code: 'one_view' }] }) })), '');
  assert.equal(urgent(state({ result: conflict })), '[warning.side_conflict]');
  assert.equal(urgent(state({ result: result({ residual: { ok: false } }) })), '[fit.blocked]');
  assert.equal(urgent(state({ result: result({ warnings: [{ code: 'two_readings' }] }) })), '[warning.two_readings]');
  for (const wanting of [conflict, result({ residual: { ok: false } })]) {
    assert.equal(urgent(state({ result: wanting, caseDetail: { side: 'left', fit_review: { verdict: 'accept' } } })), '');
  }
  assert.equal(urgent(state({ result: conflict, caseDetail: { side: 'right', fit_review: { verdict: 'accept' } } })), '[fit.changed]');
  assert.equal(urgent(state({ result: conflict, jobs: [{ kind: 'recon', state: 'running' }] })), '', 'the answer is being computed');
});

test('a marker that speaks against the bones is a warning of its own', () => {
  const codes = (laterality, more = {}) => warningsOf(state({ films: [film(4, 'pa', { laterality }), film(7, 'lateral', more)] })).map((one) => one.code);
  assert.deepEqual(codes('L'), []);
  assert.deepEqual(codes(null), []);
  assert.deepEqual(codes('R'), ['marker_conflict']);
  assert.deepEqual(codes('L', { laterality: 'R' }), ['marker_conflict']);
  assert.deepEqual(codes('L', { laterality: 'R', arm: 'other' }), [], 'the other arm has the other letter');
});

test('how badly a side fits is a figure, not a length', () => {
  const fits = [{ side: 'right', misfit: 1.6295 }, { side: 'left', misfit: 1.0533 }];
  assert.equal(misfits(fits, (side) => side), 'right\u00a01.63 · left\u00a01.05');
});
