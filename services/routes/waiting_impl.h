/*
 * Films that wait until somebody has looked at them and said that no name is visible.
 * Their headers are clean, their pixels perhaps not: they live in this process' memory
 * only, for half an hour, and only who sent them sees them.
 */
#ifndef OST_ROUTES_WAITING_IMPL_H
#define OST_ROUTES_WAITING_IMPL_H

#include "recon/dicom/clean.h"

enum { OST_WAITING_ID = 33, OST_WAITING_S = 1800 };

struct ost_waiting;

struct ost_pending {
    char id[OST_WAITING_ID];
    int64_t user, institution, case_id;
    struct ost_clean_dicom *clean; /* owned by the list */
    size_t bytes;
};

/* `most` bytes of all together, `of_one` of one institution. */
OST_MUST_CHECK
bool ost_waiting_create(struct ost_waiting **out, size_t most, size_t of_one, struct ost_err *err);
void ost_waiting_destroy(struct ost_waiting *waiting);

/*
 * Takes the film's `clean`, also when it fails; then lends it, as below, with its id and
 * bytes. OST_LIMIT where the person or the institution has too many.
 */
OST_MUST_CHECK
bool ost_waiting_add(struct ost_waiting *waiting, const struct ost_pending *film,
                     struct ost_pending *out, struct ost_err *err);

/*
 * Lends the film to this thread alone; whoever else asks waits. Every lent film is
 * returned; `over` lets it go. OST_NOT_FOUND also where it is somebody else's.
 */
OST_MUST_CHECK
bool ost_waiting_lend(struct ost_waiting *waiting, const char *id, int64_t user,
                      struct ost_pending *out, struct ost_err *err);
void ost_waiting_return(struct ost_waiting *waiting, const char *id, bool over);

/* Waits for nobody: a film that is lent goes when it is returned, and is lent no more. */
OST_MUST_CHECK
bool ost_waiting_discard(struct ost_waiting *waiting, const char *id, int64_t user,
                         struct ost_err *err);

void ost_waiting_drop_case(struct ost_waiting *waiting, int64_t case_id);
void ost_waiting_expire(struct ost_waiting *waiting);

#endif
