/*
 * Memory of the library and of what is left behind. It keeps a buffer as long as a read for
 * every WebSocket, of which it uses a hundred bytes for a ping that carries something and
 * else none. On the heap each would hold a page and push the rest apart; here all lie in one
 * reservation whose pages appear only where something is written.
 */
#include "services/http/conn_impl.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE     ((size_t)4096)
#define SLOT     (OST_HTTP_CHUNK + PAGE)
#define RESERVED (SLOT * OST_HTTP_SESSIONS)
#define LOOK_S   1.0
#define QUIET_US 1000000u  /* nobody came or went for this long ... */
#define MOST_US  10000000u /* ... or this long after the last time */

#define HELD_LEAST 64

/* The library's allocator is one for the process and is given nothing: the loop thread's. */
static struct {
    unsigned char *base; /* MAP_FAILED where there is no room: then the heap does */
    size_t free_count, used;
    uint16_t free_slot[OST_HTTP_SESSIONS];
} reserve;

static bool is_reserved(const void *ptr)
{
    return reserve.base != NULL && reserve.base != MAP_FAILED &&
           (const unsigned char *)ptr >= reserve.base &&
           (const unsigned char *)ptr < reserve.base + RESERVED;
}

static void *slot_take(void)
{
    if (reserve.base == NULL) {
        reserve.base = mmap(NULL, RESERVED, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    }
    if (reserve.base == MAP_FAILED)
        return NULL;
    if (reserve.free_count > 0)
        return reserve.base + SLOT * reserve.free_slot[--reserve.free_count];
    return reserve.used < OST_HTTP_SESSIONS ? reserve.base + SLOT * reserve.used++ : NULL;
}

static void slot_give(void *ptr)
{
    size_t at = (size_t)((unsigned char *)ptr - reserve.base) / SLOT;
    (void)madvise(ptr, SLOT, MADV_DONTNEED);
    reserve.free_slot[reserve.free_count++] = (uint16_t)at;
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
        free(held.ptr[--held.count]);
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
    if (is_reserved(ptr)) {
        if (size == 0)
            slot_give(ptr);
        return size == 0 ? NULL : ptr;
    }
    if (size == 0) {
        if (ptr != NULL)
            hold(ptr);
        return NULL;
    }
    bool is_buffer = ptr == NULL && size > PAGE && size <= SLOT && strcmp(reason, "rx_ubuf") == 0;
    void *slot = is_buffer ? slot_take() : NULL;
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
