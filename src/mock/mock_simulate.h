// Makes a mock field: draws what is in it, renders the images, measures the sources.
#ifndef SKYCLASS_MOCK_MOCK_SIMULATE_H
#define SKYCLASS_MOCK_MOCK_SIMULATE_H

#include "base/error.h"
#include "mock/mock_field.h"
#include "mock/mock_settings.h"

// Sources are those that LEGUS's selection keeps: CI, V magnitude, seen in at least four bands; or,
// with a catalogue, its rows in its order at its positions. Free with mock_field_free.
Status mock_simulate_field(const MockSettings *settings, MockField **field, Error *error);

// mock_simulate_field and mock_write_field in one.
Status mock_simulate_files(const MockSettings *settings, const char *directory, Error *error);

#endif
