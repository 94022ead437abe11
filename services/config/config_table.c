#include "recon/base/array.h"
#include "services/config/table_impl.h"

#define TEXT(name, field, fallback, help)                                                          \
    {                                                                                              \
        "OSTEON_" name, OST_CONFIG_TEXT, offsetof(struct ost_config, field), fallback, 0, 0, help  \
    }
#define NUMBER(name, field, fallback, low, high, help)                                             \
    {                                                                                              \
        "OSTEON_" name, OST_CONFIG_NUMBER, offsetof(struct ost_config, field), fallback, low,      \
            high, help                                                                             \
    }

const struct ost_config_row ost_config_table[] = {
    TEXT("DATABASE_URL", db.url, "", "PostgreSQL for api and worker: a role that owns nothing"),
    TEXT("OWNER_DATABASE_URL", db.owner_url, "",
         "the same database as its owner: for migrate, user, audit and rotate only"),
    TEXT("MIGRATIONS", db.migrations, "migrations", "folder of the numbered SQL files"),
    TEXT("APP_PASSWORD_FILE", db.app_password_file, "",
         "password that migrate gives the role osteon_app; empty: none"),
    NUMBER("DATABASE_POOL", db.pool, "6", 1, 64, "database connections of the api"),
    TEXT("LISTEN", http.listen, "127.0.0.1", "address to serve on"),
    NUMBER("PORT", http.port, "8443", 1, 65535, "port to serve on"),
    TEXT("ORIGIN", http.origin, "",
         "https://host:port as browsers see it; empty: from address and port"),
    TEXT("TLS_CERT", http.tls_cert, "var/tls/cert.pem",
         "certificate chain, PEM; none: no TLS, for a proxy on this machine that has it"),
    TEXT("TLS_KEY", http.tls_key, "var/tls/key.pem", "its private key, PEM, mode 0600"),
    TEXT("WEB_ROOT", http.web_root, "build/web", "folder of the page"),
    NUMBER("HTTP_THREADS", http.threads, "8", 1, 64, "requests answered at once"),
    NUMBER("CONNECTIONS", http.connections, "1024", 64, 4096, "connections open at once"),
    NUMBER("SOCKET_SILENT_S", http.socket_silent_s, "40", 2, 600,
           "a WebSocket that gives no sign of life so long is given up; it is asked at half of it"),
    NUMBER("ACCOUNT_PER_S", http.account_per_s, "100", 1, 100000,
           "requests of one account each second in the long run, from wherever it asks"),
    NUMBER("UPLOAD_MB", http.upload_mb, "256", 1, 4096, "largest file taken in"),
    NUMBER("PENDING_MB", http.pending_mb, "1024", 16, 65536,
           "memory for films that wait for their confirmation"),
    TEXT("BLOB_DIR", store.blob_dir, "var/blobs", "folder of the sealed blobs"),
    TEXT("BLOB_S3_URL", store.s3.url, "",
         "https://host[:port]/bucket[/prefix] of an S3 store that takes the blobs instead of the "
         "folder; http:// on the loopback only; osteon blobs check tries it"),
    TEXT("BLOB_S3_REGION", store.s3.region, "us-east-1", "the region requests are signed for"),
    TEXT("BLOB_S3_KEY_ID_FILE", store.s3.key_id_file, "var/s3_key_id",
         "file with the id of the access key, mode 0600"),
    TEXT("BLOB_S3_SECRET_FILE", store.s3.secret_file, "var/s3_secret",
         "file with the secret of the access key, mode 0600"),
    TEXT("BLOB_S3_CA", store.s3.ca, "",
         "certificate authorities the S3 store's certificate may come from, PEM; empty: the "
         "system's"),
    NUMBER("BLOB_S3_STALL_S", store.s3.stall_s, "10", 1, 300,
           "an exchange with the S3 store that stands still so long is given up and tried again"),
    NUMBER("BLOB_S3_SWEEP", store.s3.sweep, "0", 0, 1,
           "1 where no other database has blobs below the prefix: what no row of this one names is "
           "removed after a day"),
    TEXT("SECRET_FILE", store.secret_file, "var/secret",
         "master key: 64 hexadecimal digits, mode 0600; without it no blob can be read"),
    NUMBER("INSTITUTION_CASES", share.cases, "100000", 1, 1000000000,
           "cases one institution may have"),
    NUMBER("INSTITUTION_JOBS", share.jobs, "200", 1, 1000000,
           "jobs of one institution that wait or run"),
    NUMBER("INSTITUTION_STORE_GB", share.store_gb, "500", 1, 1000000,
           "films and results of one institution, as they lie in the blob folder"),
    NUMBER("INSTITUTION_PENDING_PERCENT", share.pending_percent, "75", 10, 100,
           "part of OSTEON_PENDING_MB that one institution may use"),
    NUMBER("SESSION_IDLE_MINUTES", auth.idle_minutes, "60", 1, 1440,
           "a session unused so long has ended"),
    NUMBER("SESSION_HOURS", auth.absolute_hours, "12", 1, 168, "no session lives longer"),
    NUMBER("SESSION_ROTATE_MINUTES", auth.rotate_minutes, "15", 1, 1440,
           "age at which a session's token is replaced"),
    NUMBER("WORKERS", worker.workers, "1", 1, 64, "jobs one worker process does at once"),
    TEXT("WORK_DIR", worker.work_dir, "/tmp", "where jobs get their private folder"),
    TEXT("MODEL", worker.model, "recon/shape/models/forearm.ostm", "the shape prior"),
    TEXT("STUDIES", worker.studies, "fem/study", "folder of the studies a person may ask for"),
    NUMBER("JOB_MEMORY_MB", worker.memory_mb, "4096", 256, 1048576, "memory one job may use"),
    NUMBER("JOB_MINUTES", worker.minutes, "30", 1, 1440, "time one job may take"),
    TEXT("LOG_LEVEL", log_level, "info", "debug, info, warn or error"),
};

const size_t ost_config_rows = OST_COUNT(ost_config_table);
