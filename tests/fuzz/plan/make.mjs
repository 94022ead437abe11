/* Writes the corpus: PLAN_WASM=build/web/core/plan.wasm node make.mjs */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { loadCore } from '../../../web_static/plan/core.js';
import { cbor } from '../../recon/plan/model.mjs';

const core = await loadCore(readFileSync(process.env.PLAN_WASM));
const put = (name, door, bytes) => writeFileSync(new URL(`corpus/${name}`, import.meta.url), Buffer.concat([Buffer.from([door]), Buffer.from(bytes)]));
const golden = new URL('../../golden/plan_ops/', import.meta.url);
for (const file of readdirSync(golden).filter((name) => name.endsWith('.json'))) {
  const name = file.replace('.json', '');
  const { plan: id, steps } = JSON.parse(readFileSync(new URL(file, golden)));
  const plan = core.create(id);
  for (const { want, apply, replay, undo, redo } of steps) {
    if (want !== 'ok') continue;
    if (apply) plan.apply(apply);
    else if (replay) plan.replay(replay);
    else plan.undo(undo ?? redo, Boolean(redo));
  }
  put(`${name}-snapshot-json`, 2, plan.stateText());
  put(`${name}-snapshot-cbor`, 3, cbor(plan.state()));
  put(`${name}-entry`, 4, JSON.stringify(steps[0].apply ?? steps[0].replay));
  put(`${name}-tree-cbor`, 1, plan.bytes());
}
put('tree-json', 0, '{"a":[1,-2.5e-7,true,null,"\\u00e9\\ud83e\\uddb4\\n\u9aa8"],"b":{"":[]}}');
put('numbers-json', 0, '[0,-0.0,1e308,5e-324,9007199254740993,0.1,123456789012345678901234567890]');
put('deep-json', 0, '[[[[[[[[[[[[1]]]]]]]]]]]]');
