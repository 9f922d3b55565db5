// Who is at the other end of a connection: the same user on this machine, or somebody with the key.
#ifndef SKYCLASS_BIND_XPA_CALLER_H
#define SKYCLASS_BIND_XPA_CALLER_H

#include <stdbool.h>

enum { CALLER_KEY_SIZE = 33 }; // 128 bits in hexadecimal, and a NUL

// A new random key; false with errno when the system has no random numbers.
bool caller_new_key(char key[CALLER_KEY_SIZE]);

// True when *parameters begin with "key KEY"; *parameters moves behind any key, right or wrong.
bool caller_shows_key(char **parameters, const char *key);

// True when the kernel says that the process at the other end of the connected socket `fd` (local,
// or TCP from this machine) belongs to this process's user. False when it cannot tell.
bool caller_is_same_user(int fd);

#endif
