#include "recon/base/sha256.h"
#include "services/db/ask_impl.h"
#include "services/db/audit.h"

#include <stdio.h>
#include <string.h>

enum { OST_AUDIT_BATCH = 500, OST_AUDIT_TEXTS = 10, OST_AUDIT_MEMORY = 4 << 20 };

/* The columns in the order audit_bytes() hashes them, then the hash. */
static const struct ost_statement page = {
    "audit_page", NULL,
    "select institution_id, seq, (extract(epoch from at) * 1000000)::bigint, user_id, "
    "user_institution_id, action, object, object_id, case_id, detail, hash "
    "from audit where institution_id = tenant() and seq > $1 order by seq limit $2"};

static const struct ost_statement head = {
    "audit_head", NULL, "select seq, hash from audit_head where institution_id = tenant()"};

struct chain {
    int64_t seq;
    unsigned char hash[OST_DB_HASH];
};

/* Length, colon, content, comma; a null is "-,": the same as netstring() in 0006. */
static void put_netstring(struct ost_sha256 *sha, const char *text)
{
    char length[24];
    if (text == NULL) {
        ost_sha256_put(sha, "-,", 2);
        return;
    }
    int n = snprintf(length, sizeof length, "%zu:", strlen(text));
    ost_sha256_put(sha, length, (size_t)n);
    ost_sha256_put(sha, text, strlen(text));
    ost_sha256_put(sha, ",", 1);
}

static bool follows(struct ost_row row, struct chain *chain, struct ost_arena *arena, bool *out,
                    struct ost_err *err)
{
    struct ost_row second = row;
    second.column = 1;
    int64_t seq = ost_row_number(&second);
    struct ost_sha256 sha;
    ost_sha256_init(&sha);
    ost_sha256_put(&sha, chain->hash, sizeof chain->hash);
    for (int i = 0; i < OST_AUDIT_TEXTS; i++) {
        const char *text = NULL;
        if (!ost_row_keep(&row, arena, &text, err))
            return false;
        put_netstring(&sha, text);
    }
    unsigned char stored[OST_DB_HASH];
    ost_row_hash(&row, stored, sizeof stored);
    unsigned char computed[OST_DB_HASH];
    ost_sha256_end(&sha, computed);
    *out = seq == chain->seq + 1 && memcmp(stored, computed, sizeof stored) == 0;
    if (*out) {
        chain->seq = seq;
        memcpy(chain->hash, stored, sizeof stored);
    }
    return true;
}

static bool read_page(struct ost_db *db, struct chain *chain, struct ost_db_audit_check *out,
                      bool *more, struct ost_err *err)
{
    OST_AUTO(ost_arena) arena = NULL;
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_arena_create(&arena, OST_AUDIT_MEMORY, err) ||
        !ost_ask(db, &page, OST_PARAMS(OST_NUMBER(chain->seq), OST_NUMBER(OST_AUDIT_BATCH)), &rows,
                 err))
        return false;
    size_t count = ost_rows_count(rows);
    for (size_t i = 0; i < count; i++) {
        bool good = false;
        if (!follows(ost_row_of(rows, i), chain, arena, &good, err))
            return false;
        out->rows++;
        if (!good) {
            out->broken = chain->seq + 1;
            (void)snprintf(out->why, sizeof out->why,
                           "the row was changed, or rows before it were taken out");
            return true;
        }
    }
    *more = count == OST_AUDIT_BATCH;
    return true;
}

/* The head remembers the last row: a chain cut short ends before it. */
static bool check_head(struct ost_db *db, const struct chain *chain, struct ost_db_audit_check *out,
                       struct ost_err *err)
{
    OST_AUTO(ost_rows) rows = NULL;
    if (!ost_ask(db, &head, NULL, 0, &rows, err))
        return false;
    struct chain last = {0};
    if (ost_rows_count(rows) == 1) {
        struct ost_row row = ost_row_of(rows, 0);
        last.seq = ost_row_number(&row);
        ost_row_hash(&row, last.hash, sizeof last.hash);
    }
    if (last.seq != chain->seq || memcmp(last.hash, chain->hash, sizeof last.hash) != 0) {
        out->broken = chain->seq + 1;
        (void)snprintf(out->why, sizeof out->why, "the chain ends at %lld, its head says %lld",
                       (long long)chain->seq, (long long)last.seq);
    }
    return true;
}

bool ost_db_audit_verify(struct ost_db *db, struct ost_db_audit_check *out, struct ost_err *err)
{
    *out = (struct ost_db_audit_check){0};
    struct chain chain = {0};
    for (bool more = true; more && out->broken == 0;) {
        more = false;
        if (!read_page(db, &chain, out, &more, err))
            return false;
    }
    return out->broken != 0 || check_head(db, &chain, out, err);
}
