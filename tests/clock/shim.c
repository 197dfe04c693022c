/* Stands between a program and the clocks of its machine, as setting the clock or a sleep of the machine would change them.

   The file that TEMPO_TEST_CLOCKS names holds two 64-bit numbers, in nanoseconds: what is added to the wall clock, and what is
   added to the time since boot. When the first one changes while timers wait on the wall clock, they are woken, as the kernel
   does for TFD_TIMER_CANCEL_ON_SET; when both change by the same amount, too, as after a resume. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define TIMERS 16

static volatile int64_t *added;
static volatile int timers[TIMERS];
static volatile int count;

__attribute__((constructor)) static void map(void) {
    const char *path = getenv("TEMPO_TEST_CLOCKS");
    int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *memory = mmap(NULL, 2 * sizeof *added, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED)
        added = memory;
}

static int64_t of(clockid_t clock) {
    if (!added)
        return 0;
    if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)
        return added[0];
    return clock == CLOCK_BOOTTIME ? added[1] : 0;
}

static struct timespec plus(struct timespec time, int64_t nanoseconds) {
    int64_t sum = time.tv_sec * SECOND + time.tv_nsec + nanoseconds;
    if (sum < 1)
        sum = 1;
    return (struct timespec){.tv_sec = sum / SECOND, .tv_nsec = sum % SECOND};
}

int clock_gettime(clockid_t clock, struct timespec *time) {
    int result = syscall(SYS_clock_gettime, clock, time);
    if (result == 0)
        *time = plus(*time, of(clock));
    return result;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone) {
    (void)zone;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    *time = (struct timeval){.tv_sec = now.tv_sec, .tv_usec = now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out)
        *out = now.tv_sec;
    return now.tv_sec;
}

static void *watch(void *nothing) {
    int64_t known = added[0];
    int late = 0;
    for (;;) {
        nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        if (added[0] != known) {
            known = added[0];
            /* Again after a while: a program may have looked at the clock before it changed and set its timer after that. */
            late = 50;
        } else if (late == 0 || --late > 0) {
            continue;
        }
        for (int at = 0; at < count; at++) {
            struct itimerspec at_once = {.it_value = {.tv_nsec = 1}};
            syscall(SYS_timerfd_settime, timers[at], TFD_TIMER_ABSTIME, &at_once, NULL);
        }
    }
    return nothing;
}

int timerfd_create(int clock, int flags) {
    int fd = syscall(SYS_timerfd_create, clock, flags);
    if (fd >= 0 && clock == CLOCK_REALTIME && added && count < TIMERS) {
        pthread_t thread;
        timers[count++] = fd;
        if (count == 1)
            pthread_create(&thread, NULL, watch, NULL);
    }
    return fd;
}

int timerfd_settime(int fd, int flags, const struct itimerspec *set, struct itimerspec *old) {
    struct itimerspec real = *set;
    int armed = set->it_value.tv_sec || set->it_value.tv_nsec;
    for (int at = 0; at < count; at++)
        if (timers[at] == fd && armed && (flags & TFD_TIMER_ABSTIME))
            real.it_value = plus(set->it_value, -added[0]);
    return syscall(SYS_timerfd_settime, fd, flags, &real, old);
}
