#!/usr/bin/env bash
# osteon bench fem --quick without other programs: every figure of its contract, each within
# what a mesher and a solver can be held to on any machine. Nothing is asked of the clock.
#   tests/services/bench/fem.sh OSTEON      silent when it passes; 77 without real bones
set -euo pipefail
osteon=$1
data=${OSTEON_DATA:-../shared/data}
fail() { echo "$*"; exit 1; }
if [[ ! -e $data/wrist_surfaces/brown_sandbox/radius_frame0.stl ]]; then
  echo "no real bones: OSTEON_DATA/wrist_surfaces is not there"
  exit 77
fi
said=$("$osteon" bench fem --data "$data" --quick --no-peers --json 2>/dev/null)
node -e '
  const r = JSON.parse(process.argv[1]), wrong = [];
  const want = (ok, what) => { if (!ok) wrong.push(what); };
  want(r.mesh.tets_per_s > 0, "mesh.tets_per_s");
  want(r.mesh.hxt_ratio === null && r.mesh.tetgen_ratio === null &&
    r.mesh.cgal_ratio === null, "a mesher that was not asked");
  want(r.mesh.min_dihedral_deg >= 15 && r.mesh.max_dihedral_deg <= 152, "dihedral angles");
  want(r.mesh.surface_p99_mm > 0 && r.mesh.surface_p99_mm <= 0.055, "surface distance");
  want(r.mesh.bones.every(b => b.euler === 2), "a bone that is no body");
  for (const c of r.solve) {
    want(c.dof > 30000 && c.seconds > 0 && c.f_dot_u > 0, c.name);
    want(c.iterations <= 40, c.name + ": " + c.iterations + " iterations");
    want(c.relative_residual <= 1e-8, c.name + ": residual");
    want(c.calculix_ratio === null && c.petsc_ratio === null, "a solver that was not asked");
    want(c.bytes_per_dof > 100 && c.bytes_per_dof < 700, c.name + ": memory");
  }
  want(r.solve.map(c => c.name).join(" ").startsWith("tet4_50k tet10_50k"), "cases");
  want(r.iteration_over_byte_limit > 1, "iteration_over_byte_limit");
  want(r.ct_to_stress.tet4_s > 0 && r.ct_to_stress.tet10_s > 0, "ct_to_stress");
  want(r.contact_ms > 0 && r.contact_ms < 2000, "contact_ms");
  if (wrong.length) { console.log(wrong.join("; ")); process.exit(1); }
' "$said" || fail "$said"
