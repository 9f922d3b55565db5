// Time as long work measures it.
#ifndef SKYCLASS_BASE_CLOCK_H
#define SKYCLASS_BASE_CLOCK_H

double clock_seconds(void); // monotonic, from some start

#endif
