#include "bind/xpa/caller.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

bool caller_new_key(char key[CALLER_KEY_SIZE])
{
    unsigned char bytes[(CALLER_KEY_SIZE - 1) / 2];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes)
        return false;
    for (size_t i = 0; i < sizeof bytes; i++)
        snprintf(key + 2 * i, 3, "%02x", bytes[i]);
    return true;
}

// In a time that does not tell how much of it was right.
static bool same_key(const char *given, size_t length, const char *key)
{
    unsigned char difference = length != CALLER_KEY_SIZE - 1;
    for (size_t i = 0; i < length && i < CALLER_KEY_SIZE - 1; i++)
        difference |= (unsigned char)(given[i] ^ key[i]);
    return difference == 0;
}

bool caller_shows_key(char **parameters, const char *key)
{
    static const char word[] = "key ";
    char *given = *parameters + strspn(*parameters, " ");
    if (strncmp(given, word, sizeof word - 1) != 0)
        return false;
    given += sizeof word - 1;
    size_t length = strcspn(given, " ");
    *parameters = given + length;
    return same_key(given, length, key);
}

static bool local_is_same_user(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == getuid();
}

// The kernel lists every TCP socket of this machine with its owner. Only a connection that stands
// counts: one that its owner has closed is listed as root's.
static bool tcp_is_same_user(const struct sockaddr_in *peer)
{
    enum { ESTABLISHED = 1 };
    FILE *list = fopen("/proc/net/tcp", "re");
    char line[256];
    bool same = false;
    while (list != NULL && !same && fgets(line, sizeof line, list) != NULL) {
        unsigned address, port, state, uid;
        if (sscanf(line, " %*d: %x:%x %*x:%*x %x %*x:%*x %*x:%*x %*x %u", &address, &port, &state,
                   &uid) == 4)
            same = address == peer->sin_addr.s_addr && port == ntohs(peer->sin_port) &&
                   state == ESTABLISHED && uid == getuid();
    }
    if (list != NULL)
        fclose(list);
    return same;
}

bool caller_is_same_user(int fd)
{
    struct sockaddr_storage peer;
    socklen_t size = sizeof peer;
    if (fd < 0 || getpeername(fd, (struct sockaddr *)&peer, &size) != 0)
        return false;
    if (peer.ss_family == AF_UNIX)
        return local_is_same_user(fd);
    return peer.ss_family == AF_INET && tcp_is_same_user((const struct sockaddr_in *)&peer);
}
