/*
 * Writes the small corpora that libFuzzer starts from: fuzz_seed DIR, in the source tree
 * `build/bin/fuzz_seed tests/fuzz/corpus`. The same program writes the same bytes.
 */
#include "recon/dicom/clean_impl.h"
#include "recon/image/nifti.h"
#include "recon/image/png.h"
#include "recon/mesh/stl.h"
#include "recon/net/ostm.h"
#include "tests/fuzz/target.h"
#include "tests/recon/dicom/dicom_bytes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <turbojpeg.h>
#include <zlib.h>

static const char *root;
static struct ost_err err;

static void write_seed(const char *target, const char *name, struct ost_buf *bytes)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%s", root, target);
    (void)mkdir(path, 0755);
    (void)snprintf(path, sizeof path, "%s/%s/%s", root, target, name);
    FILE *file = fopen(path, "wb");
    must(file != NULL && !bytes->failed);
    must(fwrite(bytes->ptr, 1, bytes->len, file) == bytes->len && fclose(file) == 0);
    ost_buf_fini(bytes);
}

static struct ost_buf text(const char *content)
{
    struct ost_buf b;
    ost_buf_init(&b, 1 << 20);
    ost_buf_text(&b, content);
    return b;
}

/* ------------------------------------------------ clean records */

static struct ost_buf record(enum ost_clean_kind kind, enum ost_clean_state state)
{
    struct ost_clean_record *r = calloc(1, sizeof *r);
    must(r != NULL);
    r->state = state;
    r->facts = (struct ost_clean_facts){.kind = kind,
                                        .source = OST_CLEAN_FROM_DICOM,
                                        .modality = OST_CLEAN_DX,
                                        .width = 4,
                                        .height = 3,
                                        .bits = 16,
                                        .spacing = {0.15, 0.15},
                                        .spacing_how = OST_CLEAN_HOW_MEASURED,
                                        .window = {10, 20}};
    if (kind == OST_CLEAN_CT) {
        r->facts.modality = OST_CLEAN_X_CT;
        r->facts.along_row[0] = r->facts.along_column[1] = 1;
        r->facts.thickness = 0.6;
    }
    r->suspected_count = 1;
    r->suspected[0] = (struct ost_clean_box){1, 1, 2, 1};
    r->removal_count = 2;
    r->removal[0] = (struct ost_deid_removal){0x00080020, 1, OST_DEID_EMPTIED};
    r->removal[1] = (struct ost_deid_removal){0x00100010, 1, OST_DEID_REPLACED};
    memset(r->uid[0], 3, sizeof r->uid[0]);
    unsigned char pixels[24];
    for (size_t i = 0; i < sizeof pixels; i++)
        pixels[i] = (unsigned char)(i % 2 == 0 ? i : 0);
    struct ost_buf out;
    ost_buf_init(&out, 1 << 16);
    must(ost_clean_record_write(r, pixels, &out, &err));
    free(r);
    return out;
}

static void seed_clean(void)
{
    struct ost_buf b = record(OST_CLEAN_FILM, OST_CLEAN_FRESH);
    write_seed("clean", "film-fresh", &b);
    b = record(OST_CLEAN_FILM, OST_CLEAN_KEYED);
    write_seed("clean", "film-keyed", &b);
    b = record(OST_CLEAN_CT, OST_CLEAN_KEYED);
    write_seed("clean", "ct-keyed", &b);
}

/* ------------------------------------------------ DICOM, PNG, JPEG */

static struct ost_buf nested(void)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 16, DICOM_EXPLICIT, DICOM_DX);
    dicom_identify(&b, DICOM_DX);
    dicom_picture(&b, &dicom_small);
    size_t pixels = 12 + 48;
    struct ost_buf whole;
    ost_buf_init(&whole, 1 << 16);
    ost_buf_put(&whole, b.ptr, b.len - pixels);
    dicom_open(&whole, 0x00540220);
    dicom_item(&whole);
    dicom_text(&whole, 0x00080100, "SH", "R-10214");
    dicom_open(&whole, 0x00540222);
    dicom_item(&whole);
    dicom_text(&whole, 0x00080104, "LO", "oblique");
    dicom_item_end(&whole);
    dicom_close(&whole);
    dicom_item_end(&whole);
    dicom_close(&whole);
    ost_buf_put(&whole, b.ptr + b.len - pixels, pixels);
    ost_buf_fini(&b);
    return whole;
}

static struct ost_buf implicit(void)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 16, DICOM_IMPLICIT, DICOM_CT);
    ost_buf_put(&b, "\x08\0\x16\0\x1a\0\0\0" DICOM_CT, 8 + 26);
    ost_buf_put(&b, "\x54\0\x20\x02\xff\xff\xff\xff\xfe\xff\0\xe0\x08\0\0\0\x08\0\x04\x01\0\0\0\0",
                24);
    ost_buf_put(&b, "\xfe\xff\xdd\xe0\0\0\0\0", 8);
    return b;
}

static struct ost_buf packed(const char *syntax, const unsigned char *fragment, size_t len)
{
    struct ost_buf b;
    dicom_begin(&b, 1 << 16, syntax, DICOM_DX);
    dicom_identify(&b, DICOM_DX);
    dicom_u16(&b, 0x00280002, 1);
    dicom_text(&b, 0x00280004, "CS", "MONOCHROME2");
    dicom_u16(&b, 0x00280010, 8);
    dicom_u16(&b, 0x00280011, 8);
    dicom_u16(&b, 0x00280100, 8);
    dicom_u16(&b, 0x00280101, 8);
    dicom_u16(&b, 0x00280102, 7);
    dicom_u16(&b, 0x00280103, 0);
    dicom_head(&b, 0x7FE00010, "OB", 0xFFFFFFFFu);
    dicom_mark(&b, 0xE000, 0);
    dicom_mark(&b, 0xE000, (uint32_t)(len + (len & 1)));
    ost_buf_put(&b, fragment, len);
    if ((len & 1) != 0)
        ost_buf_put_u8(&b, 0);
    dicom_close(&b);
    return b;
}

/* One segment: the header of 64 bytes, then two runs of 32 equal pixels. */
static struct ost_buf run_lengths(void)
{
    static const unsigned char rle[64 + 4] = {
        1, 0, 0, 0, 64, [64] = 0xe1, [65] = 0x10, [66] = 0xe1, [67] = 0xf0};
    return packed(DICOM_RLE, rle, sizeof rle);
}

static struct ost_buf deflated(void)
{
    struct ost_buf plain, b;
    dicom_whole(&plain, DICOM_DX, &dicom_small);
    dicom_begin(&b, 1 << 16, DICOM_DEFLATED, DICOM_DX);
    size_t data = plain.len;
    while (memcmp(plain.ptr + data, "\x08\0\x16\0UI", 6) != 0)
        data--;
    unsigned char out[4096];
    z_stream z = {.next_in = plain.ptr + data,
                  .avail_in = (unsigned int)(plain.len - data),
                  .next_out = out,
                  .avail_out = sizeof out};
    must(deflateInit2(&z, 9, Z_DEFLATED, -15, 9, Z_DEFAULT_STRATEGY) == Z_OK);
    must(deflate(&z, Z_FINISH) == Z_STREAM_END);
    ost_buf_put(&b, out, z.total_out);
    (void)deflateEnd(&z);
    ost_buf_fini(&plain);
    return b;
}

static void seed_films(const char *target)
{
    struct ost_buf b;
    dicom_whole(&b, DICOM_DX, &dicom_small);
    write_seed(target, "dx", &b);
    struct dicom_film colour = dicom_small;
    colour.samples = 3;
    colour.allocated = colour.stored = 8;
    colour.high = 7;
    colour.photometric = "RGB";
    dicom_whole(&b, DICOM_SC, &colour);
    write_seed(target, "colour", &b);
    b = nested();
    write_seed(target, "nested", &b);
    b = implicit();
    write_seed(target, "implicit", &b);
    b = run_lengths();
    write_seed(target, "rle", &b);
    b = deflated();
    write_seed(target, "deflated", &b);
}

static void seed_pictures(void)
{
    unsigned char grey[64], *jpeg = NULL;
    unsigned long len = 0;
    for (size_t i = 0; i < sizeof grey; i++)
        grey[i] = (unsigned char)(i * 3);
    tjhandle tj = tjInitCompress();
    must(tjCompress2(tj, grey, 8, 8, 8, TJPF_GRAY, &jpeg, &len, TJSAMP_GRAY, 80, 0) == 0);
    (void)tjDestroy(tj);
    struct ost_buf b;
    ost_buf_init(&b, 1 << 16);
    ost_buf_put(&b, jpeg, len);
    write_seed("film", "jpeg", &b);
    b = packed("1.2.840.10008.1.2.4.50", jpeg, len);
    write_seed("film", "dx-jpeg", &b);
    tjFree(jpeg);
    OST_AUTO(ost_image) image = NULL;
    must(ost_image_create(&image, 8, 8, &err));
    for (size_t i = 0; i < 64; i++)
        image->pixel[i] = (float)(i * 900);
    ost_buf_init(&b, 1 << 16);
    must(ost_png_write_grey(image, 16, &b, &err));
    write_seed("film", "png", &b);
}

/* ------------------------------------------------ what other rooms read */

static void seed_camera(void)
{
    struct ost_buf b =
        text("image size\n640,480\n\ncamera matrix\n3000,0,320\n0,3000,240\n0,0,1\n\n"
             "rotation\n1,0,0\n0,1,0\n0,0,1\n\ntranslation\n1.5\n-2\n900\n");
    write_seed("camera", "text", &b);
    b = text(
        "{\"osteon_camera\":1,\"size\":[640,480],\"matrix\":[[3000,0,320],[0,3000,240],[0,0,1]],"
        "\"rotation\":[[1,0,0],[0,1,0],[0,0,1]],\"translation\":[1.5,-2,900]}");
    write_seed("camera", "json", &b);
}

/* The first byte says how the others are cut. */
static void seed_frame(void)
{
    static const char pieces[] = "\x03\x81\x05Hello\x01\x03Hel\x89\x02hi\x80\x02lo\x88\x02\x03\xe9";
    static const char longer[] = "\x07\x82\x7e\x00\x80";
    struct ost_buf b;
    ost_buf_init(&b, 1 << 10);
    ost_buf_put(&b, pieces, sizeof pieces - 1);
    write_seed("frame", "pieces", &b);
    ost_buf_init(&b, 1 << 10);
    ost_buf_put(&b, longer, sizeof longer - 1);
    for (int i = 0; i < 128; i++)
        ost_buf_put_u8(&b, (uint8_t)i);
    write_seed("frame", "longer", &b);
}

/* A message of collab_fuzz.c: whose and what besides, its length, itself. */
static void put_message(struct ost_buf *b, uint8_t control, const char *message, size_t len)
{
    ost_buf_put_u8(b, control);
    ost_buf_put_u8(b, (uint8_t)len);
    ost_buf_put_u8(b, (uint8_t)(len >> 8));
    ost_buf_put(b, message, len);
}

static void seed_collab(void)
{
#define HELLO(digits) "{\"t\":\"hello\",\"client\":\"" digits "\",\"seq\":0,\"sum\":null}"
#define CBOR_HELLO                                                                                 \
    "\xa4\x61t\x65hello\x63seq\x00\x63sum\xf6\x66"                                                 \
    "client\x78\x20"                                                                               \
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define CBOR_KERF                                                                                           \
    "\xa3\x61n\x01\x61t\x62op\x63ops\x81\xa4\x62op\x63set\x65value\xfb\x3f\xf0\x00\x00\x00\x00\x00\x00\x66" \
    "object\x63"                                                                                            \
    "cut\x68property\x67kerf_mm"
    static const struct {
        uint8_t control;
        const char *text;
    } said[] = {
        {0x00, HELLO("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")},
        {0x02, HELLO("cccccccccccccccccccccccccccccccc")},
        {0x13, HELLO("dddddddddddddddddddddddddddddddd")},
        {0x10,
         "{\"t\":\"op\",\"n\":1,\"ops\":[{\"op\":\"create\",\"id\":\"cut\",\"type\":"
         "\"osteotomy\",\"props\":{\"kind\":\"single\",\"point\":[0,0,20],\"normal\":[0,0,-1],"
         "\"kerf_mm\":0.6}}]}"},
        {0x13,
         "[{\"t\":\"op\",\"n\":1,\"ops\":[{\"op\":\"set\",\"object\":\"cut\",\"property\":"
         "\"point\",\"base\":1,\"value\":[0,0,21]}],\"pre\":[{\"object\":\"cut\",\"property\":"
         "\"kerf_mm\",\"rev\":1}]},{\"t\":\"undo\",\"n\":2},{\"t\":\"redo\",\"n\":3}]"},
        {0x52, "{\"t\":\"drag\",\"object\":\"cut\",\"property\":\"kerf_mm\",\"value\":1.5}"},
        {0x10, "{\"t\":\"presence\",\"camera\":[1,2,3.5],\"selection\":\"cut\",\"tool\":\"move\"}"},
        {0xd0, "{\"t\":\"op\",\"n\":2,\"ops\":[{\"op\":\"remove\",\"object\":\"cut\"}]}"},
        {0x12, "{\"t\":\"op\",\"n\":1,\"ops\":[{\"op\":\"create\",\"id\":\"theirs\",\"type\":"
               "\"note\",\"props\":{\"text\":\"x\"}}]}"},
        {0x30, "{\"t\":\"bye\"}"},
    };
    struct ost_buf b;
    ost_buf_init(&b, 1 << 12);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        put_message(&b, said[i].control, said[i].text, strlen(said[i].text));
        if (i == 0)
            put_message(&b, 0x11, CBOR_HELLO, sizeof CBOR_HELLO - 1);
        if (i == 3)
            put_message(&b, 0x11, CBOR_KERF, sizeof CBOR_KERF - 1);
    }
    write_seed("collab", "together", &b);
#undef HELLO
#undef CBOR_HELLO
#undef CBOR_KERF
}

static void seed_stl(void)
{
    struct ost_buf b = text("solid a\nfacet normal 0 0 1\nouter loop\nvertex 0 0 0\nvertex 1 0 0\n"
                            "vertex 0 1 0\nendloop\nendfacet\nendsolid a\n");
    write_seed("stl", "ascii", &b);
    static const float corner[4][3] = {{0, 0, 0}, {1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    static const uint32_t face[4][3] = {{0, 2, 1}, {0, 1, 3}, {0, 3, 2}, {1, 2, 3}};
    OST_AUTO(ost_mesh) mesh = NULL;
    must(ost_mesh_create(&mesh, 4, 4, &err));
    memcpy(mesh->vertex, corner, sizeof corner);
    memcpy(mesh->triangle, face, sizeof face);
    ost_buf_init(&b, 1 << 16);
    must(ost_stl_write(mesh, &b, &err));
    write_seed("stl", "binary", &b);
}

static void seed_nifti(void)
{
    const uint32_t size[3] = {3, 2, 2};
    const double origin[3] = {1, 2, 3}, spacing[3] = {0.5, 0.5, 1};
    OST_AUTO(ost_grid) grid = NULL;
    must(ost_grid_create(&grid, size, origin, spacing, &err));
    for (size_t i = 0; i < 12; i++)
        grid->value[i] = (float)i;
    struct ost_buf packed_bytes, b;
    ost_buf_init(&packed_bytes, 1 << 16);
    must(ost_nifti_write(grid, &packed_bytes, &err));
    unsigned char plain[4096];
    z_stream z = {.next_in = packed_bytes.ptr,
                  .avail_in = (unsigned int)packed_bytes.len,
                  .next_out = plain,
                  .avail_out = sizeof plain};
    must(inflateInit2(&z, 31) == Z_OK && inflate(&z, Z_FINISH) == Z_STREAM_END);
    ost_buf_init(&b, 1 << 16);
    ost_buf_put(&b, plain, z.total_out);
    (void)inflateEnd(&z);
    write_seed("nifti", "plain", &b);
    write_seed("nifti", "gzip", &packed_bytes);
}

static void seed_model(void)
{
    const float numbers[6] = {1, 2, 3, 4, 5, 6};
    const uint32_t indices[3] = {0, 1, 1};
    const struct ost_ostm_text lines[] = {{"name", "seed"}, {"licence", "CC0"}};
    const struct ost_ostm_tensor tensors[] = {
        {.name = "radius.mean", .kind = OST_OSTM_REAL, .rank = 2, .dim = {2, 3}, .real = numbers},
        {.name = "radius.triangle",
         .kind = OST_OSTM_INDEX,
         .rank = 2,
         .dim = {1, 3},
         .index = indices},
        {.name = "radius.modes",
         .kind = OST_OSTM_REAL16,
         .rank = 2,
         .dim = {2, 3},
         .real = numbers}};
    const struct ost_ostm_draft draft = {
        .text = lines, .text_count = 2, .tensor = tensors, .tensor_count = 3};
    struct ost_buf b;
    ost_buf_init(&b, 1 << 16);
    must(ost_ostm_write(&draft, &b, &err));
    write_seed("model", "small", &b);
}

/* Answers as Ceph's object gateway words them, shortened. */
static void seed_s3(void)
{
    static const char head[] = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
    static const char *const body[][2] = {
        {"objects",
         "<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>osteon</Name>"
         "<Prefix></Prefix><MaxKeys>2</MaxKeys><IsTruncated>true</IsTruncated><Contents><Key>a/7/3f/"
         "3f.01</Key><LastModified>2026-12-01T01:11:21.260Z</LastModified><ETag>&quot;d41d8cd98f00&"
         "quot;</ETag><Size>0</Size><StorageClass>STANDARD</StorageClass><Owner><ID>o</ID></Owner>"
         "</Contents><Contents><Key>a&amp;&#x62;</Key><LastModified>2026-12-01T01:11:21Z"
         "</LastModified></Contents><NextContinuationToken>a/7/3f/3f.02</NextContinuationToken>"
         "<KeyCount>2</KeyCount></ListBucketResult>"},
        {"uploads",
         "<ListMultipartUploadsResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Bucket>"
         "osteon</Bucket><NextKeyMarker>a/7/x</NextKeyMarker><NextUploadIdMarker>2~x</"
         "NextUploadIdMarker><MaxUploads>1000</MaxUploads><IsTruncated>true</IsTruncated><Upload>"
         "<Key>a/7/x</Key><UploadId>2~x</UploadId><Initiated>2026-12-01T01:11:21.302Z</Initiated>"
         "</Upload></ListMultipartUploadsResult>"},
        {"refusal", "<Error><Code>NoSuchBucket</Code><RequestId>tx0</RequestId></Error>"}};
    for (size_t i = 0; i < sizeof body / sizeof body[0]; i++) {
        struct ost_buf b = text(head);
        ost_buf_text(&b, body[i][1]);
        write_seed("s3", body[i][0], &b);
    }
}

int main(int argc, char **argv)
{
    if (argc != 2)
        return 2;
    root = argv[1];
    seed_clean();
    seed_films("scan");
    seed_films("film");
    seed_pictures();
    seed_camera();
    seed_frame();
    seed_collab();
    seed_stl();
    seed_nifti();
    seed_model();
    seed_s3();
    return 0;
}
