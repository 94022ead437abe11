/* What the C++ files of this room share. */
#ifndef OST_DICOM_DCMTK_IMPL_H
#define OST_DICOM_DCMTK_IMPL_H

#ifdef __cplusplus

#include "recon/dicom/dataset_impl.h"

#include <dcmtk/config/osconfig.h>
#include <dcmtk/dcmdata/dcdeftag.h>
#include <dcmtk/dcmdata/dcfilefo.h>
#include <dcmtk/dcmdata/dcmetinf.h>
#include <exception>
#include <new>

struct ost_dataset {
    DcmFileFormat file;
    /* Reading does not change a data set, though the library's finders are not const. */
    DcmDataset *set() const
    {
        return const_cast<DcmFileFormat &>(file).getDataset();
    }
};

namespace ost
{

inline DcmTagKey key(uint32_t tag)
{
    return DcmTagKey(static_cast<Uint16>(tag >> 16), static_cast<Uint16>(tag & 0xFFFF));
}

/* Nothing may leave an extern "C" function but a bool. */
template <typename Body> bool guarded(struct ost_err *err, Body body) noexcept
{
    try {
        return body();
    } catch (const std::bad_alloc &) {
        return ost_fail(err, OST_NOMEM, "DICOM: out of memory");
    } catch (...) {
        return ost_fail(err, OST_CORRUPT, "DICOM: the library gave up");
    }
}

} // namespace ost

#endif

#endif
