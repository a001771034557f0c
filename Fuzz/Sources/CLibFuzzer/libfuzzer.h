// The one entry of libFuzzer that a program with a `main` of its own calls; LLVM ships no header for it.
#include <stddef.h>
#include <stdint.h>

/// Runs the fuzzer as its command line says. `test` is called for every input and returns 0.
int LLVMFuzzerRunDriver(int *argc, char ***argv, int (*test)(const uint8_t *bytes, size_t count));
