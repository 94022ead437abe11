// CGAL's Mesh_3 as a program, for `osteon bench fem` to stand beside: a closed surface in OFF to
// tetrahedra without slivers (Delaunay refinement, perturbation, exudation), written as Medit's.
//   osteon-bench-cgal SURFACE.off SIZE OUT.mesh
// Mesh_3 is under the GPL: this program links nothing of ours, and nothing of ours links it.
#include <CGAL/Exact_predicates_inexact_constructions_kernel.h>
#include <CGAL/Mesh_complex_3_in_triangulation_3.h>
#include <CGAL/Mesh_criteria_3.h>
#include <CGAL/Mesh_triangulation_3.h>
#include <CGAL/Polyhedral_mesh_domain_3.h>
#include <CGAL/Surface_mesh.h>
#include <CGAL/make_mesh_3.h>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>

using Kernel = CGAL::Exact_predicates_inexact_constructions_kernel;
using Surface = CGAL::Surface_mesh<Kernel::Point_3>;
using Domain = CGAL::Polyhedral_mesh_domain_3<Surface, Kernel>;
using Triangulation = CGAL::Mesh_triangulation_3<Domain>::type;
using Complex = CGAL::Mesh_complex_3_in_triangulation_3<Triangulation>;
using Criteria = CGAL::Mesh_criteria_3<Triangulation>;

int main(int argc, char **argv)
{
    Surface surface;
    std::ifstream in(argc == 4 ? argv[1] : "");
    if (!in || !(in >> surface) || surface.is_empty()) {
        std::fprintf(stderr, "osteon-bench-cgal SURFACE.off SIZE OUT.mesh\n");
        return 2;
    }
    const double size = std::atof(argv[2]);
    const Domain domain(surface);
    // Triangles no worse than 25 degrees, the surface met as closely as ours meets it.
    const Criteria criteria(CGAL::parameters::facet_angle = 25, CGAL::parameters::facet_size = size,
                            CGAL::parameters::facet_distance = 0.05,
                            CGAL::parameters::cell_radius_edge_ratio = 2,
                            CGAL::parameters::cell_size = size);
    const std::clock_t begin = std::clock();
    const Complex made = CGAL::make_mesh_3<Complex>(domain, criteria);
    std::printf("seconds %.3f\n", double(std::clock() - begin) / CLOCKS_PER_SEC);
    std::ofstream out(argv[3]);
    made.output_to_medit(out);
    return out.good() ? 0 : 1;
}
