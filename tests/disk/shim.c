/* Stands between a program and its disks, which it makes slow, full, or dead in the middle of a write.

   The file that TEMPO_TEST_DISK names is shared with the test, which may change it while the program runs; tests/disk/control.rs
   writes it. Everything in it is 0 at first: a disk that is as it is. A program's children are preloaded as well. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define PLACES 4

struct place {
    int64_t limited; /* whether the next number counts */
    int64_t room;    /* bytes by which files below the folder may still grow */
    char folder[496];
};

static volatile struct control {
    int64_t delay;   /* milliseconds that each sync takes longer */
    int64_t syncs;   /* syncs so far */
    int64_t refused; /* writes that found no room so far */
    int64_t tear;    /* n: the nth write from now on of a file with this ending is cut in half, and kills its process */
    char torn[480];
    struct place places[PLACES];
} *control;

static ssize_t (*real_write)(int, const void *, size_t);
static ssize_t (*real_pwrite)(int, const void *, size_t, off64_t);
static ssize_t (*real_writev)(int, const struct iovec *, int);

__attribute__((constructor)) static void map(void) {
    real_write = (ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write");
    real_pwrite = (ssize_t(*)(int, const void *, size_t, off64_t))dlsym(RTLD_NEXT, "pwrite64");
    real_writev = (ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev");
    const char *path = getenv("TEMPO_TEST_DISK");
    int file = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
    if (file < 0)
        return;
    void *memory = mmap(NULL, sizeof *control, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (memory != MAP_FAILED)
        control = memory;
}

/* The path of a regular file, and its length; 0 for everything else. */
static int path_of(int fd, char *path, size_t size, struct stat *status) {
    char link[64];
    if (!control || fstat(fd, status) != 0 || !S_ISREG(status->st_mode))
        return 0;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, size - 1);
    if (length < 0)
        return 0;
    path[length] = 0;
    return 1;
}

/* The limited folder in which a path is. */
static volatile struct place *place_of(const char *path) {
    for (int at = 0; at < PLACES; at++) {
        volatile struct place *place = &control->places[at];
        size_t length = strnlen((const char *)place->folder, sizeof place->folder);
        if (place->limited && length > 0 && strncmp(path, (const char *)place->folder, length) == 0 && path[length] == '/')
            return place;
    }
    return NULL;
}

/* How many of these bytes have room; kills the process when this is the write that is to be torn. */
static ssize_t room_for(int fd, const void *bytes, size_t count, off64_t offset) {
    char path[4096];
    struct stat status;
    if (count == 0 || !path_of(fd, path, sizeof path, &status))
        return count;
    if (offset < 0)
        offset = fcntl(fd, F_GETFL) & O_APPEND ? status.st_size : lseek64(fd, 0, SEEK_CUR);
    size_t ending = strnlen((const char *)control->torn, sizeof control->torn), length = strlen(path);
    if (control->tear > 0 && ending > 0 && length >= ending &&
        strcmp(path + length - ending, (const char *)control->torn) == 0 &&
        __atomic_sub_fetch(&control->tear, 1, __ATOMIC_SEQ_CST) == 0) {
        real_pwrite(fd, bytes, count / 2, offset);
        kill(getpid(), SIGKILL);
    }
    volatile struct place *place = place_of(path);
    int64_t grows = (int64_t)offset + (int64_t)count - status.st_size;
    if (!place || grows <= 0)
        return count;
    if (grows > (int64_t)count)
        grows = count;
    int64_t before = __atomic_fetch_sub(&place->room, grows, __ATOMIC_SEQ_CST);
    if (before >= grows)
        return count;
    int64_t some = before > 0 ? before : 0;
    __atomic_store_n(&place->room, 0, __ATOMIC_SEQ_CST);
    if ((int64_t)count - grows + some > 0)
        return count - grows + some;
    __atomic_add_fetch(&control->refused, 1, __ATOMIC_SEQ_CST);
    errno = ENOSPC;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t count) {
    ssize_t room = room_for(fd, bytes, count, -1);
    return room < 0 ? -1 : real_write(fd, bytes, room);
}

ssize_t pwrite64(int fd, const void *bytes, size_t count, off64_t offset) {
    ssize_t room = room_for(fd, bytes, count, offset);
    return room < 0 ? -1 : real_pwrite(fd, bytes, room, offset);
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset) {
    return pwrite64(fd, bytes, count, offset);
}

ssize_t writev(int fd, const struct iovec *pieces, int count) {
    struct stat status;
    char path[4096];
    if (count > 0 && path_of(fd, path, sizeof path, &status) && place_of(path))
        return write(fd, pieces[0].iov_base, pieces[0].iov_len); /* a short write, as is allowed */
    return real_writev(fd, pieces, count);
}

static int may_grow(int fd, off64_t length) {
    char path[4096];
    struct stat status;
    if (!path_of(fd, path, sizeof path, &status))
        return 1;
    volatile struct place *place = place_of(path);
    if (!place || length <= status.st_size || place->room > 0)
        return 1;
    __atomic_add_fetch(&control->refused, 1, __ATOMIC_SEQ_CST);
    return 0;
}

int ftruncate64(int fd, off64_t length) {
    if (!may_grow(fd, length)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_ftruncate, fd, length);
}

int ftruncate(int fd, off_t length) {
    return ftruncate64(fd, length);
}

int fallocate64(int fd, int mode, off64_t offset, off64_t length) {
    /* Punching holes needs no room. */
    if (!(mode & FALLOC_FL_PUNCH_HOLE) && !may_grow(fd, offset + length)) {
        errno = ENOSPC;
        return -1;
    }
    return syscall(SYS_fallocate, fd, mode, offset, length);
}

int fallocate(int fd, int mode, off_t offset, off_t length) {
    return fallocate64(fd, mode, offset, length);
}

int posix_fallocate64(int fd, off64_t offset, off64_t length) {
    return fallocate64(fd, 0, offset, length) == 0 ? 0 : errno;
}

int posix_fallocate(int fd, off_t offset, off_t length) {
    return posix_fallocate64(fd, offset, length);
}

/* What copies inside the kernel does so through write instead. */
ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t length, unsigned flags) {
    if (!control)
        return syscall(SYS_copy_file_range, in, from, out, to, length, flags);
    errno = ENOSYS;
    return -1;
}

static void slowly(void) {
    if (!control)
        return;
    __atomic_add_fetch(&control->syncs, 1, __ATOMIC_SEQ_CST);
    int64_t delay = control->delay;
    struct timespec time = {.tv_sec = delay / 1000, .tv_nsec = delay % 1000 * 1000000};
    if (delay > 0)
        nanosleep(&time, NULL);
}

int fsync(int fd) {
    slowly();
    return syscall(SYS_fsync, fd);
}

int fdatasync(int fd) {
    slowly();
    return syscall(SYS_fdatasync, fd);
}
