/* DICOM pixels through DCMTK's decoders, and JPEG 2000 through ours. */
#include "recon/dicom/codec_impl.h"
#include "recon/dicom/dcmtk_impl.h"
#include "recon/dicom/j2k_impl.h"

#include <cstring>
#include <dcmtk/dcmdata/dccodec.h>
#include <dcmtk/dcmdata/dcpixel.h>
#include <dcmtk/dcmdata/dcpixseq.h>
#include <dcmtk/dcmdata/dcpxitem.h>
#include <dcmtk/dcmdata/dcrledrg.h>
#include <dcmtk/dcmjpeg/djdecode.h>
#include <dcmtk/dcmjpls/djdecode.h>
#include <vector>

namespace
{

DcmPixelData *pixels_of(const struct ost_dataset *dataset)
{
    DcmElement *element = nullptr;
    bool found = dataset->set()->findAndGetElement(DCM_PixelData, element).good();
    return found ? dynamic_cast<DcmPixelData *>(element) : nullptr;
}

uint32_t word(const struct ost_dataset *dataset, const DcmTagKey &key, uint32_t otherwise)
{
    Uint16 v = 0;
    return dataset->set()->findAndGetUint16(key, v).good() ? v : otherwise;
}

/* The fragments of one frame, joined; a frame of several streams is told by SOC marks. */
bool frame_bytes(DcmPixelSequence &sequence, unsigned long frame, unsigned long frames,
                 std::vector<unsigned char> *out)
{
    unsigned long fragments = sequence.card();
    if (fragments < 2 || (frames > 1 && fragments - 1 != frames))
        return false;
    unsigned long first = frames > 1 ? frame + 1 : 1, last = frames > 1 ? frame + 1 : fragments - 1;
    out->clear();
    for (unsigned long i = first; i <= last; i++) {
        DcmPixelItem *item = nullptr;
        Uint8 *bytes = nullptr;
        if (sequence.getItem(item, i).bad() || item->getUint8Array(bytes).bad() || bytes == nullptr)
            return false;
        out->insert(out->end(), bytes, bytes + item->getLength());
    }
    return true;
}

bool unpack_j2k(struct ost_dataset *dataset, DcmPixelData &pixels, struct ost_err *err)
{
    DcmDataset *set = dataset->set();
    struct ost_j2k_frame frame = {word(dataset, DCM_Columns, 0), word(dataset, DCM_Rows, 0),
                                  word(dataset, DCM_SamplesPerPixel, 1),
                                  word(dataset, DCM_BitsAllocated, 0)};
    Sint32 declared = 1;
    unsigned long frames = 1;
    if (set->findAndGetSint32(DCM_NumberOfFrames, declared).good() && declared > 0)
        frames = static_cast<unsigned long>(declared);
    if ((frame.samples != 1 && frame.samples != 3) ||
        (frame.bits_allocated != 8 && frame.bits_allocated != 16))
        return ost_fail(err, OST_UNSUPPORTED, "JPEG 2000 of %u samples of %u bits", frame.samples,
                        frame.bits_allocated);
    DcmPixelSequence *sequence = nullptr;
    if (pixels.getEncapsulatedRepresentation(set->getOriginalXfer(), nullptr, sequence).bad())
        return ost_fail(err, OST_CORRUPT, "JPEG 2000: no fragments");
    size_t size = static_cast<size_t>(frame.width) * frame.height * frame.samples *
                  (frame.bits_allocated / 8);
    if (size > 0 && frames > (SIZE_MAX - 1) / size)
        return ost_fail(err, OST_LIMIT, "JPEG 2000: %lu frames of %zu bytes", frames, size);
    std::vector<unsigned char> native(size * frames + 1), packed;
    for (unsigned long i = 0; i < frames; i++) {
        if (!frame_bytes(*sequence, i, frames, &packed))
            return ost_fail(err, OST_CORRUPT, "JPEG 2000: fragments do not make up the frames");
        if (!ost_j2k_decode(packed.data(), packed.size(), &frame, &native[size * i], err))
            return false;
    }
    OFString photometric;
    (void)set->findAndGetOFString(DCM_PhotometricInterpretation, photometric);
    if (photometric == "YBR_ICT" || photometric == "YBR_RCT")
        (void)set->putAndInsertString(DCM_PhotometricInterpretation, "RGB");
    if (frame.samples == 3)
        (void)set->putAndInsertUint16(DCM_PlanarConfiguration, 0);
    return ost_dataset_put_pixels(dataset, native.data(), size * frames, frame.bits_allocated, err);
}

bool unpack_by_library(struct ost_dataset *dataset, struct ost_err *err)
{
    DcmDataset *set = dataset->set();
    DcmXfer syntax(set->getOriginalXfer());
    bool decodes = DcmCodecList::canChangeCoding(set->getOriginalXfer(), EXS_LittleEndianExplicit);
    if (set->chooseRepresentation(EXS_LittleEndianExplicit, nullptr).bad() ||
        !set->canWriteXfer(EXS_LittleEndianExplicit)) {
        if (!decodes)
            return ost_fail(err, OST_UNSUPPORTED, "no decoder for the transfer syntax %s",
                            syntax.getXferID());
        return ost_fail(err, OST_CORRUPT, "the packed pixels are damaged or cut off");
    }
    (void)set->removeAllButCurrentRepresentations();
    return true;
}

} // namespace

void ost_codec_register(void)
{
    DJDecoderRegistration::registerCodecs();
    DJLSDecoderRegistration::registerCodecs();
    DcmRLEDecoderRegistration::registerCodecs();
}

bool ost_dataset_has_pixels(const struct ost_dataset *dataset)
{
    return ost::guarded(nullptr, [&] { return pixels_of(dataset) != nullptr; });
}

bool ost_dataset_unpack(struct ost_dataset *dataset, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        DcmPixelData *pixels = pixels_of(dataset);
        E_TransferSyntax syntax = dataset->set()->getOriginalXfer();
        if (pixels == nullptr || !DcmXfer(syntax).isEncapsulated())
            return true;
        if (syntax == EXS_JPEG2000 || syntax == EXS_JPEG2000LosslessOnly)
            return unpack_j2k(dataset, *pixels, err);
        return unpack_by_library(dataset, err);
    });
}

unsigned char *ost_dataset_pixels_view(struct ost_dataset *dataset, size_t *len)
{
    unsigned char *found = nullptr;
    (void)ost::guarded(nullptr, [&] {
        DcmPixelData *pixels = pixels_of(dataset);
        if (pixels == nullptr)
            return false;
        Uint8 *bytes = nullptr;
        Uint16 *words = nullptr;
        if (pixels->getUint8Array(bytes).good() && bytes != nullptr)
            found = bytes;
        else if (pixels->getUint16Array(words).good() && words != nullptr)
            found = reinterpret_cast<unsigned char *>(words);
        *len = pixels->getLength(EXS_LittleEndianExplicit);
        return true;
    });
    return found;
}

bool ost_dataset_put_pixels(struct ost_dataset *dataset, const void *pixels, size_t len,
                            uint32_t bits, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        auto *element = new DcmPixelData(DCM_PixelData);
        std::vector<Uint16> words((len + 1) / 2, 0);
        std::memcpy(words.data(), pixels, len);
        element->setVR(bits == 8 ? EVR_OB : EVR_OW);
        auto *bytes = reinterpret_cast<Uint8 *>(words.data());
        bool ok =
            bits == 8
                ? element->putUint8Array(bytes, static_cast<unsigned long>(len)).good()
                : element->putUint16Array(words.data(), static_cast<unsigned long>(words.size()))
                      .good();
        ok = ok && dataset->set()->insert(element, OFTrue).good();
        if (!ok) {
            delete element;
            return ost_fail(err, OST_BUG, "pixels of %zu bytes cannot be put", len);
        }
        return true;
    });
}
