#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Makes a position-independent executable one that runs at a fixed address: packaging/placement.c says why.
 *
 * bytes    the whole file, which is changed
 * size     its length
 * base     what is added to its addresses; a multiple of the largest page size, 64 KiB
 *
 * Returns false if the file is not of a form that this understands: then not a byte of it was changed.
 */
bool place(unsigned char *bytes, size_t size, uint64_t base);
