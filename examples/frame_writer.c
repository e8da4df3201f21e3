/* Lights a Prismatron display in one colour, through its live ring in /dev/shm.
 *
 *   cc -std=c11 -O2 -o frame_writer frame_writer.c
 *   ./frame_writer --ring prismatron_main_live --color FF8000 --fps 30 --seconds 5
 *
 * docs/frame-abi.md has the rules that this follows. The ring is written through a mapping: if
 * somebody cuts the file short, the touch of it is a SIGBUS, which ends this program in order.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "prismatron_frames.h"

static volatile sig_atomic_t ending;

static void end(int signal) {
    (void)signal;
    ending = 1;
}

static void cut_short(int signal) {
    static const char words[] = "the ring was cut short\n";
    (void)signal;
    (void)!write(2, words, sizeof words - 1);
    _exit(3);
}

static uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* Whether a process runs: one that has ended and was not waited for does not. */
static int is_alive(uint32_t pid) {
    char path[32], text[512] = "";
    snprintf(path, sizeof path, "/proc/%u/stat", pid);
    FILE *stat = fopen(path, "r");
    if (!stat) return 0;
    size_t length = fread(text, 1, sizeof text - 1, stat);
    fclose(stat);
    text[length] = 0;
    const char *name_end = strrchr(text, ')');
    return name_end && name_end[1] == ' ' && name_end[2] != 'Z' && name_end[2] != 'X';
}

struct ring {
    char path[300];
    int file;
    size_t bytes;
    struct prismatron_header *header;
    uint64_t sequence;
};

/* 0: entered; 1: there is no ring to write; 2: another program draws. */
static int ring_open(struct ring *ring) {
    struct stat stat;
    ring->file = open(ring->path, O_RDWR | O_CLOEXEC);
    if (ring->file < 0) return 1;
    void *base = MAP_FAILED;
    if (fstat(ring->file, &stat) == 0 && stat.st_size >= (off_t)PRISMATRON_HEADER_BYTES) {
        ring->bytes = (size_t)stat.st_size;
        base = mmap(NULL, ring->bytes, PROT_READ | PROT_WRITE, MAP_SHARED, ring->file, 0);
    }
    if (base == MAP_FAILED) {
        close(ring->file);
        return 1;
    }
    ring->header = base;
    int result = 1;
    if (prismatron_check(ring->header, ring->bytes)) {
        uint32_t before = atomic_load(&ring->header->writer_pid);
        if ((before == 0 || !is_alive(before)) &&
            prismatron_enter(ring->header, (uint32_t)getpid(), before, &ring->sequence))
            return 0;
        fprintf(stderr, "%s: process %u draws already\n", ring->path, before);
        result = 2;
    }
    munmap(base, ring->bytes);
    close(ring->file);
    return result;
}

static void ring_close(struct ring *ring) {
    prismatron_leave(ring->header, (uint32_t)getpid());
    munmap(ring->header, ring->bytes);
    close(ring->file);
}

/* Whether the name still leads to this file, which nobody has cut short. */
static int ring_is_current(const struct ring *ring) {
    struct stat named, mine;
    return stat(ring->path, &named) == 0 && fstat(ring->file, &mine) == 0 &&
           named.st_dev == mine.st_dev && named.st_ino == mine.st_ino &&
           mine.st_size >= (off_t)ring->bytes;
}

/* Shows a frame. Returns 0, or 1 if the ring is not ours to write any more. */
static int ring_put(struct ring *ring, const uint8_t color[3], uint64_t number) {
    struct prismatron_header *header = ring->header;
    if (!prismatron_check(header, ring->bytes) ||
        atomic_load(&header->writer_pid) != (uint32_t)getpid())
        return 1;
    struct prismatron_slot *slot = prismatron_claim(header, 1);
    if (!slot) return 1;
    prismatron_describe(header, slot, ++ring->sequence, number, now_ns(), 0);
    uint8_t *pixels = prismatron_pixels(slot);
    size_t step = header->pixel_format == PRISMATRON_RGBA8 ? 4 : 3;
    size_t bytes = (size_t)header->stride * header->height;
    for (size_t at = 0; at + step <= bytes; at += step) {
        memcpy(pixels + at, color, 3);
        if (step == 4) pixels[at + 3] = 255;
    }
    prismatron_commit(header, slot);
    atomic_store(&header->writer_heartbeat_ns, now_ns());
    syscall(SYS_futex, &header->committed, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
    return 0;
}

static int usage(FILE *to) {
    fputs("frame_writer --ring NAME [--color RRGGBB] [--fps N] [--seconds S]\n"
          "NAME is that of a live ring in /dev/shm, prismatron_<instance>_live\n",
          to);
    return to == stdout ? 0 : 2;
}

int main(int count, char **words) {
    const char *name = NULL;
    unsigned long rgb = 0xFFFFFF;
    double fps = 30, seconds = 5;
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : NULL;
        char *rest = "";
        if (!strcmp(words[i], "--help")) return usage(stdout);
        if (!value) return usage(stderr);
        if (!strcmp(words[i], "--ring")) {
            name = value;
        } else if (!strcmp(words[i], "--color")) {
            value += *value == '#';
            rgb = strtoul(value, &rest, 16);
            if (strlen(value) != 6) return usage(stderr);
        } else if (!strcmp(words[i], "--fps")) {
            fps = strtod(value, &rest);
        } else if (!strcmp(words[i], "--seconds")) {
            seconds = strtod(value, &rest);
        } else {
            return usage(stderr);
        }
        if (*rest) return usage(stderr);
        i++;
    }
    if (!name || strlen(name) > 255 || strchr(name, '/') || !(fps > 0) || !(seconds >= 0))
        return usage(stderr);
    const uint8_t color[3] = {(uint8_t)(rgb >> 16), (uint8_t)(rgb >> 8), (uint8_t)rgb};

    struct sigaction on_end = {.sa_handler = end}, on_cut = {.sa_handler = cut_short};
    sigaction(SIGINT, &on_end, NULL);
    sigaction(SIGTERM, &on_end, NULL);
    sigaction(SIGBUS, &on_cut, NULL);

    struct ring ring = {.file = -1};
    snprintf(ring.path, sizeof ring.path, "/dev/shm/%s", name);
    int is_open = 0, result = 0;
    uint64_t frames = 0, due = now_ns(), until = due + (uint64_t)(seconds * 1e9);
    while (!ending && now_ns() < until) {
        if (is_open && !ring_is_current(&ring)) {
            munmap(ring.header, ring.bytes);
            close(ring.file);
            is_open = 0;
        }
        if (!is_open) {
            int opened = ring_open(&ring);
            if (opened == 2) {
                result = 1;
                break;
            }
            is_open = opened == 0;
        }
        if (is_open) {
            if (ring_put(&ring, color, frames + 1)) {
                ring_close(&ring);
                is_open = 0;
            } else {
                frames++;
            }
        }
        due += (uint64_t)(1e9 / fps);
        /* One that fell behind does not catch up: frames in a bunch are lost on a display. */
        if (due < now_ns()) due = now_ns();
        struct timespec at = {.tv_sec = (time_t)(due / 1000000000u),
                              .tv_nsec = (long)(due % 1000000000u)};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL);
    }
    if (is_open) ring_close(&ring);
    printf("%llu frames\n", (unsigned long long)frames);
    return result || frames == 0;
}
