#include "recon/image/film.h"

#include <stddef.h>
#include <string.h>

static const char *const side[] = {"unknown", "right", "left"};
static const char *const projection[] = {"unknown", "pa", "ap", "lateral", "oblique"};
static const char *const polarity[] = {"auto", "dark", "bright"};
static const char *const spacing_how[] = {"none", "measured", "assumed", "estimated"};

static int find(const char *const *list, int count, const char *name)
{
    for (int i = 0; name != NULL && i < count; i++)
        if (strcmp(list[i], name) == 0)
            return i;
    return -1;
}

const char *ost_side_name(enum ost_side which)
{
    return side[which];
}

const char *ost_projection_name(enum ost_projection which)
{
    return projection[which];
}

const char *ost_polarity_name(enum ost_polarity which)
{
    return polarity[which];
}

const char *ost_spacing_how_name(enum ost_spacing_how how)
{
    return spacing_how[how];
}

bool ost_side_of_name(const char *name, enum ost_side *out)
{
    int at = find(side, OST_SIDES, name);
    if (at >= 0)
        *out = (enum ost_side)at;
    return at >= 0;
}

bool ost_projection_of_name(const char *name, enum ost_projection *out)
{
    int at = find(projection, OST_PROJECTIONS, name);
    if (at >= 0)
        *out = (enum ost_projection)at;
    return at >= 0;
}

bool ost_polarity_of_name(const char *name, enum ost_polarity *out)
{
    int at = find(polarity, OST_POLARITIES, name);
    if (at >= 0)
        *out = (enum ost_polarity)at;
    return at >= 0;
}

bool ost_spacing_how_of_name(const char *name, enum ost_spacing_how *out)
{
    int at = find(spacing_how, OST_SPACING_HOWS, name);
    if (at >= 0)
        *out = (enum ost_spacing_how)at;
    return at >= 0;
}
