/*
 * An open growth plate on a film: cartilage, so a line darker than bone, straight across
 * the distal radius some millimetres proximal of the joint. Adults have none, and the
 * shape prior knows adults alone.
 */
#ifndef OST_SHAPE_PHYSIS_H
#define OST_SHAPE_PHYSIS_H

#include "recon/image/image.h"
#include "recon/shape/predictor.h"

OST_C_BEGIN

/*
 * How deep the deepest line is that crosses the radius 5 to 14 mm (of an adult's arm) proximal
 * of the joint as it was read, leaning by up to 20 degrees: its grey below the lesser of its
 * two banks 1.5 to 3 mm away, over the range of the mean greys along the distal radius. 0 where no
 * line is, or where the points say no axis. `points` and `prior`: those that `said` is of.
 *
 * With predictor_nobrown.ostm, 16 simulated adults, front and side, half of them malunited:
 * 0.25 at most. Real films of six children: 0.55 to 0.62 on four; on the two smallest, read a plate
 * too far proximally, 0.12 at most: there the size speaks.
 */
double ost_physis_depth(const struct ost_image *film, const struct ost_prediction *said,
                        const struct ost_predictor_vertex *points, const struct ost_prior *prior);

/* From here on a line makes one doubt that the arm is an adult's; from there on it is none. */
static const double ost_physis_doubtful = 0.33, ost_physis_sure = 0.45;

OST_C_END

#endif
