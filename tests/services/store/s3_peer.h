/*
 * The S3 store of s3_peer.mjs, in a folder of its own, from peer_start() until peer_stop().
 * Its objects are files below peer.bucket, so that a test can look at them and change them.
 */
#ifndef OST_TESTS_SERVICES_STORE_S3_PEER_H
#define OST_TESTS_SERVICES_STORE_S3_PEER_H

#include "services/config/config.h"
#include "tests/services/cluster.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

struct s3_peer {
    char folder[64], bucket[96], id[96], secret[96], url[128];
    pid_t pid;
    int stdin_of; /* closed, it ends */
    struct ost_config_s3 config;
};

/* Writes one of the files that tell it how to behave; "" takes it back. */
static inline void peer_told(const struct s3_peer *peer, const char *name, const char *text)
{
    char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", peer->folder, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(chmod(path, 0600), 0);
}

/* Whether all faults asked for have happened. */
static inline bool peer_is_done(const struct s3_peer *peer)
{
    char path[128], line[64] = "";
    (void)snprintf(path, sizeof path, "%s/fault", peer->folder);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    bool done = fgets(line, sizeof line, file) == NULL;
    (void)fclose(file);
    return done;
}

static inline void peer_start(struct s3_peer *peer)
{
    int in[2], out[2];
    char line[16] = "";
    (void)snprintf(peer->folder, sizeof peer->folder, "/tmp/osteon-s3-XXXXXX");
    assert_non_null(mkdtemp(peer->folder));
    (void)snprintf(peer->bucket, sizeof peer->bucket, "%s/data", peer->folder);
    assert_int_equal(mkdir(peer->bucket, 0700), 0);
    (void)snprintf(peer->bucket, sizeof peer->bucket, "%s/data/osteon-test", peer->folder);
    assert_int_equal(mkdir(peer->bucket, 0700), 0);
    assert_int_equal(pipe(in) + pipe(out), 0);
    assert_int_equal(fcntl(in[1], F_SETFD, FD_CLOEXEC) + fcntl(out[0], F_SETFD, FD_CLOEXEC), 0);
    peer->pid = fork();
    assert_true(peer->pid >= 0);
    if (peer->pid == 0) {
        if (dup2(in[0], 0) == 0 && dup2(out[1], 1) == 1)
            (void)execl(variable("NODE"), "node", variable("S3_PEER"), peer->folder, (char *)NULL);
        _exit(127);
    }
    (void)close(in[0]);
    (void)close(out[1]);
    assert_true(read(out[0], line, sizeof line - 1) > 0);
    (void)close(out[0]);
    line[strcspn(line, "\n")] = '\0';
    peer->stdin_of = in[1];
    peer_told(peer, "id", "AKIAIOSFODNN7EXAMPLE\n");
    peer_told(peer, "secret", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n");
    (void)snprintf(peer->id, sizeof peer->id, "%s/id", peer->folder);
    (void)snprintf(peer->secret, sizeof peer->secret, "%s/secret", peer->folder);
    (void)snprintf(peer->url, sizeof peer->url, "http://127.0.0.1:%s/osteon-test/pre/fix", line);
    peer->config = (struct ost_config_s3){.url = peer->url,
                                          .region = "us-east-1",
                                          .key_id_file = peer->id,
                                          .secret_file = peer->secret,
                                          .ca = "",
                                          .stall_s = 10};
}

static inline void peer_stop(struct s3_peer *peer)
{
    char command[128];
    int status = 0;
    (void)close(peer->stdin_of);
    assert_int_equal(waitpid(peer->pid, &status, 0), peer->pid);
    (void)snprintf(command, sizeof command, "rm -r %s", peer->folder);
    assert_int_equal(system(command), 0);
}

#endif
