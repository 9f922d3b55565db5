// Delimited text as a table.
#include <stdlib.h>

#include "base/text_file.h"
#include "use_table.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = fuzz_text(bytes, size);
    Table *table;
    Error error = {0};
    if (text_file_decode("fuzz", &text, &size, &error) != STATUS_OK) {
        free(text);
        return 0;
    }
    Status status = table_parse("fuzz", text, size, &table, &error);
    if (status == STATUS_OK) {
        use_table(table);
        table_free(table);
    } else {
        fuzz_expect(table == NULL, "a table with an error");
        fuzz_expect_words(status, &error);
    }
    return 0;
}
