#include "recon/volume/volume.h"

#include <openvdb/io/Stream.h>
#include <openvdb/openvdb.h>
#include <openvdb/tools/Activate.h>
#include <openvdb/tools/Composite.h>
#include <openvdb/tools/Dense.h>
#include <openvdb/tools/FastSweeping.h>
#include <openvdb/tools/Interpolation.h>
#include <openvdb/tools/LevelSetRebuild.h>
#include <openvdb/tools/MeshToVolume.h>
#include <openvdb/tools/Prune.h>
#include <openvdb/tools/VolumeToMesh.h>

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>
#include <mutex>
#include <new>
#include <sstream>
#include <string>
#include <tbb/parallel_for.h>
#include <utility>
#include <vector>

struct ost_volume {
    openvdb::FloatGrid::Ptr grid;
};

namespace
{

using Grid = openvdb::FloatGrid;

constexpr float band_voxels = 3.0f;
constexpr std::uint64_t box_most = std::uint64_t(1) << 28;

/* No exception passes this point: C callers cannot catch one. */
template <class Body> bool guarded(ost_err *err, Body body) noexcept
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return ost_fail(err, OST_NOMEM, "volume: out of memory");
    } catch (const std::exception &e) {
        return ost_fail(err, OST_BUG, "volume: %s", e.what());
    } catch (...) {
        return ost_fail(err, OST_BUG, "volume: unknown exception");
    }
}

void initialize_once()
{
    static std::once_flag once;
    std::call_once(once, [] { openvdb::initialize(); });
}

openvdb::math::Transform::Ptr lattice(double spacing)
{
    return openvdb::math::Transform::createLinearTransform(spacing);
}

double voxel(const Grid &grid)
{
    return grid.voxelSize()[0];
}

openvdb::CoordBBox bounds(const ost_volume_box *box)
{
    const openvdb::Coord low(box->low[0], box->low[1], box->low[2]);
    return {low,
            low.offsetBy(static_cast<int>(box->size[0]) - 1, static_cast<int>(box->size[1]) - 1,
                         static_cast<int>(box->size[2]) - 1)};
}

bool box_is_sound(const ost_volume_box *box, double spacing, ost_err *err)
{
    std::uint64_t count = 1;
    for (const std::uint32_t side : box->size) {
        if (side == 0 || side > (1U << 20))
            return ost_fail(err, OST_INVALID, "volume: a box side of %u voxels", side);
        count *= side;
        if (count > box_most)
            return ost_fail(err, OST_LIMIT, "volume: box of more than %llu voxels",
                            static_cast<unsigned long long>(box_most));
    }
    if (!(spacing > 0.0) || !std::isfinite(spacing))
        return ost_fail(err, OST_INVALID, "volume: spacing is no length");
    return true;
}

/* Distances from dense values: background beyond the band, the sign flooded inside. */
Grid::Ptr level_set(const float *values, const ost_volume_box *box, double spacing,
                    float background)
{
    using Dense = openvdb::tools::Dense<const float, openvdb::tools::LayoutXYZ>;
    auto grid = Grid::create(background);
    grid->setTransform(lattice(spacing));
    grid->setGridClass(openvdb::GRID_LEVEL_SET);
    openvdb::tools::copyFromDense(Dense(bounds(box), values), *grid, 0.0f);
    /* What is deep inside is told by its sign alone. */
    openvdb::tools::deactivate(grid->tree(), -background);
    openvdb::tools::pruneLevelSet(grid->tree());
    return grid;
}

bool copy_mesh(const std::vector<openvdb::Vec3s> &points,
               const std::vector<openvdb::Vec3I> &triangles,
               const std::vector<openvdb::Vec4I> &quads, bool flip, ost_mesh **out, ost_err *err)
{
    const std::size_t count = triangles.size() + 2 * quads.size();
    if (points.size() > std::numeric_limits<std::uint32_t>::max() ||
        count > std::numeric_limits<std::uint32_t>::max())
        return ost_fail(err, OST_LIMIT, "surface has %zu triangles", count);

    ost_mesh *mesh = nullptr;
    if (!ost_mesh_create(&mesh, static_cast<std::uint32_t>(points.size()),
                         static_cast<std::uint32_t>(count), err))
        return false;

    for (std::size_t i = 0; i < points.size(); i++)
        for (int k = 0; k < 3; k++)
            mesh->vertex[i][k] = points[i][k];

    std::size_t n = 0;
    const auto add = [&](openvdb::Index32 a, openvdb::Index32 b, openvdb::Index32 c) {
        if (flip)
            std::swap(b, c);
        mesh->triangle[n][0] = a;
        mesh->triangle[n][1] = b;
        mesh->triangle[n][2] = c;
        n++;
    };
    for (const auto &t : triangles)
        add(t[0], t[1], t[2]);
    for (const auto &q : quads) {
        add(q[0], q[1], q[2]);
        add(q[0], q[2], q[3]);
    }
    *out = mesh;
    return true;
}

/* Where the random id stands in a stream: magic 8, three versions of 4, one flag. */
constexpr std::size_t id_at = 21, id_length = 36;

} // namespace

ost_volume_box ost_volume_box_of(const double low[3], const double high[3], double spacing)
{
    ost_volume_box box{};
    for (int k = 0; k < 3; k++) {
        const double a = std::floor(low[k] / spacing), b = std::ceil(high[k] / spacing);
        box.low[k] = static_cast<std::int32_t>(std::clamp(a, -1e6, 1e6));
        box.size[k] = static_cast<std::uint32_t>(std::clamp(b - a, 0.0, 1e6)) + 1;
    }
    return box;
}

bool ost_volume_from_mesh(ost_volume **out, const ost_mesh *mesh, double spacing,
                          const double band[2], ost_err *err)
{
    *out = nullptr;
    return guarded(err, [&] {
        if (!(spacing > 0.0) || !(std::min(band[0], band[1]) >= spacing) ||
            !(std::max(band[0], band[1]) / spacing < 200.0))
            return ost_fail(err, OST_INVALID, "volume: spacing or band out of range");
        if (mesh->triangle_count == 0 || !ost_mesh_check(mesh, err))
            return ost_fail(err, OST_INVALID, "volume: no surface to measure from");
        initialize_once();
        std::vector<openvdb::Vec3s> points;
        std::vector<openvdb::Vec3I> triangles;
        points.reserve(mesh->vertex_count);
        triangles.reserve(mesh->triangle_count);
        for (std::uint32_t v = 0; v < mesh->vertex_count; v++)
            points.emplace_back(mesh->vertex[v]);
        for (std::uint32_t t = 0; t < mesh->triangle_count; t++)
            triangles.emplace_back(mesh->triangle[t]);
        const auto voxels = [&](double mm) {
            return std::max(band_voxels, static_cast<float>(mm / spacing));
        };
        auto grid = openvdb::tools::meshToSignedDistanceField<Grid>(
            *lattice(spacing), points, triangles, {}, voxels(band[0]), voxels(band[1]));
        *out = new ost_volume{grid};
        return true;
    });
}

bool ost_volume_from_dense(ost_volume **out, const float *values, const ost_volume_box *box,
                           double spacing, float background, ost_err *err)
{
    *out = nullptr;
    return guarded(err, [&] {
        if (!box_is_sound(box, spacing, err))
            return false;
        if (!(background > 0.0f))
            return ost_fail(err, OST_INVALID, "volume: background must be above zero");
        initialize_once();
        *out = new ost_volume{level_set(values, box, spacing, background)};
        return true;
    });
}

bool ost_volume_to_dense(const ost_volume *volume, const ost_volume_box *box, float *values,
                         ost_err *err)
{
    return guarded(err, [&] {
        if (!box_is_sound(box, voxel(*volume->grid), err))
            return false;
        using Dense = openvdb::tools::Dense<float, openvdb::tools::LayoutXYZ>;
        Dense dense(bounds(box), values);
        openvdb::tools::copyToDense(*volume->grid, dense);
        return true;
    });
}

bool ost_volume_from_shape(ost_volume **out, const ost_shape *shape, const ost_volume_box *box,
                           double spacing, ost_err *err)
{
    *out = nullptr;
    return guarded(err, [&] {
        if (!box_is_sound(box, spacing, err))
            return false;
        initialize_once();
        const float background = band_voxels * static_cast<float>(spacing);
        const std::size_t width = box->size[0], height = box->size[1];
        std::vector<float> value(width * height * box->size[2]);
        tbb::parallel_for(std::size_t(0), height * box->size[2], [&](std::size_t row) {
            const std::size_t y = row % height, z = row / height;
            for (std::size_t x = 0; x < width; x++) {
                const double p[3] = {(box->low[0] + static_cast<double>(x)) * spacing,
                                     (box->low[1] + static_cast<double>(y)) * spacing,
                                     (box->low[2] + static_cast<double>(z)) * spacing};
                const double d = shape->distance(shape->user, p);
                value[row * width + x] = std::clamp(static_cast<float>(d), -background, background);
            }
        });
        *out = new ost_volume{level_set(value.data(), box, spacing, background)};
        return true;
    });
}

void ost_volume_destroy(ost_volume *volume)
{
    delete volume;
}

std::uint64_t ost_volume_active_voxels(const ost_volume *volume)
{
    return volume->grid->activeVoxelCount();
}

double ost_volume_spacing(const ost_volume *volume)
{
    return voxel(*volume->grid);
}

double ost_volume_at(const ost_volume *volume, const double point[3])
{
    const double scale = 1.0 / voxel(*volume->grid);
    const openvdb::Vec3d index(point[0] * scale, point[1] * scale, point[2] * scale);
    return static_cast<double>(
        openvdb::tools::BoxSampler::sample(volume->grid->getConstAccessor(), index));
}

bool ost_volume_widen(ost_volume *volume, double outside, double inside, ost_err *err)
{
    return guarded(err, [&] {
        const double size = voxel(*volume->grid);
        if (!(outside >= 0.0) || !(inside >= 0.0) || !((outside + inside) / size < 400.0))
            return ost_fail(err, OST_INVALID, "volume: widening out of range");
        using openvdb::tools::FastSweepingDomain;
        using openvdb::tools::NN_FACE;
        const int more = static_cast<int>(std::ceil(outside / size));
        const int less = static_cast<int>(std::ceil(inside / size));
        if (more > 0)
            volume->grid = openvdb::tools::dilateSdf(
                *volume->grid, more, NN_FACE, 1, FastSweepingDomain::SWEEP_GREATER_THAN_ISOVALUE);
        if (less > 0)
            volume->grid = openvdb::tools::dilateSdf(*volume->grid, less, NN_FACE, 1,
                                                     FastSweepingDomain::SWEEP_LESS_THAN_ISOVALUE);
        return true;
    });
}

bool ost_volume_offset(ost_volume *volume, double mm, ost_err *err)
{
    /* Distances must be true where the new surface will lie, and a band around it. */
    const double need = std::fabs(mm) + 2.0 * voxel(*volume->grid);
    if (!ost_volume_widen(volume, mm > 0.0 ? need : 0.0, mm > 0.0 ? 0.0 : need, err))
        return false;
    return guarded(err, [&] {
        volume->grid = openvdb::tools::levelSetRebuild(*volume->grid, static_cast<float>(mm),
                                                       band_voxels, band_voxels);
        return true;
    });
}

bool ost_volume_combine(ost_volume *volume, ost_volume_set set, const ost_volume *other,
                        ost_err *err)
{
    return guarded(err, [&] {
        if (std::fabs(voxel(*volume->grid) - voxel(*other->grid)) > 1e-9)
            return ost_fail(err, OST_INVALID, "volume: two spacings cannot be combined");
        switch (set) {
        case OST_VOLUME_JOIN:
            volume->grid = openvdb::tools::csgUnionCopy(*volume->grid, *other->grid);
            break;
        case OST_VOLUME_COMMON:
            volume->grid = openvdb::tools::csgIntersectionCopy(*volume->grid, *other->grid);
            break;
        case OST_VOLUME_CUT:
            volume->grid = openvdb::tools::csgDifferenceCopy(*volume->grid, *other->grid);
            break;
        }
        return true;
    });
}

bool ost_volume_surface(const ost_volume *volume, const ost_volume_surface_options *options,
                        ost_mesh **out, ost_err *err)
{
    *out = nullptr;
    return guarded(err, [&] {
        std::vector<openvdb::Vec3s> points;
        std::vector<openvdb::Vec3I> triangles;
        std::vector<openvdb::Vec4I> quads;
        openvdb::tools::volumeToMesh(*volume->grid, points, triangles, quads, options->iso,
                                     options->adaptivity);
        /* OpenVDB winds outwards when the inside lies below, level sets the other way round. */
        const bool flip = (options->inside == OST_INSIDE_ABOVE) !=
                          (volume->grid->getGridClass() == openvdb::GRID_LEVEL_SET);
        return copy_mesh(points, triangles, quads, flip, out, err);
    });
}

bool ost_volume_write(const ost_volume *volume, const char *name, ost_buf *out, ost_err *err)
{
    return guarded(err, [&] {
        auto grid = openvdb::ConstPtrCast<Grid>(volume->grid->copy());
        grid->setName(name);
        std::ostringstream bytes(std::ios_base::binary);
        openvdb::io::Stream(bytes).write({grid});
        std::string text = bytes.str();
        if (text.size() < id_at + id_length)
            return ost_fail(err, OST_BUG, "volume: the stream is too short");
        for (std::size_t k = id_at; k < id_at + id_length; k++)
            text[k] = text[k] == '-' ? '-' : '0';
        ost_buf_put(out, text.data(), text.size());
        return ost_buf_done(out, err) || ost_err_note(err, "vdb");
    });
}
