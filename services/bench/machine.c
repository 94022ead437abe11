#include "services/bench/machine.h"

#include <math.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

double ost_bench_clock(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double ost_bench_cpu(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double ost_bench_children_cpu(void)
{
    struct rusage used;
    (void)getrusage(RUSAGE_CHILDREN, &used);
    return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
           1e-6 * (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec);
}

void ost_bench_peak_reset(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file == NULL)
        return;
    (void)fputs("5\n", file); /* proc(5): the peak of resident memory */
    (void)fclose(file);
}

/* The text after `key` on its line of a file of /proc; false where there is none. */
static bool look_up(const char *path, const char *key, char *out, size_t room)
{
    char line[256];
    bool found = false;
    FILE *file = fopen(path, "r");
    while (file != NULL && !found && fgets(line, sizeof line, file) != NULL) {
        found = strncmp(line, key, strlen(key)) == 0;
        if (found)
            (void)snprintf(out, room, "%s", line + strlen(key));
    }
    if (file != NULL)
        (void)fclose(file);
    return found;
}

double ost_bench_peak_mb(void)
{
    char text[64];
    return look_up("/proc/self/status", "VmHWM:", text, sizeof text) ? strtod(text, NULL) / 1024.0
                                                                     : NAN;
}

double ost_bench_resident_mb(void)
{
    char text[64];
    return look_up("/proc/self/status", "VmRSS:", text, sizeof text) ? strtod(text, NULL) / 1024.0
                                                                     : NAN;
}

uint64_t ost_bench_memory(void)
{
    char text[64];
    bool told = look_up("/proc/meminfo", "MemAvailable:", text, sizeof text);
    return told ? (uint64_t)strtoull(text, NULL, 10) << 10 : UINT64_MAX;
}

double ost_bench_load(void)
{
    char text[64];
    return look_up("/proc/loadavg", "", text, sizeof text) ? strtod(text, NULL) : NAN;
}

void ost_bench_processor(char out[64], int *count)
{
    char text[128] = "";
    *count = omp_get_max_threads();
    (void)snprintf(out, 64, "unknown");
    if (!look_up("/proc/cpuinfo", "model name", text, sizeof text))
        return;
    const char *name = strchr(text, ':');
    text[strcspn(text, "\n")] = '\0';
    if (name != NULL && name[1] != '\0')
        (void)snprintf(out, 64, "%s", name + 2);
}
