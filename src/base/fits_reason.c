#include "base/fits_reason.h"

#include <fitsio.h>
#include <stdio.h>

const char *fits_reason(int code, char reason[FITS_REASON_SIZE])
{
    char words[FLEN_STATUS] = "", detail[FLEN_ERRMSG] = "";
    fits_get_errstatus(code, words);
    fits_read_errmsg(detail);
    fits_clear_errmsg();
    snprintf(reason, FITS_REASON_SIZE, "%s%s%s", words, detail[0] != '\0' ? ": " : "", detail);
    return reason;
}
