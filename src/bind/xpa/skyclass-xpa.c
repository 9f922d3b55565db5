// XPA for the worker beside DS9, in a process of its own: libxpa is not thread-safe and blocks
// while the other side is busy, so the worker talks to it over a pipe and never waits.
//
//   skyclass-xpa client ADDRESS             sends requests to one access point, strictly one by one
//   skyclass-xpa serve CLASS NAME LOCKFILE  offers the access point CLASS:NAME
//   skyclass-xpa ask LOCKFILE WORD ...      asks that access point, prints its answer
//
// Messages on stdin and stdout are a header line "WORD LENGTH ... " and then that many bytes of
// each part. As a client: "get P D" or "set P D" (parameters, data) in, "ok N" or "error N" out. As
// a server: "ready N" (own address) out once, then "get T P D" or "set T P D" out and "ok N" or
// "error N" in, where T is 1 for a caller who may command the worker (caller.h) and 0 for others.
// LOCKFILE is locked as long as the server lives and holds its address and, in its second line, the
// key for callers from elsewhere; when another server has the lock the answer is "busy 0". Client
// and server end when stdin ends.
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xpa.h>

#include "bind/xpa/caller.h"

enum {
    HEADER_SIZE = 64,
    // libxpa reads a request's parameters into a buffer of SZ_LINE (4096) bytes.
    PARAMETERS_MAX = 4000,
    // Far above any region list or frame that DS9 could hold; stops a garbled length.
    DATA_MAX = 2000000000,
};

static void message_write(const char *word, const char *data, size_t length)
{
    fprintf(stdout, "%s %zu\n", word, length);
    fwrite(data, 1, length, stdout);
    fflush(stdout);
}

// A block of `length` bytes from stdin, NUL-terminated for libxpa; NULL at end of file.
static char *block_read(size_t length)
{
    char *block = length <= DATA_MAX ? malloc(length + 1) : NULL;
    if (block == NULL)
        return NULL;
    if (fread(block, 1, length, stdin) != length) {
        free(block);
        return NULL;
    }
    block[length] = '\0';
    return block;
}

// libxpa wraps what went wrong as "XPA$ERROR text (class:name address)\n"; only the text is for a
// person. Cuts in place and returns where it starts.
static const char *error_text(char *message)
{
    static const char prefix[] = "XPA$ERROR";
    char *start = message;
    if (strncmp(start, prefix, sizeof prefix - 1) == 0)
        start += sizeof prefix - 1;
    start += strspn(start, " \t");
    char *origin = strstr(start, " (DS9:");
    if (origin != NULL)
        *origin = '\0';
    start[strcspn(start, "\r\n")] = '\0';
    return start;
}

static void request_forward(XPA handle, char *address, bool get, char *parameters, char *data,
                            size_t length)
{
    char mode[] = "doxpa=false";
    char *name = NULL, *message = NULL, *buffer = NULL;
    size_t size = 0;
    int reached =
        get ? XPAGet(handle, address, parameters, mode, &buffer, &size, &name, &message, 1)
            : XPASet(handle, address, parameters, mode, data, length, &name, &message, 1);
    if (reached < 1)
        message_write("error", "gone", 4);
    else if (message != NULL && strncmp(message, "XPA$ERROR", 9) == 0) {
        const char *text = error_text(message);
        message_write("error", text, strlen(text));
    } else
        message_write("ok", buffer != NULL ? buffer : "", buffer != NULL ? size : 0);
    free(name);
    free(message);
    free(buffer);
}

static int client_run(char *address)
{
    XPA handle = XPAOpen(NULL);
    char header[HEADER_SIZE];
    while (fgets(header, sizeof header, stdin) != NULL) {
        char word[8];
        size_t parameters_length, data_length;
        if (sscanf(header, "%7s %zu %zu", word, &parameters_length, &data_length) != 3)
            return EXIT_FAILURE;
        char *parameters = block_read(parameters_length);
        char *data = parameters != NULL ? block_read(data_length) : NULL;
        if (data == NULL) {
            free(parameters);
            return EXIT_FAILURE;
        }
        if (parameters_length > PARAMETERS_MAX) {
            static const char text[] = "the request is too long for XPA";
            message_write("error", text, sizeof text - 1);
        } else
            request_forward(handle, address, strcmp(word, "get") == 0, parameters, data,
                            data_length);
        free(parameters);
        free(data);
    }
    XPAClose(handle);
    return EXIT_SUCCESS;
}

// Hands a request to the worker and waits for its answer. True with the answer in *answer (owned by
// the caller); ends the process when the worker is gone, because then nobody can ever answer.
static bool worker_ask(const char *word, bool trusted, const char *parameters, const char *data,
                       size_t length, char **answer, size_t *answer_length)
{
    size_t parameters_length = strlen(parameters);
    fprintf(stdout, "%s %d %zu %zu\n", word, trusted, parameters_length, length);
    fwrite(parameters, 1, parameters_length, stdout);
    fwrite(data, 1, length, stdout);
    fflush(stdout);

    char header[HEADER_SIZE], status[8];
    if (fgets(header, sizeof header, stdin) == NULL ||
        sscanf(header, "%7s %zu", status, answer_length) != 2 ||
        (*answer = block_read(*answer_length)) == NULL)
        exit(EXIT_FAILURE);
    return strcmp(status, "ok") == 0;
}

// Whether the caller is one of ours: the same user's process, or one that knows the key. Moves
// *parameters behind the key.
static bool caller_is_trusted(XPA access, const char *key, char **parameters)
{
    if (*parameters == NULL)
        *parameters = "";
    bool knows = caller_shows_key(parameters, key);
    return knows || caller_is_same_user(xpa_cmdfd(access));
}

static int get_callback(void *key, void *call_data, char *parameters, char **buffer, size_t *length)
{
    char *answer;
    bool trusted = caller_is_trusted(call_data, key, &parameters);
    if (worker_ask("get", trusted, parameters, "", 0, &answer, length)) {
        *buffer = answer;
        return 0;
    }
    XPAError(call_data, answer);
    free(answer);
    *length = 0;
    return -1;
}

static int set_callback(void *key, void *call_data, char *parameters, char *buffer, size_t length)
{
    char *answer;
    size_t answer_length;
    bool trusted = caller_is_trusted(call_data, key, &parameters);
    bool done = worker_ask("set", trusted, parameters, buffer != NULL ? buffer : "", length,
                           &answer, &answer_length);
    if (!done)
        XPAError(call_data, answer);
    free(answer);
    return done ? 0 : -1;
}

// Fills the lock file, which only its owner can read.
static bool lock_write(int lock, const char *address, const char *key)
{
    char text[FILENAME_MAX + CALLER_KEY_SIZE + 2];
    int length = snprintf(text, sizeof text, "%s\n%s\n", address, key);
    return length < (int)sizeof text && fchmod(lock, 0600) == 0 && ftruncate(lock, 0) == 0 &&
           write(lock, text, (size_t)length) == length;
}

static int serve_run(char *class, char *name, const char *lock_path)
{
    char key[CALLER_KEY_SIZE];
    if (!caller_new_key(key)) {
        fprintf(stderr, "the system gives no random numbers: %s\n", strerror(errno));
        return EXIT_FAILURE;
    }
    // libxpa's own default listens to the whole network. DS9 sets a method for its children, a
    // shell does not.
    setenv("XPA_METHOD", "local", 0);
    int lock = open(lock_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) {
        fprintf(stderr, "%s: %s\n", lock_path, strerror(errno));
        return EXIT_FAILURE;
    }
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        message_write("busy", "", 0);
        return EXIT_SUCCESS;
    }
    char help[] =
        "skyclass: classify sources in this DS9\n"
        "xpaset -p skyclass classify regions|image|visible|crosshair\n"
        "xpaset -p skyclass classify cursor X Y, or classify file PATH\n"
        "xpaset -p skyclass cancel|clear|undo|redo|show N|hide N|toggle N|legend|table|quit\n"
        "xpaget skyclass status|result|classes|models|version\n";
    char mode[] = "";
    XPA access = XPANew(class, name, help, get_callback, key, mode, set_callback, key, mode);
    if (access == NULL) {
        fprintf(stderr, "XPA refused the access point %s:%s\n", class, name);
        return EXIT_FAILURE;
    }
    const char *address = xpa_method(access);
    // libxpa makes its sockets for everybody's use.
    if (address[0] == '/' && chmod(address, 0700) != 0)
        perror(address);
    if (!lock_write(lock, address, key)) {
        fprintf(stderr, "%s: %s\n", lock_path, strerror(errno));
        XPAFree(access);
        return EXIT_FAILURE;
    }
    message_write("ready", address, strlen(address));
    for (;;) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(STDIN_FILENO, &readable);
        XPAAddSelect(NULL, &readable);
        if (select(FD_SETSIZE, &readable, NULL, NULL, NULL) < 0) {
            if (errno == EINTR)
                continue;
            break;
        }
        // The worker writes only answers, and those are read where they are awaited.
        if (FD_ISSET(STDIN_FILENO, &readable))
            break;
        XPAProcessSelect(&readable, 0);
    }
    if (ftruncate(lock, 0) != 0)
        perror(lock_path);
    XPAFree(access);
    return EXIT_SUCCESS;
}

// Words joined by blanks, as xpaget does; false where they are too many for XPA.
static bool parameters_join(char **words, size_t n, char *text, size_t size)
{
    for (size_t i = 0; i < n; i++) {
        size_t used = strlen(text);
        if (used + strlen(words[i]) + 2 > size)
            return false;
        snprintf(text + used, size - used, " %s", words[i]);
    }
    return true;
}

// The key goes through the socket, never through a command line that others can list.
static int ask_run(const char *lock_path, char **words, size_t n_words)
{
    char address[FILENAME_MAX] = "", parameters[PARAMETERS_MAX] = "key ";
    char *buffer = NULL, *name = NULL, *message = NULL, mode[] = "doxpa=false";
    size_t size = 0;
    FILE *lock = fopen(lock_path, "re");
    bool known = lock != NULL && fgets(address, sizeof address, lock) != NULL &&
                 fgets(parameters + 4, CALLER_KEY_SIZE, lock) != NULL;
    if (lock != NULL)
        fclose(lock);
    address[strcspn(address, "\n")] = '\0';
    if (!known || !parameters_join(words, n_words, parameters, sizeof parameters))
        return EXIT_FAILURE;
    bool answered =
        XPAGet(NULL, address, parameters, mode, &buffer, &size, &name, &message, 1) == 1 &&
        message == NULL;
    if (answered)
        fwrite(buffer, 1, size, stdout);
    else if (message != NULL)
        fprintf(stderr, "%s\n", error_text(message));
    free(buffer);
    free(name);
    free(message);
    return answered ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    // Whoever reads our pipe may go at any time; a write error then ends the loop instead.
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdin, NULL, _IONBF, 0);
    // libxpa may start the name server, which must not keep the worker's pipe open.
    fcntl(STDIN_FILENO, F_SETFD, FD_CLOEXEC);
    fcntl(STDOUT_FILENO, F_SETFD, FD_CLOEXEC);
    if (argc == 3 && strcmp(argv[1], "client") == 0)
        return client_run(argv[2]);
    if (argc == 5 && strcmp(argv[1], "serve") == 0)
        return serve_run(argv[2], argv[3], argv[4]);
    if (argc > 3 && strcmp(argv[1], "ask") == 0)
        return ask_run(argv[2], argv + 3, (size_t)argc - 3);
    fprintf(stderr,
            "usage: skyclass-xpa client ADDRESS | serve CLASS NAME LOCKFILE | ask LOCKFILE "
            "WORD ...\n");
    return 2;
}
