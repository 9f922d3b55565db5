// What skyclass makes of an ONNX network: run_onnx NET.onnx INPUT OUTPUT. INPUT is one source's
// [channels][rows][columns], float32 as in memory; OUTPUT becomes what the graph gives.
#include <stdio.h>

#include "base/file_bytes.h"
#include "onnx_run.h"

static Status run(char **paths, Error *error)
{
    unsigned char *network, *input;
    size_t size, input_size, classes;
    float *output;
    ImportedNetwork imported;
    Status status = file_bytes_read(paths[1], "a network", &network, &size, error);
    if (status == STATUS_OK)
        status = onnx_network_read(network, size, NULL, &imported, error);
    if (status == STATUS_OK)
        status = file_bytes_read(paths[2], "numbers", &input, &input_size, error);
    if (status == STATUS_OK)
        status = onnx_run(&imported, (const float *)input, 1, &output, &classes, error);
    FILE *file = status == STATUS_OK ? fopen(paths[3], "wb") : NULL;
    if (file != NULL) {
        fwrite(output, sizeof *output, classes, file);
        fclose(file);
    }
    return status;
}

int main(int argc, char **argv)
{
    Error error = {STATUS_USAGE, "run_onnx NET.onnx INPUT OUTPUT"};
    if (argc == 4 && run(argv, &error) == STATUS_OK)
        return 0;
    fprintf(stderr, "%s\n", error.text);
    return 1;
}
