// What the sample's figures say, for a person and as an exit code.

const fixed = (value, digits = 2) => (Number.isFinite(value) ? value.toFixed(digits) : '–');

export function printFigures(f) {
  const lines = [
    `case ${f.sample.code} (SIMULATED patient, seed ${f.sample.seed}), ${fixed(f.seconds, 1)} s from films to report`,
    `  bones      radius ${fixed(f.recon.asd_mm.radius)} mm, ulna ${fixed(f.recon.asd_mm.ulna)} mm from the truth (average surface distance)`,
    `  films      outline to edge ${f.recon.contour_mm.map((x) => `${fixed(x)} mm`).join(', ')}`,
    `  density    ${fixed(f.bmd.radius_mean_mg_cm3, 0)} (${fixed(f.bmd.low, 0)} to ${fixed(f.bmd.high, 0)}) mgHA/cm3, truth ${fixed(f.bmd.truth_mg_cm3, 0)}`,
    `  mechanics  ${f.mesh.tetrahedra} tetrahedra, smallest angle ${fixed(f.mesh.min_dihedral_deg, 1)} deg, residual ${f.fem.relative_residual}`,
    `  plan       tilt off by ${fixed(f.plan.tilt_error_deg, 1)} deg, ulnar variance by ${fixed(f.plan.variance_error_mm)} mm; both clients ${f.plan.clients_agree ? 'agree' : 'DISAGREE'}`,
    `  guide      ${f.guide.watertight ? 'closed' : 'NOT CLOSED'}, thinnest wall ${fixed(f.guide.min_wall_mm)} mm; report ${f.report.pages} page(s)`,
    `  identity   the planted name was ${f.leak.found ? 'FOUND' : 'not found'} in database, blobs and logs`,
  ];
  for (const line of lines) console.log(line);
}

// 0 when the way was walked and nothing that must hold is broken, 4 otherwise.
export function verdict(f) {
  const holds = f.plan.clients_agree && f.guide.watertight && !f.leak.found && f.fem.reason === 'converged' && f.report.pages >= 1;
  return holds ? 0 : 4;
}
