/* Stands between a program and the number of the machine's boot, as a restart of the machine would change it: whoever opens it
   gets the file that TEMPO_TEST_BOOT names. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const char *of(const char *path) {
    const char *boot = getenv("TEMPO_TEST_BOOT");
    return boot && path && !strcmp(path, "/proc/sys/kernel/random/boot_id") ? boot : path;
}

#define OPEN(name)                                                     \
    int name(const char *path, int flags, ...) {                       \
        int (*real)(const char *, int, ...) = dlsym(RTLD_NEXT, #name); \
        va_list rest;                                                  \
        va_start(rest, flags);                                         \
        int mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(rest, int) : 0; \
        va_end(rest);                                                  \
        return real(of(path), flags, mode);                            \
    }

OPEN(open)
OPEN(open64)
