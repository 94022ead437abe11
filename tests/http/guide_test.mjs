// A guide that left facts and no STL: neither it nor an older one is given for print.
import assert from 'node:assert/strict';
import { Person, Place } from './place.mjs';
import { api, sql } from './seat.mjs';

// What a worker's last step leaves of a guide: rows of these names.
function keepGuide(place, caseId, names) {
  const files = names.map((name) => `
    insert into blob (institution_id, kind, address, sha256, wrapped_key, file, bytes, stored_bytes, packed)
      select institution_id, 'result', sha256(('a' || :job || '${name}')::bytea), sha256('x'), decode(repeat('00', 72), 'hex'),
        'r/none/' || :job || '/${name}', 1, 1, false from patient_case where id = ${caseId} returning id as blob \\gset
    insert into result_file (institution_id, case_id, job_id, blob_id, name, content_type)
      select institution_id, id, :job, :blob, '${name}', 'model/stl' from patient_case where id = ${caseId};`);
  sql(place, `
    begin;
    select set_config('osteon.institution', (select institution_id::text from patient_case where id = ${caseId}), true) \\gset ignored_
    insert into job (institution_id, case_id, kind, input, input_digest, output, output_digest, state, progress, finished_at)
      select institution_id, id, 'guide', '{}', sha256('${names.join()}'), '{}', sha256('out'), 'done', 1, now() from patient_case where id = ${caseId}
      returning id as job \\gset
    ${files.join('')}
    commit;`);
}

const place = new Place();
try {
  await place.open();
  const surgeon = await new Person(place, 'surgeon').login();
  const { id } = (await surgeon.send('POST', `${api}/cases`, { json: { side: 'left', simulated: true } })).json;
  const ask = async (name) => (await surgeon.send('GET', `${api}/cases/${id}/files/${name}`)).json?.error?.reason;
  keepGuide(place, id, ['guide.json', 'guide.stl']);
  assert.notEqual(await ask('guide.stl'), 'guide_withheld');
  keepGuide(place, id, ['guide.json']);
  assert.equal(await ask('guide.stl'), 'guide_withheld');
  assert.equal(await ask('guide_DRAFT.stl'), 'guide_withheld');
  assert.notEqual(await ask('radius.stl'), 'guide_withheld');
} catch (error) {
  console.error(error);
  console.error(place.log().split('\n').slice(-30).join('\n'));
  process.exitCode = 1;
} finally {
  await place.close();
}
