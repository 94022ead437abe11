/* The ulna at every moment after the first that films were taken at. */
#include "services/station/recon_frames_impl.h"

bool ost_recon_frames_init(struct ost_recon_frames *frames, const struct ost_prior *prior,
                           const struct ost_find *find, struct ost_err *err)
{
    *frames = (struct ost_recon_frames){0};
    for (uint32_t f = 1; f < find->frames; f++) {
        const struct ost_arm then = ost_arm_in_frame(&find->arm, f);
        if (!ost_arm_table_create(prior, OST_ULNA, OST_ARM_MODES, &frames->ulna[f], err))
            return false;
        ost_arm_table_set(frames->ulna[f], prior, OST_ULNA, &then, false);
    }
    return true;
}

void ost_recon_frames_fini(struct ost_recon_frames *frames)
{
    for (uint32_t f = 0; f < OST_ARM_FRAMES; f++)
        ost_arm_table_destroy(frames->ulna[f]);
}

void ost_recon_frames_tell(const struct ost_recon_frames *frames, const struct ost_find *find,
                           uint32_t frame, struct ost_recon_view *out)
{
    if (frame == 0)
        return;
    out->frame = frame;
    out->ulna = frames->ulna[frame]->mesh;
    out->pronated = find->pronated[frame];
    out->pronated_sd = find->pronated_sd[frame];
}
