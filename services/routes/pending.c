/* The look before a film is stored: full size, boxes to black out, and one's word. */
#include "services/routes/film_impl.h"
#include "services/routes/picture_impl.h"
#include "services/routes/table_impl.h"

#include <string.h>

static bool lend(struct ost_call *call, struct ost_pending *out, struct ost_err *err)
{
    return ost_waiting_lend(call->app->waiting, ost_http_request_param(call->request, 0),
                            call->session.who.user, out, err);
}

static bool send_picture(struct ost_call *call, struct ost_err *err)
{
    struct ost_pending pending;
    if (!lend(call, &pending, err))
        return false;
    bool ok = ost_picture_send(call, pending.clean, err);
    ost_waiting_return(call->app->waiting, pending.id, false);
    return ok;
}

OST_ROUTE(pending_image)
{
    if (!ost_call_slow(call, OST_SLOW_PICTURE, err))
        return false;
    bool ok = send_picture(call, err);
    ost_call_done(call, OST_SLOW_PICTURE);
    return ok;
}

OST_ROUTE(pending_delete)
{
    if (!ost_call_no_body(call, err) ||
        !ost_waiting_discard(call->app->waiting, ost_http_request_param(call->request, 0),
                             call->session.who.user, err))
        return false;
    return ost_call_answer_empty(call);
}

struct wish {
    struct ost_clean_box box[OST_CLEAN_BOXES];
    size_t box_count;
    enum ost_clean_view view;
    const char *arm;
};

static bool read_boxes(struct ost_call *call, json_t *list, struct wish *out, struct ost_err *err)
{
    size_t i;
    json_t *one;
    if (json_array_size(list) > OST_CLEAN_BOXES) {
        return ost_call_refuse(call, err, OST_LIMIT, "blackout", "At most %d areas can be covered.",
                               OST_CLEAN_BOXES);
    }
    json_array_foreach(list, i, one)
    {
        json_int_t side[4];
        bool ok = json_unpack(one, "{s:I,s:I,s:I,s:I!}", "x", &side[0], "y", &side[1], "w",
                              &side[2], "h", &side[3]) == 0;
        for (int k = 0; ok && k < 4; k++)
            ok = side[k] >= (k < 2 ? 0 : 1) && side[k] <= OST_IMAGE_SIDE_MOST;
        if (!ok) {
            return ost_call_refuse(call, err, OST_INVALID, "blackout",
                                   "An area is x, y, w and h in whole pixels of the picture.");
        }
        out->box[i] = (struct ost_clean_box){.x = (uint32_t)side[0],
                                             .y = (uint32_t)side[1],
                                             .w = (uint32_t)side[2],
                                             .h = (uint32_t)side[3]};
    }
    out->box_count = json_array_size(list);
    return true;
}

static bool read_wish(struct ost_call *call, struct wish *out, struct ost_err *err)
{
    int looked = 0;
    const char *projection;
    json_t *list = NULL;
    out->arm = "affected";
    if (!ost_call_json(call, err, "{s:b,s?o,s:s,s?s!}", "no_name_visible", &looked, "blackout",
                       &list, "projection", &projection, "arm", &out->arm))
        return false;
    if (looked == 0) {
        return ost_call_refuse(call, err, OST_INVALID, "not_confirmed",
                               "Look at the film in full size and confirm that no name is visible; "
                               "without that it is not stored.");
    }
    if (list != NULL && !json_is_array(list))
        return ost_call_refuse(call, err, OST_INVALID, "blackout", "The areas are a list.");
    if (!ost_clean_view_of(projection, &out->view)) {
        return ost_call_refuse(call, err, OST_INVALID, "projection",
                               "The projection is pa, ap, lateral, oblique or unknown.");
    }
    if (strcmp(out->arm, "affected") != 0 && strcmp(out->arm, "other") != 0)
        return ost_call_refuse(call, err, OST_INVALID, "arm", "The arm is affected or other.");
    return read_boxes(call, list, out, err);
}

static bool cover(struct ost_call *call, const struct ost_pending *pending, const struct wish *wish,
                  struct ost_err *err)
{
    if (wish->box_count == 0 ||
        ost_clean_dicom_blackout(pending->clean, wish->box, wish->box_count, err))
        return true;
    call->reason = "blackout";
    return false;
}

static bool store(struct ost_call *call, const struct wish *wish, struct ost_db_film *film,
                  struct ost_err *err)
{
    struct ost_pending pending;
    if (!lend(call, &pending, err))
        return false;
    bool ok = cover(call, &pending, wish, err) &&
              ost_clean_dicom_set_view(pending.clean, wish->view, err) &&
              ost_film_store(call, &pending, wish->arm, film, err);
    ost_waiting_return(call->app->waiting, pending.id, ok);
    return ok;
}

OST_ROUTE(pending_confirm)
{
    struct wish wish;
    struct ost_db_film film;
    if (!read_wish(call, &wish, err) || !ost_call_slow(call, OST_SLOW_PICTURE, err))
        return false;
    bool ok = store(call, &wish, &film, err);
    ost_call_done(call, OST_SLOW_PICTURE);
    return ok && ost_call_answer(call, 201, json_pack("{s:o}", "film", ost_json_film(&film)));
}
