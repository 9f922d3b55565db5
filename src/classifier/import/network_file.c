#include "classifier/import/network_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/file_bytes.h"
#include "classifier/import/keras_apart.h"
#include "classifier/import/keras_network.h"
#include "classifier/import/onnx_file.h"
#include "classifier/import/onnx_network.h"
#include "classifier/import/weights.h"

// Files that hold tensors by name and nothing of the network: zip and pickle of PyTorch,
// safetensors.
static bool holds_weights_alone(const unsigned char *bytes, size_t size)
{
    return size > 8 && (memcmp(bytes, "PK\x03\x04", 4) == 0 || bytes[0] == 0x80 ||
                        (bytes[8] == '{' && bytes[7] == 0));
}

static Status read_bytes(const unsigned char *bytes, size_t size, InputShape wanted,
                         ImportedNetwork *network, Error *error)
{
    if (holds_weights_alone(bytes, size))
        return error_set(error, STATUS_BAD_INPUT,
                         "holds weights but not the network that they belong to; name the system "
                         "with --system, or export the network as ONNX");
    Status status = keras_file_is_one(bytes, size)
                        ? keras_network_read(bytes, size, &wanted, network, error)
                        : onnx_network_read(bytes, size, &wanted, network, error);
    if (status == STATUS_OK)
        status = imported_network_finish(network, error);
    return status;
}

Status network_file_read(const char *path, InputShape wanted, ImportedNetwork *network,
                         Error *error)
{
    unsigned char *bytes;
    size_t size;
    *network = (ImportedNetwork){0};
    Status status = file_bytes_read(path, "a network", &bytes, &size, error);
    if (status == STATUS_OK) {
        status = read_bytes(bytes, size, wanted, network, error);
        free(bytes);
    }
    if (status == STATUS_OK)
        return STATUS_OK;
    network_free(network->network);
    network->network = NULL;
    return error_prefix(error, "%s", path);
}

bool network_file_is_one(const char *path)
{
    unsigned char *bytes;
    size_t size;
    if (file_bytes_read(path, "a network", &bytes, &size, NULL) != STATUS_OK)
        return false;
    bool is_one = !holds_weights_alone(bytes, size) &&
                  (keras_file_is_one(bytes, size) ? keras_file_has_network(bytes, size)
                                                  : onnx_file_has_graph(bytes, size));
    free(bytes);
    return is_one;
}

// What does not fit in another way than at its first layer is said of the file as it is.
static Status apply_widened(const Weights *weights, Network *network, bool halve, bool *widened)
{
    TransferReport report;
    Status status = weights_transfer(weights, network, halve, &report, NULL);
    *widened = status == STATUS_OK && report.widened;
    return *widened && report.new_head[0] == '\0' ? STATUS_OK : STATUS_BAD_INPUT;
}

static Status apply_by_name(const char *path, Network *network, bool halve, bool *widened,
                            Error *error)
{
    Weights *weights = NULL;
    Status status = weights_read(path, &weights, error);
    if (status != STATUS_OK)
        return status;
    status = weights_apply(weights, network, error);
    if (status != STATUS_OK && apply_widened(weights, network, halve, widened) == STATUS_OK)
        status = STATUS_OK;
    weights_free(weights);
    return status == STATUS_OK ? STATUS_OK : error_prefix(error, "%s", path);
}

Status network_file_apply(const char *path, Network *network, bool halve, bool *widened,
                          Error *error)
{
    unsigned char *bytes;
    size_t size;
    *widened = false;
    Status status = file_bytes_read(path, "a file of weights", &bytes, &size, error);
    if (status != STATUS_OK)
        return error_prefix(error, "%s", path);
    bool keras = keras_file_is_one(bytes, size);
    if (keras && (status = keras_weights_apply(bytes, size, network, error)) != STATUS_OK)
        error_prefix(error, "%s", path);
    free(bytes);
    return keras ? status : apply_by_name(path, network, halve, widened, error);
}
