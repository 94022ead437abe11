#include "services/load/report.h"

#include <inttypes.h>
#include <stdio.h>

static double per_op_ms(double cpu_s, size_t ops)
{
    return ops == 0 ? 0.0 : 1e3 * cpu_s / (double)ops;
}

static void put_rate(struct ost_buf *out, const struct ost_load_rate *rate)
{
    const struct ost_load_result *r = &rate->result;
    ost_buf_print(out,
                  "{\"ops_per_s\":%.0f,\"clients\":%zu,\"p50_ms\":%.3f,\"p99_ms\":%.3f,"
                  "\"cpu_ms_per_op\":%.4f,",
                  rate->ops_per_s, rate->clients, r->p50_ms, r->p99_ms,
                  per_op_ms(r->api_cpu_s, r->ops));
    ost_buf_print(out,
                  "\"postgresql_cpu_ms_per_op\":%.4f,\"most_ms\":%.3f,\"tls\":%s,\"ops\":%zu,"
                  "\"in_log\":%" PRId64 ",\"deliveries\":%zu,\"deliveries_per_s\":%.0f,"
                  "\"complete\":%s,\"refused\":%zu,\"resyncs\":%zu,\"closed\":%zu}",
                  per_op_ms(r->db_cpu_s, r->ops), r->most_ms, rate->tls ? "true" : "false", r->ops,
                  rate->in_log, r->deliveries,
                  r->elapsed_s > 0.0 ? (double)r->deliveries / r->elapsed_s : 0.0,
                  r->complete ? "true" : "false", r->refused, r->resyncs, r->closed);
}

static void put_rates(struct ost_buf *out, const char *name, const struct ost_load_rate *rate,
                      size_t count)
{
    ost_buf_print(out, "\"%s\":[", name);
    for (size_t i = 0; i < count; i++) {
        ost_buf_text(out, i == 0 ? "" : ",");
        put_rate(out, &rate[i]);
    }
    ost_buf_text(out, "],");
}

/* null where it was not measured */
static void put_number(struct ost_buf *out, const char *name, bool known, double value)
{
    if (known) {
        ost_buf_print(out, "\"%s\":%.3f,", name, value);
    } else {
        ost_buf_print(out, "\"%s\":null,", name);
    }
}

static void put_counts(struct ost_buf *out, const char *run, const char *bad,
                       const struct ost_load_counts *counts)
{
    if (counts->known) {
        ost_buf_print(out, "{\"%s\":%" PRId64 ",\"%s\":%" PRId64 "}", run, counts->run, bad,
                      counts->bad);
    } else {
        ost_buf_print(out, "{\"%s\":null,\"%s\":null}", run, bad);
    }
}

bool ost_load_print_json(const struct ost_load_report *report, struct ost_err *err)
{
    struct ost_buf out;
    ost_buf_init(&out, (size_t)64 * 1024);
    ost_buf_print(&out, "{\"quick\":%s,\"durable\":true,\"cores\":[%d,%d],",
                  report->quick ? "true" : "false", report->core[0], report->core[1]);
    put_rates(&out, "rate", report->rate, report->rate_count);
    put_rates(&out, "steps", report->step, report->step_count);
    put_number(&out, "deliveries_per_s_core", report->step_count > 0, report->deliveries_per_s);
    put_number(&out, "deliveries_per_cpu_s", report->step_count > 0, report->deliveries_per_cpu_s);
    put_number(&out, "idle_bytes_per_connection", report->idle_count > 0, report->idle_bytes);
    put_number(&out, "reconnect_storm_s", report->storm_count > 0, report->storm_s);
    ost_buf_print(&out, "\"idle_connections\":%zu,\"many_plans\":", report->idle_count);
    if (report->many_plans > 0) {
        put_rate(&out, &report->many);
        out.len--; /* one member more */
        ost_buf_print(&out, ",\"plans\":%zu},\"kills\":", report->many_plans);
    } else {
        ost_buf_text(&out, "{\"p99_ms\":null},\"kills\":");
    }
    put_counts(&out, "count", "lost", &report->kills);
    ost_buf_print(&out,
                  ",\"map_write\":{\"writes\":%zu,\"apply_ms\":%.3f,\"bytes\":%zu,"
                  "\"log_bytes\":%zu},\"reconnect_sockets\":%zu,"
                  "\"sim\":",
                  report->map.writes, report->map.apply_ms, report->map.bytes,
                  report->map.log_bytes, report->storm_count);
    put_counts(&out, "seeds", "failures", &report->sim);
    ost_buf_text(&out, ",\"notes\":[\"null: not run; kills and sim come from --kills and --sim\","
                       "\"tickets of the storm are made before its clock starts\"]}\n");
    bool ok = ost_buf_done(&out, err) && fwrite(out.ptr, 1, out.len, stdout) == out.len;
    ost_buf_fini(&out);
    return ok;
}

static void print_rate(const struct ost_load_rate *rate)
{
    const struct ost_load_result *r = &rate->result;
    (void)printf("%7.0f %7zu %4s %9.2f %9.2f %10.4f %12.4f %12.0f  %s\n", rate->ops_per_s,
                 rate->clients, rate->tls ? "yes" : "no", r->p50_ms, r->p99_ms,
                 per_op_ms(r->api_cpu_s, r->ops), per_op_ms(r->db_cpu_s, r->ops),
                 r->elapsed_s > 0.0 ? (double)r->deliveries / r->elapsed_s : 0.0,
                 r->complete ? "all delivered, all in the log" : "NOT CARRIED");
}

static void print_counts(const char *what, const struct ost_load_counts *counts)
{
    if (counts->known) {
        (void)printf("%s: %" PRId64 ", %" PRId64 "\n", what, counts->run, counts->bad);
    } else {
        (void)printf("%s: not given\n", what);
    }
}

void ost_load_print_table(const struct ost_load_report *report)
{
    (void)printf("api on core %d; this driver and PostgreSQL (durable) on core %d\n",
                 report->core[0], report->core[1]);
    (void)printf("%7s %7s %4s %9s %9s %10s %12s %12s\n", "ops/s", "clients", "TLS", "p50 ms",
                 "p99 ms", "api ms/op", "PostgreSQL", "deliveries/s");
    for (size_t i = 0; i < report->rate_count; i++)
        print_rate(&report->rate[i]);
    if (report->step_count > 0)
        (void)printf("upwards until a rate is not carried:\n");
    for (size_t i = 0; i < report->step_count; i++)
        print_rate(&report->step[i]);
    if (report->step_count > 0)
        (void)printf("most deliveries: %.0f /s of the clock, %.0f /s of the api's CPU\n",
                     report->deliveries_per_s, report->deliveries_per_cpu_s);
    if (report->many_plans > 0) {
        (void)printf("%zu plans:\n", report->many_plans);
        print_rate(&report->many);
    }
    if (report->idle_count > 0)
        (void)printf("idle connection (%zu open): %.0f bytes of the api\n", report->idle_count,
                     report->idle_bytes);
    if (report->storm_count > 0)
        (void)printf("%zu sockets drop and return: all in state after %.2f s\n",
                     report->storm_count, report->storm_s);
    (void)printf("%zu writes of one property: applied in %.2f ms, state %zu bytes, log %zu bytes\n",
                 report->map.writes, report->map.apply_ms, report->map.bytes,
                 report->map.log_bytes);
    print_counts("kills, and operations lost in them", &report->kills);
    print_counts("simulated seeds, and failures among them", &report->sim);
}
