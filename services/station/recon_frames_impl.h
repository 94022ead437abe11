/* The ulna at every moment after the first that films were taken at. */
#ifndef OST_STATION_RECON_FRAMES_IMPL_H
#define OST_STATION_RECON_FRAMES_IMPL_H

#include "recon/shape/find.h"
#include "services/station/recon_write.h"

struct ost_recon_frames {
    struct ost_arm_table *ulna[OST_ARM_FRAMES]; /* owned; NULL for the first, and past the last */
};

/* Must be ended also where it fails. */
OST_MUST_CHECK
bool ost_recon_frames_init(struct ost_recon_frames *frames, const struct ost_prior *prior,
                           const struct ost_find *find, struct ost_err *err);
void ost_recon_frames_fini(struct ost_recon_frames *frames);

/* What a view of that frame has besides; it borrows the ulna. */
void ost_recon_frames_tell(const struct ost_recon_frames *frames, const struct ost_find *find,
                           uint32_t frame, struct ost_recon_view *out);

#endif
