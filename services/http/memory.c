/*
 * Memory of the library and of what is left behind. It keeps a buffer as long as a read for
 * every WebSocket, of which it uses a hundred bytes for a ping that carries something and
 * else none; and room for the longest headers while a head comes in, of which most use one
 * page. On the heap each would push what stays apart by as much, the more the more come in at
 * once; here each kind lies in a reservation whose pages appear only where something is written.
 */
#include "recon/base/array.h"
#include "services/http/conn_impl.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE     ((size_t)4096)
#define SLOTS    OST_HTTP_SESSIONS
#define LOOK_S   1.0
#define QUIET_US 1000000u  /* nobody came or went for this long ... */
#define MOST_US  10000000u /* ... or this long after the last time */

#define HELD_LEAST 64

/* The library's allocator is one for the process and is given nothing: the loop thread's. */
static struct reserve {
    const char *reason;  /* the library's word for what it asks for */
    size_t slot;         /* bytes; a little less is asked for */
    unsigned char *base; /* MAP_FAILED where there is no room: then the heap does */
    size_t free_count, used;
    uint16_t free_slot[SLOTS];
} reserve[] = {
    {.reason = "rx_ubuf", .slot = OST_HTTP_CHUNK + PAGE},
    {.reason = "ah data", .slot = OST_HTTP_HEADERS_HARD + PAGE},
};

static struct reserve *reserve_of(const void *ptr)
{
    for (size_t i = 0; i < OST_COUNT(reserve); i++) {
        const unsigned char *at = ptr, *base = reserve[i].base;
        if (base != NULL && base != MAP_FAILED && at >= base && at < base + SLOTS * reserve[i].slot)
            return &reserve[i];
    }
    return NULL;
}

static struct reserve *reserve_for(size_t size, const char *reason)
{
    for (size_t i = 0; i < OST_COUNT(reserve); i++) {
        if (size <= reserve[i].slot && size > reserve[i].slot - 2 * PAGE &&
            strcmp(reason, reserve[i].reason) == 0)
            return &reserve[i];
    }
    return NULL;
}

static void *slot_take(struct reserve *from)
{
    if (from->base == NULL) {
        from->base = mmap(NULL, SLOTS * from->slot, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    if (from->base == MAP_FAILED)
        return NULL;
    if (from->free_count > 0)
        return from->base + from->slot * from->free_slot[--from->free_count];
    return from->used < SLOTS ? from->base + from->slot * from->used++ : NULL;
}

static void slot_give(struct reserve *to, void *ptr)
{
    size_t at = (size_t)((unsigned char *)ptr - to->base) / to->slot;
    (void)madvise(ptr, to->slot, MADV_DONTNEED);
    to->free_slot[to->free_count++] = (uint16_t)at;
}

static void release(void *ptr)
{
    struct reserve *from = reserve_of(ptr);
    if (from != NULL) {
        slot_give(from, ptr);
    } else {
        free(ptr);
    }
}

/*
 * The library closes a connection inside a call that then looks at it once more, and asks
 * about headers it has let go. What it frees is held until that call is over, as it was left:
 * no other allocation lies where it still reads and writes.
 */
static struct {
    void **ptr;
    size_t count, room;
} held;

static void hold(void *ptr)
{
    if (held.count == held.room) {
        size_t room = held.room == 0 ? HELD_LEAST : 2 * held.room;
        void **more = realloc((void *)held.ptr, room * sizeof *more);
        if (more == NULL)
            return; /* lost rather than given to somebody else too early */
        held.ptr = more;
        held.room = room;
    }
    held.ptr[held.count++] = ptr;
}

void ost_http_memory_settle(void)
{
    while (held.count > 0)
        release(held.ptr[--held.count]);
}

void ost_http_memory_end(void)
{
    ost_http_memory_settle();
    free((void *)held.ptr);
    held.ptr = NULL;
    held.room = 0;
}

bool ost_http_memory_is_read(struct lws *wsi, const void *ptr)
{
    /* One allocation is the library's context and, behind it, the buffer of its only thread. */
    unsigned char *context = (unsigned char *)lws_get_context(wsi);
    const unsigned char *at = ptr;
    return at >= context && at < context + malloc_usable_size(context);
}

/* As realloc(), where 0 bytes free; the library changes no buffer's size. */
static void *allocate(void *ptr, size_t size, const char *reason)
{
    if (size == 0) {
        if (ptr != NULL)
            hold(ptr);
        return NULL;
    }
    const struct reserve *kept = reserve_of(ptr);
    if (kept != NULL)
        return size <= kept->slot ? ptr : NULL;
    struct reserve *from = ptr == NULL ? reserve_for(size, reason) : NULL;
    void *slot = from == NULL ? NULL : slot_take(from);
    return slot != NULL ? slot : realloc(ptr, size);
}

static void tidy(struct ev_loop *loop, ev_timer *timer, int events)
{
    struct ost_http *http = timer->data;
    uint64_t now = ost_http_now_us();
    (void)loop;
    (void)events;
    if (http->moved_us <= http->tidied_us ||
        (now - http->moved_us < QUIET_US && now - http->tidied_us < MOST_US))
        return;
    http->tidied_us = now;
    (void)malloc_trim(0);
}

void ost_http_memory_begin(struct ost_http *http)
{
    lws_set_allocator(allocate);
    ev_init(&http->tidy, tidy);
    ev_timer_set(&http->tidy, LOOK_S, LOOK_S);
    http->tidy.data = http;
    ev_timer_start(http->loop, &http->tidy);
}

void ost_http_memory_moved(struct ost_http *http)
{
    http->moved_us = ost_http_now_us();
}
