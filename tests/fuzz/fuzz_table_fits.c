// A table in a FITS file.
#include "use_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    Table *table;
    Error error = {0};
    Status status = table_read(fuzz_write("table.fits", bytes, size), &table, &error);
    if (status == STATUS_OK) {
        use_table(table);
        table_free(table);
    } else {
        fuzz_expect(table == NULL, "a table with an error");
        fuzz_expect_words(status, &error);
    }
    return 0;
}
