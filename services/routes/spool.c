#include "services/routes/spool_impl.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define UPLOADS_MOST  512
#define OF_ONE_PERSON 32

struct slot {
    char id[OST_SPOOL_ID]; /* "" free */
    struct ost_upload upload;
    time_t seen;
};

struct ost_spool {
    pthread_mutex_t lock;
    size_t most, of_one, held; /* bytes announced */
    struct slot slot[UPLOADS_MOST];
};

static time_t now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

bool ost_spool_random_id(char id[OST_SPOOL_ID], struct ost_err *err)
{
    unsigned char random[(OST_SPOOL_ID - 1) / 2];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return ost_fail(err, OST_UNAVAILABLE, "no random numbers");
    for (size_t i = 0; i < sizeof random; i++) {
        id[2 * i] = "0123456789abcdef"[random[i] >> 4];
        id[2 * i + 1] = "0123456789abcdef"[random[i] & 15];
    }
    id[OST_SPOOL_ID - 1] = '\0';
    return true;
}

bool ost_spool_create(struct ost_spool **out, size_t most, size_t of_one, struct ost_err *err)
{
    *out = calloc(1, sizeof **out);
    if (*out == NULL)
        return ost_fail(err, OST_NOMEM, "spool");
    (*out)->most = most;
    (*out)->of_one = of_one;
    (void)pthread_mutex_init(&(*out)->lock, NULL);
    return true;
}

static void release(struct ost_spool *spool, struct slot *slot)
{
    if (slot->upload.fd >= 0)
        (void)close(slot->upload.fd);
    spool->held -= slot->upload.bytes;
    *slot = (struct slot){0};
}

void ost_spool_destroy(struct ost_spool *spool)
{
    if (spool == NULL)
        return;
    for (size_t i = 0; i < UPLOADS_MOST; i++) {
        if (spool->slot[i].id[0] != '\0')
            release(spool, &spool->slot[i]);
    }
    (void)pthread_mutex_destroy(&spool->lock);
    free(spool);
}

static struct slot *find(struct ost_spool *spool, const char *id, int64_t user)
{
    for (size_t i = 0; id[0] != '\0' && i < UPLOADS_MOST; i++) {
        if (strcmp(spool->slot[i].id, id) == 0 && spool->slot[i].upload.user == user)
            return &spool->slot[i];
    }
    return NULL;
}

static struct slot *room_for(struct ost_spool *spool, const struct ost_upload *upload,
                             struct ost_err *err)
{
    struct slot *empty = NULL;
    size_t own = 0, own_bytes = 0, shared = 0;
    for (size_t i = 0; i < UPLOADS_MOST; i++) {
        struct slot *slot = &spool->slot[i];
        if (slot->id[0] == '\0') {
            empty = slot;
            continue;
        }
        shared += slot->upload.institution == upload->institution ? slot->upload.bytes : 0;
        if (slot->upload.user == upload->user) {
            own++;
            own_bytes += slot->upload.bytes;
        }
    }
    if (own >= OF_ONE_PERSON || own_bytes + upload->bytes > spool->most / 2) {
        (void)ost_fail(err, OST_LIMIT, "You have %zu uploads in hand; finish or give up one first.",
                       own);
        return NULL;
    }
    if (shared + upload->bytes > spool->of_one) {
        (void)ost_fail(err, OST_LIMIT,
                       "the institution's store is full: %zu bytes of uploads are in hand; finish "
                       "or give up one first",
                       shared);
        return NULL;
    }
    if (empty == NULL || upload->bytes > spool->most - spool->held) {
        (void)ost_fail(err, OST_UNAVAILABLE, "the spool holds %zu bytes", spool->held);
        return NULL;
    }
    return empty;
}

static int memory_file(size_t bytes)
{
    int fd = memfd_create("upload", MFD_CLOEXEC);
    if (fd >= 0 && ftruncate(fd, (off_t)bytes) != 0) {
        (void)close(fd);
        return -1;
    }
    return fd;
}

static bool add(struct ost_spool *spool, const struct ost_upload *upload, const char *id,
                struct ost_err *err)
{
    struct slot *slot = room_for(spool, upload, err);
    if (slot == NULL)
        return false;
    int fd = memory_file(upload->bytes);
    if (fd < 0)
        return ost_fail(err, OST_NOMEM, "an upload of %zu bytes", upload->bytes);
    slot->upload = *upload;
    slot->upload.fd = fd;
    slot->upload.offset = 0;
    slot->seen = now_s();
    memcpy(slot->id, id, OST_SPOOL_ID);
    spool->held += upload->bytes;
    return true;
}

bool ost_spool_add(struct ost_spool *spool, const struct ost_upload *upload, char id[OST_SPOOL_ID],
                   struct ost_err *err)
{
    ost_spool_expire(spool);
    if (!ost_spool_random_id(id, err))
        return false;
    (void)pthread_mutex_lock(&spool->lock);
    bool ok = add(spool, upload, id, err);
    (void)pthread_mutex_unlock(&spool->lock);
    return ok;
}

static bool unknown(struct ost_err *err)
{
    return ost_fail(err, OST_NOT_FOUND, "no such upload");
}

bool ost_spool_look(struct ost_spool *spool, const char *id, int64_t user, struct ost_upload *out,
                    struct ost_err *err)
{
    (void)pthread_mutex_lock(&spool->lock);
    const struct slot *slot = find(spool, id, user);
    if (slot != NULL)
        *out = slot->upload;
    (void)pthread_mutex_unlock(&spool->lock);
    return slot != NULL || unknown(err);
}

static bool append(struct slot *slot, const struct ost_piece *piece, struct ost_err *err)
{
    struct ost_upload *upload = &slot->upload;
    if (piece->offset != upload->offset)
        return ost_fail(err, OST_CONFLICT, "The upload stands at byte %zu.", upload->offset);
    if (piece->len > upload->bytes - upload->offset) {
        return ost_fail(err, OST_INVALID, "The upload was announced with %zu bytes.",
                        upload->bytes);
    }
    const unsigned char *at = piece->ptr;
    for (size_t done = 0; done < piece->len;) {
        ssize_t n =
            pwrite(upload->fd, at + done, piece->len - done, (off_t)(upload->offset + done));
        if (n <= 0)
            return ost_fail(err, OST_NOMEM, "upload: %zu bytes do not fit", piece->len);
        done += (size_t)n;
    }
    upload->offset += piece->len;
    slot->seen = now_s();
    return true;
}

bool ost_spool_put(struct ost_spool *spool, const char *id, int64_t user,
                   const struct ost_piece *piece, size_t *offset, struct ost_err *err)
{
    (void)pthread_mutex_lock(&spool->lock);
    struct slot *slot = find(spool, id, user);
    bool ok = slot != NULL ? append(slot, piece, err) : unknown(err);
    *offset = slot != NULL ? slot->upload.offset : 0;
    (void)pthread_mutex_unlock(&spool->lock);
    return ok;
}

static bool take(struct ost_spool *spool, struct slot *slot, struct ost_upload *out,
                 struct ost_err *err)
{
    *out = slot->upload;
    if (out->offset < out->bytes) {
        return ost_fail(err, OST_CONFLICT, "%zu bytes are still missing.",
                        out->bytes - out->offset);
    }
    slot->upload.fd = -1;
    release(spool, slot);
    return true;
}

bool ost_spool_take(struct ost_spool *spool, const char *id, int64_t user, struct ost_upload *out,
                    struct ost_err *err)
{
    (void)pthread_mutex_lock(&spool->lock);
    struct slot *slot = find(spool, id, user);
    bool ok = slot != NULL ? take(spool, slot, out, err) : unknown(err);
    (void)pthread_mutex_unlock(&spool->lock);
    return ok;
}

void ost_spool_drop(struct ost_spool *spool, const char *id, int64_t user)
{
    (void)pthread_mutex_lock(&spool->lock);
    struct slot *slot = find(spool, id, user);
    if (slot != NULL)
        release(spool, slot);
    (void)pthread_mutex_unlock(&spool->lock);
}

void ost_spool_drop_case(struct ost_spool *spool, int64_t case_id)
{
    (void)pthread_mutex_lock(&spool->lock);
    for (size_t i = 0; i < UPLOADS_MOST; i++) {
        if (spool->slot[i].id[0] != '\0' && spool->slot[i].upload.case_id == case_id)
            release(spool, &spool->slot[i]);
    }
    (void)pthread_mutex_unlock(&spool->lock);
}

void ost_spool_expire(struct ost_spool *spool)
{
    time_t before = now_s() - OST_SPOOL_SILENCE_S;
    (void)pthread_mutex_lock(&spool->lock);
    for (size_t i = 0; i < UPLOADS_MOST; i++) {
        if (spool->slot[i].id[0] != '\0' && spool->slot[i].seen < before)
            release(spool, &spool->slot[i]);
    }
    (void)pthread_mutex_unlock(&spool->lock);
}
