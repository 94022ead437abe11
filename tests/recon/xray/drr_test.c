#include "recon/base/rng.h"
#include "recon/math/vec.h"
#include "recon/xray/drr.h"
#include "tests/check.h"

#include <math.h>

static struct ost_grid *box_of(float value)
{
    struct ost_grid *grid = NULL;
    assert_true(ost_grid_create(&grid, (uint32_t[]){12, 9, 7}, (double[]){-4.0, 3.0, 20.0},
                                (double[]){0.7, 1.1, 0.9}, NULL));
    for (size_t n = 0; n < (size_t)12 * 9 * 7; n++) {
        grid->value[n] = value;
    }
    return grid;
}

static void between_points(struct ost_rng *rng, double source[3], double direction[3])
{
    for (int k = 0; k < 3; k++) {
        source[k] = 300.0 * ost_rng_normal(rng);
    }
    const double aim[3] = {12.0 * ost_rng_uniform(rng) - 6.0, 14.0 * ost_rng_uniform(rng),
                           10.0 * ost_rng_uniform(rng) + 18.0};
    ost_sub(aim, source, direction);
    (void)ost_unit(direction);
}

/* How much of the ray lies in a box: three slabs, nothing else. */
static double chord(const double low[3], const double high[3], const double source[3],
                    const double direction[3])
{
    double in = -1e9, out = 1e9;
    for (int k = 0; k < 3; k++) {
        double a = (low[k] - source[k]) / direction[k], b = (high[k] - source[k]) / direction[k];
        in = fmax(in, fmin(a, b));
        out = fmin(out, fmax(a, b));
    }
    return fmax(0.0, out - in);
}

static void the_path_through_a_box_is_its_chord(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = box_of(2.5F);
    const double low[3] = {-4.35, 2.45, 19.55}, high[3] = {-4.35 + 8.4, 2.45 + 9.9, 19.55 + 6.3};
    struct ost_rng rng = ost_rng_seed(1);
    int met = 0;
    for (int n = 0; n < 2000; n++) {
        double source[3], direction[3];
        between_points(&rng, source, direction);
        double want = 2.5 * chord(low, high, source, direction);
        assert_near(ost_drr_ray(grid, OST_DRR_EXACT, source, direction), want, 1e-9);
        met += want > 0.0;
    }
    assert_in_range(met, 1000, 2000);
}

static void along_an_axis_the_path_is_a_row_of_voxels(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = box_of(1.0F);
    for (int k = 0; k < 3; k++) {
        double source[3] = {-1.0, 7.0, 22.0}, direction[3] = {0.0, 0.0, 0.0};
        const double side[3] = {8.4, 9.9, 6.3};
        for (int sign = -1; sign < 2; sign += 2) {
            direction[k] = sign;
            source[k] -= 100.0 * sign;
            assert_near(ost_drr_ray(grid, OST_DRR_EXACT, source, direction), side[k], 1e-9);
            source[k] += 100.0 * sign;
        }
    }
    const double beside[3] = {-5.0, 7.0, -100.0}, up[3] = {0.0, 0.0, 1.0};
    assert_near(ost_drr_ray(grid, OST_DRR_EXACT, beside, up), 0.0, 0.0);
}

static double voxel_by_voxel(const struct ost_grid *grid, const double s[3], const double d[3])
{
    double sum = 0.0;
    for (uint32_t n = 0; n < grid->size[0] * grid->size[1] * grid->size[2]; n++) {
        const uint32_t at[3] = {n % grid->size[0], n / grid->size[0] % grid->size[1],
                                n / grid->size[0] / grid->size[1]};
        double low[3], high[3];
        for (int k = 0; k < 3; k++) {
            low[k] = grid->origin[k] + grid->spacing[k] * (at[k] - 0.5);
            high[k] = low[k] + grid->spacing[k];
        }
        sum += (double)grid->value[n] * chord(low, high, s, d);
    }
    return sum;
}

static void the_march_agrees_with_every_voxel_asked_alone(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = box_of(0.0F);
    struct ost_rng rng = ost_rng_seed(2);
    for (size_t n = 0; n < (size_t)12 * 9 * 7; n++) {
        grid->value[n] = (float)ost_rng_uniform(&rng);
    }
    for (int n = 0; n < 300; n++) {
        double source[3], direction[3];
        between_points(&rng, source, direction);
        assert_near(ost_drr_ray(grid, OST_DRR_EXACT, source, direction),
                    voxel_by_voxel(grid, source, direction), 1e-6);
    }
}

static void a_linear_field_is_integrated_exactly_between_centres(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) grid = box_of(0.0F);
    const double slope[3] = {0.3, -0.2, 0.5};
    for (uint32_t n = 0; n < 12 * 9 * 7; n++) {
        const uint32_t row = n / 12, layer = row / 9;
        const double p[3] = {-4.0 + 0.7 * (n % 12), 3.0 + 1.1 * (row % 9), 20.0 + 0.9 * layer};
        grid->value[n] = (float)ost_dot(slope, p);
    }
    const double low[3] = {-4.0, 3.0, 20.0}, high[3] = {-4.0 + 7.7, 3.0 + 8.8, 20.0 + 5.4};
    struct ost_rng rng = ost_rng_seed(3);
    for (int n = 0; n < 500; n++) {
        double source[3], direction[3], in = 0.0, out = 1e9;
        between_points(&rng, source, direction);
        for (int k = 0; k < 3; k++) {
            double a = (low[k] - source[k]) / direction[k];
            double b = (high[k] - source[k]) / direction[k];
            in = fmax(in, fmin(a, b));
            out = fmin(out, fmax(a, b));
        }
        double middle[3], length = fmax(0.0, out - in);
        ost_along(source, 0.5 * (in + out), direction, middle);
        assert_near(ost_drr_ray(grid, OST_DRR_LINEAR, source, direction),
                    length * ost_dot(slope, middle), 1e-4);
    }
}

/* The share of a voxel inside the ellipsoid, by 6 x 6 x 6 samples. */
static float share_inside(const double centre[3], double spacing, const double half[3])
{
    int inside = 0;
    for (int n = 0; n < 216; n++) {
        const int at[3] = {n % 6, n / 6 % 6, n / 36};
        double sum = 0.0;
        for (int k = 0; k < 3; k++) {
            double x = (centre[k] + spacing * ((at[k] + 0.5) / 6.0 - 0.5)) / half[k];
            sum += x * x;
        }
        inside += sum < 1.0;
    }
    return (float)inside / 216.0F;
}

static struct ost_grid *ellipsoid(const double half[3], double spacing)
{
    struct ost_grid *grid = NULL;
    uint32_t size[3];
    double origin[3];
    for (int k = 0; k < 3; k++) {
        size[k] = 2 * (uint32_t)ceil(half[k] / spacing + 1.0) + 1;
        origin[k] = -0.5 * spacing * (size[k] - 1);
    }
    assert_true(ost_grid_create(&grid, size, origin, (double[]){spacing, spacing, spacing}, NULL));
    for (uint32_t n = 0; n < size[0] * size[1] * size[2]; n++) {
        const uint32_t row = n / size[0], layer = row / size[1];
        const double c[3] = {origin[0] + spacing * (n % size[0]),
                             origin[1] + spacing * (row % size[1]), origin[2] + spacing * layer};
        grid->value[n] = share_inside(c, spacing, half);
    }
    return grid;
}

static double ellipsoid_chord(const double half[3], const double s[3], const double d[3])
{
    double a = 0.0, b = 0.0, c = -1.0;
    for (int k = 0; k < 3; k++) {
        double p = s[k] / half[k], q = d[k] / half[k];
        a += q * q;
        b += p * q;
        c += p * p;
    }
    double root = b * b - a * c;
    return root > 0.0 ? 2.0 * sqrt(root) / a : 0.0;
}

static void check_chords(const double half[3], enum ost_drr_method method)
{
    OST_AUTO(ost_grid) grid = ellipsoid(half, 0.5);
    struct ost_rng rng = ost_rng_seed(4);
    double error = 0.0, total = 0.0, worst = 0.0;
    for (int n = 0; n < 3000; n++) {
        double source[3], direction[3], aim[3];
        for (int k = 0; k < 3; k++) {
            source[k] = 200.0 * ost_rng_normal(&rng);
            aim[k] = 1.2 * half[k] * (2.0 * ost_rng_uniform(&rng) - 1.0);
        }
        ost_sub(aim, source, direction);
        if (ost_unit(direction) < 60.0) {
            continue;
        }
        double want = ellipsoid_chord(half, source, direction);
        double got = ost_drr_ray(grid, method, source, direction);
        error += fabs(got - want);
        total += want;
        if (want > 1.8 * half[0]) {
            worst = fmax(worst, fabs(got - want) / want);
        }
    }
    /* Half-millimetre voxels: 1.5 % of all paths, 6 % at the worst of those well
     * inside. */
    assert_true(total > 3000.0);
    assert_near(error / total, 0.0, 0.015);
    assert_near(worst, 0.0, 0.06);
}

static void the_paths_through_a_ball_are_its_chords(void **state)
{
    (void)state;
    check_chords((double[]){10.0, 10.0, 10.0}, OST_DRR_EXACT);
    check_chords((double[]){10.0, 10.0, 10.0}, OST_DRR_LINEAR);
}

static void the_paths_through_an_ellipsoid_are_its_chords(void **state)
{
    (void)state;
    check_chords((double[]){8.0, 11.0, 15.0}, OST_DRR_EXACT);
    check_chords((double[]){8.0, 11.0, 15.0}, OST_DRR_LINEAR);
}

static struct ost_camera camera_at(double distance)
{
    struct ost_camera camera = {
        .width = 90, .height = 70, .focal = {500.0, 520.0}, .principal = {41.0, 37.5}};
    const double turn[3] = {0.3, -0.5, 0.2};
    ost_rotation_of_vector(turn, camera.world_to_camera.r);
    camera.world_to_camera.t[2] = distance;
    return camera;
}

static void a_small_body_falls_where_the_camera_says(void **state)
{
    (void)state;
    struct ost_camera camera = camera_at(300.0);
    const double p[3] = {6.0, -4.0, 5.0};
    struct ost_grid *grid = NULL;
    const double corner[3] = {p[0] - 1.5, p[1] - 1.5, p[2] - 1.5};
    assert_true(
        ost_grid_create(&grid, (uint32_t[]){7, 7, 7}, corner, (double[]){0.5, 0.5, 0.5}, NULL));
    for (int n = 0; n < 343; n++) {
        grid->value[n] = 1.0F;
    }
    OST_AUTO(ost_image) image = NULL;
    assert_true(ost_drr_paths(grid, &camera, OST_DRR_EXACT, &image, NULL));
    double sum = 0.0, at[2] = {0.0, 0.0}, want[2];
    for (uint32_t n = 0; n < image->width * image->height; n++) {
        const uint32_t row = n / image->width;
        sum += (double)image->pixel[n];
        at[0] += (double)image->pixel[n] * (n % image->width);
        at[1] += (double)image->pixel[n] * row;
    }
    assert_true(ost_camera_project(&camera, p, want, NULL));
    assert_true(sum > 0.0);
    assert_near(at[0] / sum, want[0], 0.05);
    assert_near(at[1] / sum, want[1], 0.05);
    ost_grid_destroy(grid);
}

static struct ost_image *flat(float value)
{
    struct ost_image *image = NULL;
    assert_true(ost_image_create(&image, 1, 1, NULL));
    image->pixel[0] = value;
    return image;
}

static double passes(const struct ost_spectrum *spectrum, float tissue, float mineral)
{
    OST_AUTO(ost_image) a = flat(tissue);
    OST_AUTO(ost_image) b = flat(mineral);
    OST_AUTO(ost_image) out = NULL;
    assert_true(ost_drr_passes(spectrum, a, b, &out, NULL));
    return (double)out->pixel[0];
}

static void one_energy_follows_beer_and_lambert(void **state)
{
    (void)state;
    struct ost_spectrum mono = ost_spectrum_mono(40.0);
    /* 50 mm of muscle at 1.05 g/cm3: 5.25 g/cm2 of 0.2685 cm2/g. */
    assert_near(passes(&mono, 52.5F, 0.0F), exp(-5.25 * 0.2685), 1e-7);
    /* 4 mm at 1000 mgHA/cm3 in it takes 0.4 / 3.16 cm of the muscle's room. */
    double want = exp(-(5.25 - 0.4 / 3.16 * 1.05) * 0.2685 - 0.4 * 0.9877);
    assert_near(passes(&mono, 52.5F, 4000.0F), want, 1e-7);
    /* Halfway in a log-log table. */
    assert_near(ost_mass_attenuation(OST_WATER, sqrt(30.0 * 40.0)), sqrt(0.3756 * 0.2683), 1e-9);
}

static void further_matter_weakens_by_its_own_coefficient(void **state)
{
    (void)state;
    struct ost_spectrum mono = ost_spectrum_mono(40.0);
    OST_AUTO(ost_image) tissue = flat(52.5F);
    OST_AUTO(ost_image) plate = flat(0.9F);
    OST_AUTO(ost_image) plaster = flat(1.1F);
    OST_AUTO(ost_image) wrong = NULL;
    struct ost_image *out = NULL;
    struct ost_drr_matter more[] = {{OST_TITANIUM, plate}, {OST_GYPSUM, plaster}};
    assert_true(ost_drr_passes_behind(&mono, tissue, NULL, more, 2, &out, NULL));
    assert_near(out->pixel[0], exp(-5.25 * 0.2685 - 0.9 * 2.214 - 1.1 * 0.7621), 1e-7);
    ost_image_destroy(out);
    assert_true(ost_image_create(&wrong, 7, 5, NULL));
    more[1].area = wrong;
    assert_false(ost_drr_passes_behind(&mono, tissue, NULL, more, 2, &out, NULL));
}

/* By weight 79.07 % calcium sulfate (NIST: 1.876 and 0.3788 cm2/g) and 20.93 % water. */
static void gypsum_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    assert_near(ost_mass_attenuation(OST_GYPSUM, 30.0), 0.7907 * 1.876 + 0.2093 * 0.3756, 5e-4);
    assert_near(ost_mass_attenuation(OST_GYPSUM, 60.0), 0.7907 * 0.3788 + 0.2093 * 0.2059, 5e-4);
}

static void a_thicker_body_hardens_the_beam(void **state)
{
    (void)state;
    struct ost_spectrum tube, mono = ost_spectrum_mono(35.0);
    assert_true(ost_spectrum_tube(52.0, 2.5, 5, &tube, NULL));
    double before = INFINITY, first = 0.0;
    for (int mm = 1; mm <= 40; mm++) {
        double apparent = -log(passes(&tube, 0.0F, 1000.0F * (float)mm)) / mm;
        assert_true(apparent < before);
        before = apparent;
        first = mm == 1 ? apparent : first;
        double constant = -log(passes(&mono, 0.0F, 200.0F * (float)mm)) / mm;
        assert_near(constant, 0.02 * ost_mass_attenuation(OST_HYDROXYAPATITE, 35.0), 1e-6);
    }
    assert_true(before < 0.75 * first);
}

static void a_higher_voltage_passes_more_and_bins_agree(void **state)
{
    (void)state;
    double before = 0.0;
    for (int kvp = 45; kvp <= 65; kvp += 5) {
        struct ost_spectrum three, eight;
        assert_true(ost_spectrum_tube(kvp, 2.5, 3, &three, NULL));
        assert_true(ost_spectrum_tube(kvp, 2.5, 8, &eight, NULL));
        double got = passes(&three, 42.0F, 3000.0F);
        assert_true(got > before);
        assert_near(got / passes(&eight, 42.0F, 3000.0F), 1.0, 0.02);
        before = got;
        double sum = 0.0;
        for (int b = 0; b < 8; b++) {
            sum += eight.weight[b];
        }
        assert_near(sum, 1.0, 1e-12);
    }
}

static void hounsfield_units_split_into_tissue_and_mineral(void **state)
{
    (void)state;
    OST_AUTO(ost_grid) hu = NULL;
    OST_AUTO(ost_grid) tissue = NULL;
    OST_AUTO(ost_grid) mineral = NULL;
    const double zero[3] = {0.0, 0.0, 0.0}, one[3] = {1.0, 1.0, 1.0};
    assert_true(ost_grid_create(&hu, (uint32_t[]){4, 1, 1}, zero, one, NULL));
    const float value[4] = {-1000.0F, -100.0F, 50.0F, 1350.0F};
    const double soft[4] = {0.0, 0.9, 1.05, 1.05}, hard[4] = {0.0, 0.0, 0.0, 1000.0};
    for (int n = 0; n < 4; n++)
        hu->value[n] = value[n];
    assert_true(ost_drr_of_hounsfield(hu, &tissue, &mineral, NULL));
    for (int n = 0; n < 4; n++) {
        assert_near((double)tissue->value[n], soft[n], 1e-6);
        assert_near((double)mineral->value[n], hard[n], 1e-3);
    }
}

static void what_no_tube_does_is_refused(void **state)
{
    (void)state;
    struct ost_spectrum tube;
    struct ost_err err = {0};
    assert_false(ost_spectrum_tube(120.0, 2.5, 5, &tube, &err));
    assert_int_equal(err.code, OST_INVALID);
    assert_false(ost_spectrum_tube(52.0, 2.5, 9, &tube, &err));
    assert_false(ost_spectrum_tube(NAN, 2.5, 5, &tube, &err));
    struct ost_image *none = NULL;
    assert_false(ost_drr_passes(&tube, NULL, NULL, &none, &err));
    assert_int_equal(err.code, OST_INVALID);
}

RUN(T(the_path_through_a_box_is_its_chord), T(along_an_axis_the_path_is_a_row_of_voxels),
    T(the_march_agrees_with_every_voxel_asked_alone),
    T(a_linear_field_is_integrated_exactly_between_centres),
    T(the_paths_through_a_ball_are_its_chords), T(the_paths_through_an_ellipsoid_are_its_chords),
    T(a_small_body_falls_where_the_camera_says), T(one_energy_follows_beer_and_lambert),
    T(further_matter_weakens_by_its_own_coefficient), T(gypsum_is_the_sum_of_its_parts),
    T(a_thicker_body_hardens_the_beam), T(a_higher_voltage_passes_more_and_bins_agree),
    T(hounsfield_units_split_into_tissue_and_mineral), T(what_no_tube_does_is_refused))
