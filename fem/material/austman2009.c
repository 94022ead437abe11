/*
 * Austman RL, Milner JS, Holdsworth DW, Dunning CE. Development of a customized
 * density-modulus relationship for use in subject-specific finite element models of the
 * ulna. Proc Inst Mech Eng H 2009;223:787-794: E = a d^b through (1.85 g/cm3, 21 GPa),
 * the best of five on eight ulnae. The paper varied b and found that it hardly matters;
 * 1.5 is taken, whence a = 21000 / 1.85^1.5.
 */
#include "fem/material/law_impl.h"

#include <math.h>

static double modulus(double apparent)
{
    return 21000.0 * pow(apparent / 1.85, 1.5);
}

const struct ost_law law_austman2009 = {
    .name = "austman2009-ulna",
    .citation = "Austman RL et al. Proc Inst Mech Eng H 2009;223:787-794. "
                "doi:10.1243/09544119JEIM553",
    .about = "human distal ulna, cortical and trabecular, bending; +-1.6 GPa at 1.85 g/cm3",
    .density = OST_LAW_APPARENT,
    .low = 0.0,
    .high = 2.0,
    .modulus = modulus,
    .strength = NULL,
};
