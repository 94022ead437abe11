/* DICOM attributes through DCMTK: read, edit, look up, write. */
#include "recon/dicom/codec_impl.h"
#include "recon/dicom/dcmtk_impl.h"
#include "recon/dicom/japanese_impl.h"
#include "recon/dicom/prepare.h"

#include <cmath>
#include <cstring>
#include <dcmtk/dcmdata/dcdict.h>
#include <dcmtk/dcmdata/dcistrmb.h>
#include <dcmtk/dcmdata/dcostrmb.h>
#include <dcmtk/dcmdata/dcsequen.h>
#include <dcmtk/dcmdata/dcspchrs.h>
#include <dcmtk/dcmdata/dcuid.h>
#include <dcmtk/oflog/oflog.h>
#include <vector>

namespace
{

/* The names PS3.3 C.12.1.1.2 defines; each is opened once, so that the converters are in
 * memory before the process gives up opening files. */
const char *const charset[] = {"",
                               "ISO_IR 100",
                               "ISO_IR 101",
                               "ISO_IR 109",
                               "ISO_IR 110",
                               "ISO_IR 144",
                               "ISO_IR 127",
                               "ISO_IR 126",
                               "ISO_IR 138",
                               "ISO_IR 148",
                               "ISO_IR 13",
                               "ISO_IR 166",
                               "ISO_IR 192",
                               "GB18030",
                               "GBK",
                               "\\ISO 2022 IR 87",
                               "\\ISO 2022 IR 159",
                               "\\ISO 2022 IR 149",
                               "\\ISO 2022 IR 58",
                               "ISO 2022 IR 13\\ISO 2022 IR 87"};
const size_t charset_count = sizeof charset / sizeof charset[0];

bool is_text(DcmEVR vr)
{
    switch (vr) {
    case EVR_AE:
    case EVR_AS:
    case EVR_CS:
    case EVR_DA:
    case EVR_DS:
    case EVR_DT:
    case EVR_IS:
    case EVR_LO:
    case EVR_LT:
    case EVR_PN:
    case EVR_SH:
    case EVR_ST:
    case EVR_TM:
    case EVR_UC:
    case EVR_UI:
    case EVR_UR:
    case EVR_UT:
        return true;
    default:
        return false;
    }
}

/* Only these follow the character set (PS3.5 6.1.2.3). */
bool follows_charset(DcmEVR vr)
{
    return vr == EVR_PN || vr == EVR_LO || vr == EVR_SH || vr == EVR_LT || vr == EVR_ST ||
           vr == EVR_UC || vr == EVR_UT;
}

bool has_high_bytes(const char *value, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((value[i] & 0x80) != 0 || value[i] == 0x1b)
            return true;
    return false;
}

class Editing
{
  public:
    explicit Editing(struct ost_editor *editor) : editor_(editor)
    {
    }

    bool item(DcmItem &item, uint32_t depth, OFString name)
    {
        OFString own;
        if (item.findAndGetOFStringArray(DCM_SpecificCharacterSet, own).good())
            name = own;
        std::vector<DcmElement *> elements;
        for (DcmObject *o = item.nextInContainer(nullptr); o != nullptr;
             o = item.nextInContainer(o))
            elements.push_back(dynamic_cast<DcmElement *>(o));
        for (DcmElement *element : elements)
            if (element != nullptr && !one(item, *element, depth, name))
                return false;
        return true;
    }

  private:
    struct ost_editor *editor_;

    /* Text, or the bytes of what the file says is of no kind: it may be text all the same. */
    static void fill_value(DcmElement &element, struct ost_element *e)
    {
        char *text = nullptr;
        Uint32 len = 0;
        Uint8 *bytes = nullptr;
        DcmEVR vr = element.getVR();
        if (is_text(vr) && element.getString(text, len).good() && text != nullptr) {
            e->value = text;
            e->len = len;
        } else if ((vr == EVR_UN || vr == EVR_OB) && !e->sequence &&
                   element.getUint8Array(bytes).good()) {
            e->held = reinterpret_cast<char *>(bytes);
        }
    }

    static void utf8_of(const char *text, size_t len, const OFString &name, OFString *out)
    {
        DcmSpecificCharacterSet set;
        OFString converted;
        if (set.selectCharacterSet(name).good() &&
            set.convertString(text, len, converted, "\\^=").good())
            *out = converted;
    }

    bool one(DcmItem &item, DcmElement &element, uint32_t depth, const OFString &charset_name)
    {
        DcmTag tag = element.getTag();
        struct ost_element e = {};
        e.tag = static_cast<uint32_t>(tag.getGroup()) << 16 | tag.getElement();
        DcmVR vr = element.getVR();
        std::memcpy(e.vr, vr.getValidVRName(), 2);
        std::memcpy(e.usual, DcmTag(tag.getXTag()).getVR().getValidVRName(), 2);
        e.known = std::strcmp(tag.getTagName(), DcmTag_ERROR_TagName) != 0;
        e.creator = tag.getPrivateCreator() == nullptr ? "" : tag.getPrivateCreator();
        e.depth = depth;
        auto *sequence = dynamic_cast<DcmSequenceOfItems *>(&element);
        bool packed = element.ident() == EVR_PixelData || element.ident() == EVR_pixelSQ;
        e.sequence = sequence != nullptr && !packed;
        e.items = e.sequence ? static_cast<uint32_t>(sequence->card()) : 0;
        OFString converted;
        e.len = e.sequence ? 0 : element.getLength();
        fill_value(element, &e);
        const char *text = e.value != nullptr ? e.value : e.held;
        if (text != nullptr &&
            (follows_charset(vr.getEVR()) || follows_charset(DcmVR(e.usual).getEVR())) &&
            has_high_bytes(text, e.len)) {
            utf8_of(text, e.len, charset_name, &converted);
            e.utf8 = converted.empty() ? nullptr : converted.c_str();
            e.utf8_len = converted.length();
        }
        enum ost_edit edit = editor_->edit(editor_->user, &e);
        if (edit == OST_EDIT_KEEP && e.sequence)
            return items(*sequence, depth + 1, charset_name);
        return apply(item, element, edit);
    }

    bool items(DcmSequenceOfItems &sequence, uint32_t depth, const OFString &charset_name)
    {
        for (unsigned long i = 0; i < sequence.card(); i++)
            if (!item(*sequence.getItem(i), depth, charset_name))
                return false;
        return true;
    }

    bool apply(DcmItem &item, DcmElement &element, enum ost_edit edit)
    {
        switch (edit) {
        case OST_EDIT_KEEP:
            return true;
        case OST_EDIT_DROP:
            delete item.remove(&element);
            return true;
        case OST_EDIT_EMPTY:
            return element.clear().good();
        case OST_EDIT_SHELL:
            return shell(element);
        case OST_EDIT_SET:
            return set(element);
        }
        return false;
    }

    static bool shell(DcmElement &element)
    {
        auto *sequence = dynamic_cast<DcmSequenceOfItems *>(&element);
        return sequence != nullptr && sequence->clear().good() &&
               sequence->append(new DcmItem()).good();
    }

    bool set(DcmElement &element)
    {
        static const Uint8 zeros[2] = {0, 0};
        switch (element.getVR()) {
        case EVR_OB:
        case EVR_UN:
            return element.putUint8Array(zeros, 2).good();
        case EVR_OW:
        case EVR_ox: {
            const Uint16 zero = 0;
            return element.putUint16Array(&zero, 1).good();
        }
        case EVR_OF:
        case EVR_OD:
        case EVR_OL:
        case EVR_OV:
        case EVR_AT:
            return element.clear().good();
        default:
            break;
        }
        return element.putString(is_text(element.getVR()) ? editor_->text : "0").good();
    }
};

/* Text as stored; what has no known representation is taken as it lies. */
bool text_of(DcmItem &item, uint32_t tag, OFString *value)
{
    DcmElement *element = nullptr;
    if (item.findAndGetElement(ost::key(tag), element).bad() || element == nullptr)
        return false;
    Uint8 *bytes = nullptr;
    if (element->getVR() == EVR_UN && element->getUint8Array(bytes).good() && bytes != nullptr) {
        value->assign(reinterpret_cast<char *>(bytes), element->getLength());
        while (!value->empty() &&
               ((*value)[value->length() - 1] == ' ' || (*value)[value->length() - 1] == '\0'))
            value->erase(value->length() - 1);
        return true;
    }
    return element->getOFStringArray(*value).good();
}

bool copy_out(const OFString &value, char *text, size_t size)
{
    size_t len = value.length() < size - 1 ? value.length() : size - 1;
    std::memcpy(text, value.c_str(), len);
    text[len] = '\0';
    return len > 0;
}

bool number_of(DcmItem &item, uint32_t tag, size_t index, double *out)
{
    Float64 v = 0;
    Sint32 whole = 0;
    Uint16 word = 0;
    OFString text;
    auto at = static_cast<unsigned long>(index);
    if (item.findAndGetFloat64(ost::key(tag), v, at).good())
        *out = v;
    else if (item.findAndGetSint32(ost::key(tag), whole, at).good())
        *out = whole;
    else if (item.findAndGetUint16(ost::key(tag), word, at).good())
        *out = word;
    else
        return false;
    return std::isfinite(*out);
}

DcmItem *first_item(const struct ost_dataset *dataset, uint32_t sequence)
{
    DcmItem *item = nullptr;
    bool found = dataset->set()->findAndGetSequenceItem(ost::key(sequence), item, 0).good();
    return found ? item : nullptr;
}

} // namespace

bool ost_dicom_prepare(struct ost_err *err)
{
    return ost::guarded(err, [&] {
        static DcmSpecificCharacterSet held[charset_count];
        static bool registered = false;
        OFLog::configure(OFLogger::OFF_LOG_LEVEL);
        if (!registered)
            ost_codec_register();
        registered = true;
        if (!dcmDataDict.isDictionaryLoaded())
            return ost_fail(err, OST_UNAVAILABLE, "the DICOM dictionary is not installed");
        for (size_t i = 0; i < charset_count; i++) {
            OFString converted;
            if (held[i].selectCharacterSet(charset[i]).good())
                (void)held[i].convertString("A", converted);
        }
        ost_japanese_prepare();
        return true;
    });
}

void ost_dataset_destroy(struct ost_dataset *dataset)
{
    delete dataset;
}

bool ost_dataset_create(struct ost_dataset **out, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        *out = new ost_dataset;
        return true;
    });
}

bool ost_dataset_read(const void *bytes, size_t len, struct ost_dataset **out, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        OST_AUTO(ost_dataset) dataset = new ost_dataset;
        DcmInputBufferStream in;
        in.setBuffer(bytes, static_cast<offile_off_t>(len));
        in.setEos();
        dataset->file.transferInit();
        OFCondition status = dataset->file.read(in);
        dataset->file.transferEnd();
        if (status.bad())
            return ost_fail(err, OST_CORRUPT, "the DICOM attributes are damaged");
        OFString syntax;
        (void)dataset->file.getMetaInfo()->findAndGetOFString(DCM_TransferSyntaxUID, syntax);
        if (DcmXfer(syntax.c_str()).getXfer() == EXS_Unknown)
            return ost_fail(err, OST_UNSUPPORTED, "a transfer syntax that is not read here");
        *out = ost_steal(&dataset);
        return true;
    });
}

bool ost_dataset_write(struct ost_dataset *dataset, struct ost_buf *out, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        DcmFileFormat &file = dataset->file;
        /* The library would make up a UID, of the host and the time. */
        if (!dataset->set()->tagExistsWithValue(DCM_SOPClassUID) ||
            !dataset->set()->tagExistsWithValue(DCM_SOPInstanceUID))
            return ost_fail(err, OST_UNSUPPORTED,
                            "the data set does not say of what class or which instance it is");
        (void)file.getMetaInfo()->clear();
        if (file.validateMetaInfo(EXS_LittleEndianExplicit, EWM_createNewMeta).bad())
            return ost_fail(err, OST_CORRUPT, "the data set has no SOP class or instance");
        size_t start = out->len;
        std::vector<char> chunk(1 << 16);
        DcmOutputBufferStream stream(chunk.data(), static_cast<offile_off_t>(chunk.size()));
        file.transferInit();
        OFCondition status = EC_StreamNotifyClient;
        while (status == EC_StreamNotifyClient && !out->failed) {
            status = file.write(stream, EXS_LittleEndianExplicit, EET_ExplicitLength, nullptr,
                                EGL_withoutGL);
            void *bytes = nullptr;
            offile_off_t count = 0;
            stream.flushBuffer(bytes, count);
            ost_buf_put(out, bytes, static_cast<size_t>(count));
        }
        file.transferEnd();
        if (!ost_buf_done(out, err))
            return false;
        if (status.bad() || out->len - start < 132)
            return ost_fail(err, OST_UNSUPPORTED, "the data set cannot be written");
        std::memset(out->ptr + start, 0, 128);
        return true;
    });
}

bool ost_dataset_edit(struct ost_dataset *dataset, struct ost_editor *editor, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        Editing editing(editor);
        if (!editing.item(*dataset->set(), 0, ""))
            return ost_fail(err, OST_CORRUPT, "an attribute cannot be replaced");
        return true;
    });
}

bool ost_dataset_text(const struct ost_dataset *dataset, uint32_t tag, char *text, size_t size)
{
    text[0] = '\0';
    return ost::guarded(nullptr, [&] {
        OFString value;
        return text_of(*dataset->set(), tag, &value) && copy_out(value, text, size);
    });
}

bool ost_dataset_number(const struct ost_dataset *dataset, uint32_t tag, size_t index, double *out)
{
    return ost::guarded(nullptr, [&] { return number_of(*dataset->set(), tag, index, out); });
}

bool ost_dataset_item_text(const struct ost_dataset *dataset, uint32_t sequence, uint32_t tag,
                           char *text, size_t size)
{
    text[0] = '\0';
    return ost::guarded(nullptr, [&] {
        DcmItem *item = first_item(dataset, sequence);
        OFString value;
        return item != nullptr && text_of(*item, tag, &value) && copy_out(value, text, size);
    });
}

bool ost_dataset_item_number(const struct ost_dataset *dataset, uint32_t sequence, uint32_t tag,
                             size_t index, double *out)
{
    return ost::guarded(nullptr, [&] {
        DcmItem *item = first_item(dataset, sequence);
        return item != nullptr && number_of(*item, tag, index, out);
    });
}

size_t ost_dataset_item_words(const struct ost_dataset *dataset, uint32_t sequence, uint32_t tag,
                              uint16_t *word, size_t most)
{
    size_t found = 0;
    (void)ost::guarded(nullptr, [&] {
        DcmItem *item = first_item(dataset, sequence);
        const Uint16 *words = nullptr;
        unsigned long count = 0;
        if (item == nullptr || item->findAndGetUint16Array(ost::key(tag), words, &count).bad())
            return false;
        found = count;
        std::memcpy(word, words, (found < most ? found : most) * sizeof *word);
        return true;
    });
    return found;
}

bool ost_dataset_put(struct ost_dataset *dataset, uint32_t tag, const char *text,
                     struct ost_err *err)
{
    return ost::guarded(err, [&] {
        if (dataset->set()->putAndInsertString(DcmTag(ost::key(tag)), text).bad())
            return ost_fail(err, OST_INVALID, "attribute %08X cannot hold its value", tag);
        return true;
    });
}

bool ost_dataset_clear(struct ost_dataset *dataset, uint32_t tag, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        (void)dataset->set()->findAndDeleteElement(ost::key(tag));
        return true;
    });
}

bool ost_dataset_put_code(struct ost_dataset *dataset, uint32_t sequence,
                          const struct ost_code_item *code, struct ost_err *err)
{
    return ost::guarded(err, [&] {
        DcmItem *item = nullptr;
        bool ok =
            dataset->set()->findOrCreateSequenceItem(DcmTag(ost::key(sequence)), item, -2).good() &&
            item->putAndInsertString(DCM_CodeValue, code->value).good() &&
            item->putAndInsertString(DCM_CodingSchemeDesignator, code->scheme).good() &&
            item->putAndInsertString(DCM_CodeMeaning, code->meaning).good();
        return ok || ost_fail(err, OST_BUG, "code sequence %08X", sequence);
    });
}

bool ost_dataset_is_standard_uid(const char *uid)
{
    return std::strncmp(uid, "1.2.840.10008.", 14) == 0 && dcmFindNameOfUID(uid) != nullptr;
}

void ost_dataset_vr(uint32_t tag, char vr[3])
{
    std::memcpy(vr, "UN", 3);
    (void)ost::guarded(nullptr, [&] {
        DcmTag known(ost::key(tag));
        std::memcpy(vr, known.getVR().getValidVRName(), 2);
        return true;
    });
}
