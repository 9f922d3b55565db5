#include "classifier/import/keras_apart.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/memory.h"

// On some damaged files libhdf5 goes round for ever; a whole one of 100 MB takes it a second.
enum { SECONDS_LEAST = 2, BYTES_A_SECOND = 20 << 20, TEXT_MOST = 64 << 20, LAYERS_MOST = 4096 };

// ---- What goes through the pipe ----------------------------------------------------------------

typedef struct Message {
    Error error;        // of reading
    size_t config_size; // bytes of JSON that follow, with the NUL; 0: none
    size_t n_layers;
} Message;

static bool put(FILE *pipe, const void *bytes, size_t size)
{
    return fwrite(bytes, 1, size, pipe) == size;
}

static bool get(FILE *pipe, void *bytes, size_t size)
{
    return fread(bytes, 1, size, pipe) == size;
}

// A tensor: its view's dimensions, then its values, which lie in one piece.
static bool put_tensor(FILE *pipe, const Constant *constant)
{
    return put(pipe, &constant->view, sizeof constant->view) &&
           put(pipe, constant->elements.bytes, constant->n * sizeof(float));
}

static bool get_tensor(FILE *pipe, BlockPool *pool, Constant *constant, Error *error)
{
    TensorView view;
    void *values;
    return get(pipe, &view, sizeof view) && view.n_dimensions <= TENSOR_VIEW_DIMENSIONS &&
           constant_new(pool, false, view.n_dimensions, view.dimensions, constant, &values,
                        error) == STATUS_OK &&
           get(pipe, values, constant->n * sizeof(float));
}

static bool put_layer(FILE *pipe, const KerasLayer *layer)
{
    bool good = put(pipe, layer->name, sizeof layer->name) &&
                put(pipe, &layer->n_weights, sizeof layer->n_weights);
    for (size_t i = 0; i < layer->n_weights && good; i++)
        good = put_tensor(pipe, &layer->weights[i]);
    return good;
}

static bool get_layer(FILE *pipe, BlockPool *pool, KerasLayer *layer, Error *error)
{
    bool good = get(pipe, layer->name, sizeof layer->name) &&
                get(pipe, &layer->n_weights, sizeof layer->n_weights) &&
                memchr(layer->name, '\0', sizeof layer->name) != NULL &&
                layer->n_weights <= KERAS_WEIGHTS_MAX;
    for (size_t i = 0; good && i < layer->n_weights; i++)
        good = get_tensor(pipe, pool, &layer->weights[i], error);
    return good;
}

// ---- The other process -------------------------------------------------------------------------

static void send_file(const unsigned char *bytes, size_t size, FILE *pipe)
{
    KerasFile file;
    Message message = {.error = {STATUS_OK, ""}};
    if (keras_file_read(bytes, size, &file, &message.error) == STATUS_OK) {
        message.config_size = file.config != NULL ? strlen(file.config) + 1 : 0;
        message.n_layers = file.n;
    }
    bool good = put(pipe, &message, sizeof message) && put(pipe, file.config, message.config_size);
    for (size_t i = 0; i < message.n_layers && good; i++)
        good = put_layer(pipe, &file.layers[i]);
    fflush(pipe);
}

// Never comes back; what is not freed goes with the process.
static void read_and_end(const unsigned char *bytes, size_t size, int descriptor)
{
    const rlim_t seconds = SECONDS_LEAST + size / BYTES_A_SECOND;
    const struct rlimit time = {seconds, seconds}, no_core = {0, 0};
    static const int signals[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CPU, &time);
    setrlimit(RLIMIT_CORE, &no_core);
    FILE *pipe = fdopen(descriptor, "wb");
    if (pipe != NULL)
        send_file(bytes, size, pipe);
    _exit(pipe != NULL ? 0 : 1);
}

// ---- This one ----------------------------------------------------------------------------------

static bool receive(FILE *pipe, KerasFile *file, Error *error)
{
    Message message;
    if (!get(pipe, &message, sizeof message))
        return false;
    *error = message.error;
    if (error->status != STATUS_OK)
        return true;
    if (message.config_size > TEXT_MOST || message.n_layers > LAYERS_MOST)
        return false;
    file->layers = memory_new(message.n_layers + 1, sizeof *file->layers);
    file->config = message.config_size > 0 ? memory_new(message.config_size + 1, 1) : NULL;
    if (file->layers == NULL || (message.config_size > 0 && file->config == NULL))
        return error_memory(error, "the network of a file") == STATUS_OK;
    bool good = file->config == NULL || get(pipe, file->config, message.config_size);
    for (size_t i = 0; i < message.n_layers && good; i++) {
        good = get_layer(pipe, &file->pool, &file->layers[i], error);
        file->n += good;
    }
    return good;
}

static void wait_for(pid_t process)
{
    while (waitpid(process, NULL, 0) < 0 && errno == EINTR)
        ;
}

static Status receive_from(int descriptor, pid_t process, KerasFile *file, Error *error)
{
    Error answer = {0};
    FILE *pipe = fdopen(descriptor, "rb");
    bool whole = pipe != NULL && receive(pipe, file, &answer);
    if (pipe != NULL)
        fclose(pipe);
    else
        close(descriptor);
    wait_for(process);
    if (answer.status != STATUS_OK)
        return error_set(error, answer.status, "%s", answer.text);
    return whole ? STATUS_OK
                 : error_set(error, STATUS_BAD_INPUT,
                             "a damaged file: libhdf5 fails over it; save the model anew");
}

Status keras_file_read_apart(const unsigned char *bytes, size_t size, KerasFile *file, Error *error)
{
    int ends[2];
    *file = (KerasFile){0};
    if (pipe(ends) != 0)
        return error_set(error, STATUS_MEMORY, "cannot start reading: %s", strerror(errno));
    fflush(NULL); // nothing that waits to be written is written twice
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        read_and_end(bytes, size, ends[1]);
    }
    close(ends[1]);
    if (process > 0)
        return receive_from(ends[0], process, file, error);
    close(ends[0]);
    return error_set(error, STATUS_MEMORY, "cannot start reading: %s", strerror(errno));
}

bool keras_file_has_network(const unsigned char *bytes, size_t size)
{
    KerasFile file;
    bool has = keras_file_read_apart(bytes, size, &file, NULL) == STATUS_OK && file.config != NULL;
    keras_file_clear(&file);
    return has;
}
