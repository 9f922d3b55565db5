#include "sky/source/column_role.h"

const char *source_role_name(SourceRole role)
{
    static const char *const names[SOURCE_ROLES] = {"id", "x", "y", "ra", "dec", "class"};
    return names[role];
}
