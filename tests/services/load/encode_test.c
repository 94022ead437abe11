/* What is encoded for a load driver is what a room takes. */
#include "services/load/encode.h"
#include "services/load/frame.h"
#include "tests/check.h"
#include "tests/services/collab/world.h"

#include <inttypes.h>

enum { CLIENTS = 3, OPS = 20 };

static void say(struct world *w, uint64_t socket, const struct ost_buf *text)
{
    assert_false(text->failed);
    ost_collab_message(w->hub, socket, (const char *)text->ptr, text->len);
}

static void join(struct world *w, size_t index)
{
    char user[24], client[OST_LOAD_CLIENT];
    struct ost_buf text;
    struct ost_err err;
    (void)snprintf(user, sizeof user, "%zu", index + 1);
    const struct ost_collab_join join = {.socket = index + 1,
                                         .at = {.institution = 1, .case_id = 7},
                                         .user_id = user,
                                         .name = "Load",
                                         .role = OST_ROLE_SURGEON,
                                         .may_edit = true};
    assert_true(ost_collab_join(w->hub, &join, &err));
    ost_load_client_id(index, 5, client);
    assert_int_equal(strlen(client), 32);
    ost_buf_init(&text, 512);
    ost_load_hello(&text, client, 0, NULL);
    say(w, index + 1, &text);
    ost_buf_fini(&text);
}

static void a_room_takes_every_operation(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    struct ost_err err;
    (void)state;
    assert_non_null(w);
    w->plan = 42;
    w->epoch = 1;
    w->now = 1700000000000;
    assert_true(world_start(w, &err));
    for (size_t i = 0; i < CLIENTS; i++)
        join(w, i);
    for (int64_t n = 1; n <= OPS; n++) {
        for (size_t i = 0; i < CLIENTS; i++) {
            struct ost_buf text;
            ost_buf_init(&text, 1024);
            ost_load_op(&text, i, 5, n);
            say(w, i + 1, &text);
            ost_buf_fini(&text);
        }
        (void)ost_collab_turn(w->hub);
    }
    assert_int_equal(w->count, CLIENTS * OPS);
    for (size_t i = 1; i <= CLIENTS; i++)
        assert_null(strstr(w->heard[i], "\"refused\""));
    world_end(w);
}

/* Unmasked by the rule of RFC 6455 section 5.3, it is the JSON. */
static void a_frame_holds_the_same_operation(void **state)
{
    struct ost_buf json, frame;
    (void)state;
    ost_buf_init(&json, 1024);
    ost_buf_init(&frame, 1024);
    ost_load_op(&json, 7, 5, 12);
    ost_load_op_frame(&frame, 7, 5, 12);
    assert_in_range(json.len, 1, 125);
    assert_int_equal(frame.len, 6 + json.len);
    assert_int_equal(frame.ptr[0], 0x81);
    assert_int_equal(frame.ptr[1], 0x80 | json.len);
    for (size_t i = 0; i < json.len; i++)
        assert_int_equal(frame.ptr[6 + i] ^ frame.ptr[2 + i % 4], json.ptr[i]);
    ost_buf_fini(&json);
    ost_buf_fini(&frame);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_room_takes_every_operation),
        cmocka_unit_test(a_frame_holds_the_same_operation),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
