/* Prismatron frame ring, ABI version 1: what stands in /dev/shm/prismatron_<instance>_<name>.
 *
 * docs/frame-abi.md tells the rules. C11, little-endian machines with lock-free 64-bit atomics.
 * A writer maps the file, checks the header (prismatron_check), enters (prismatron_enter), and for
 * each frame: prismatron_claim, prismatron_describe, fill prismatron_pixels, prismatron_commit, then
 * futex(FUTEX_WAKE, &header->committed); at the end prismatron_leave. One thread, one writer.
 *
 * SPDX-License-Identifier: MIT OR Apache-2.0
 */
#ifndef PRISMATRON_FRAMES_H
#define PRISMATRON_FRAMES_H

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* The bytes "PRSMRING". */
#define PRISMATRON_MAGIC UINT64_C(0x474e49524d535250)
#define PRISMATRON_ABI_VERSION 1u
#define PRISMATRON_HEADER_BYTES 512u
#define PRISMATRON_SLOT_HEADER_BYTES 64u
#define PRISMATRON_MIN_SLOTS 2u
#define PRISMATRON_MAX_SLOTS 64u
#define PRISMATRON_MAX_WIDTH 1048576u
#define PRISMATRON_MAX_HEIGHT 65536u
#define PRISMATRON_MAX_FRAME_BYTES UINT64_C(268435456)

/* pixel_format */
enum { PRISMATRON_RGB8 = 1, PRISMATRON_RGBA8 = 2, PRISMATRON_LEDS_RGB8 = 3 };
/* color_space */
enum { PRISMATRON_SRGB = 1, PRISMATRON_LINEAR = 2 };
/* ring_state */
enum { PRISMATRON_RING_MAKING = 0, PRISMATRON_RING_OPEN = 1, PRISMATRON_RING_CLOSED = 2 };
/* state of a slot */
enum {
    PRISMATRON_SLOT_FREE = 0,
    PRISMATRON_SLOT_WRITING = 1,
    PRISMATRON_SLOT_READY = 2,
    PRISMATRON_SLOT_READING = 3
};
/* flags of a slot: no later frame follows */
#define PRISMATRON_FLAG_LAST 1u

struct prismatron_header {
    /* Fixed once the magic stands there; set by the owner. */
    _Atomic uint64_t magic;
    uint32_t abi_version;
    uint32_t header_bytes;
    uint64_t total_bytes;
    uint32_t width;
    uint32_t height;
    uint32_t stride;
    uint32_t pixel_format;
    uint32_t color_space;
    uint32_t slots;
    uint64_t slots_offset;
    uint64_t slot_stride;
    uint32_t owner_pid;
    uint32_t reserved_68;
    uint64_t owner_start;
    uint64_t generation;
    uint8_t reserved_88[40];
    /* One cache line for each side that writes. */
    _Atomic uint32_t ring_state;
    uint8_t reserved_132[60];
    _Atomic uint32_t writer_pid;
    uint32_t reserved_196;
    _Atomic uint64_t writer_heartbeat_ns;
    uint8_t reserved_208[48];
    _Atomic uint64_t reader_position_ns;
    uint8_t reserved_264[56];
    _Atomic uint32_t committed;
    uint8_t reserved_324[60];
    _Atomic uint32_t released;
    uint8_t reserved_388[124];
};

struct prismatron_slot {
    _Atomic uint32_t state;
    _Atomic uint32_t flags;
    _Atomic uint64_t sequence;
    _Atomic uint64_t number;
    _Atomic uint64_t pts_ns;
    _Atomic uint64_t pixel_bytes;
    uint8_t reserved_40[24];
    /* the pixels follow */
};

_Static_assert(sizeof(_Atomic uint64_t) == 8, "64-bit atomics are plain words");
_Static_assert(sizeof(_Atomic uint32_t) == 4, "32-bit atomics are plain words");
_Static_assert(sizeof(struct prismatron_header) == PRISMATRON_HEADER_BYTES, "header");
_Static_assert(sizeof(struct prismatron_slot) == PRISMATRON_SLOT_HEADER_BYTES, "slot header");
_Static_assert(offsetof(struct prismatron_header, abi_version) == 8, "abi_version");
_Static_assert(offsetof(struct prismatron_header, total_bytes) == 16, "total_bytes");
_Static_assert(offsetof(struct prismatron_header, width) == 24, "width");
_Static_assert(offsetof(struct prismatron_header, stride) == 32, "stride");
_Static_assert(offsetof(struct prismatron_header, slots) == 44, "slots");
_Static_assert(offsetof(struct prismatron_header, slots_offset) == 48, "slots_offset");
_Static_assert(offsetof(struct prismatron_header, slot_stride) == 56, "slot_stride");
_Static_assert(offsetof(struct prismatron_header, owner_pid) == 64, "owner_pid");
_Static_assert(offsetof(struct prismatron_header, generation) == 80, "generation");
_Static_assert(offsetof(struct prismatron_header, ring_state) == 128, "ring_state");
_Static_assert(offsetof(struct prismatron_header, writer_pid) == 192, "writer_pid");
_Static_assert(offsetof(struct prismatron_header, writer_heartbeat_ns) == 200, "heartbeat");
_Static_assert(offsetof(struct prismatron_header, reader_position_ns) == 256, "position");
_Static_assert(offsetof(struct prismatron_header, committed) == 320, "committed");
_Static_assert(offsetof(struct prismatron_header, released) == 384, "released");
_Static_assert(offsetof(struct prismatron_slot, flags) == 4, "flags");
_Static_assert(offsetof(struct prismatron_slot, sequence) == 8, "sequence");
_Static_assert(offsetof(struct prismatron_slot, number) == 16, "number");
_Static_assert(offsetof(struct prismatron_slot, pts_ns) == 24, "pts_ns");
_Static_assert(offsetof(struct prismatron_slot, pixel_bytes) == 32, "pixel_bytes");

/* Whether a mapping of file_bytes bytes is an open ring whose slots all lie inside it. */
static inline int prismatron_check(const struct prismatron_header *ring, uint64_t file_bytes) {
    if (file_bytes < PRISMATRON_HEADER_BYTES ||
        atomic_load_explicit(&ring->magic, memory_order_acquire) != PRISMATRON_MAGIC ||
        ring->abi_version != PRISMATRON_ABI_VERSION || ring->total_bytes > file_bytes)
        return 0;
    uint64_t pixel = ring->pixel_format == PRISMATRON_RGBA8 ? 4 : 3;
    if (ring->pixel_format < PRISMATRON_RGB8 || ring->pixel_format > PRISMATRON_LEDS_RGB8 ||
        ring->width == 0 || ring->width > PRISMATRON_MAX_WIDTH || ring->height == 0 ||
        ring->height > PRISMATRON_MAX_HEIGHT || ring->stride != ring->width * pixel ||
        ring->slots < PRISMATRON_MIN_SLOTS || ring->slots > PRISMATRON_MAX_SLOTS)
        return 0;
    uint64_t frame = (uint64_t)ring->stride * ring->height;
    return frame <= PRISMATRON_MAX_FRAME_BYTES && ring->slots_offset % 64 == 0 &&
           ring->slots_offset >= ring->header_bytes &&
           ring->header_bytes >= PRISMATRON_HEADER_BYTES && ring->slot_stride % 64 == 0 &&
           ring->slot_stride >= PRISMATRON_SLOT_HEADER_BYTES + frame &&
           ring->slots_offset <= ring->total_bytes &&
           (ring->total_bytes - ring->slots_offset) / ring->slots >= ring->slot_stride &&
           atomic_load_explicit(&ring->ring_state, memory_order_acquire) == PRISMATRON_RING_OPEN;
}

/* Slot number index, less than header->slots. */
static inline struct prismatron_slot *prismatron_slot_at(struct prismatron_header *ring,
                                                         uint32_t index) {
    return (struct prismatron_slot *)((uint8_t *)ring + ring->slots_offset +
                                      ring->slot_stride * index);
}

static inline uint8_t *prismatron_pixels(struct prismatron_slot *slot) {
    return (uint8_t *)slot + PRISMATRON_SLOT_HEADER_BYTES;
}

/* Becomes the writer instead of dead_pid, a writer known to be dead, or of nobody (0). Returns
 * whether it did; *sequence is where to count on from. */
static inline int prismatron_enter(struct prismatron_header *ring, uint32_t own_pid,
                                   uint32_t dead_pid, uint64_t *sequence) {
    if (!atomic_compare_exchange_strong(&ring->writer_pid, &dead_pid, own_pid)) return 0;
    *sequence = 0;
    for (uint32_t i = 0; i < ring->slots; i++) {
        struct prismatron_slot *slot = prismatron_slot_at(ring, i);
        uint64_t seen = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
        uint32_t writing = PRISMATRON_SLOT_WRITING;
        if ((int64_t)(seen - *sequence) > 0) *sequence = seen;
        atomic_compare_exchange_strong(&slot->state, &writing, PRISMATRON_SLOT_FREE);
    }
    return 1;
}

static inline void prismatron_leave(struct prismatron_header *ring, uint32_t own_pid) {
    atomic_compare_exchange_strong(&ring->writer_pid, &own_pid, 0);
}

/* Claims a slot for writing: a free one, else with take_oldest the oldest that nobody has claimed.
 * NULL if there is none: read header->released before the call and futex(FUTEX_WAIT) on it. */
static inline struct prismatron_slot *prismatron_claim(struct prismatron_header *ring,
                                                       int take_oldest) {
    for (uint32_t i = 0; i < ring->slots; i++) {
        struct prismatron_slot *slot = prismatron_slot_at(ring, i);
        uint32_t expected = PRISMATRON_SLOT_FREE;
        if (atomic_compare_exchange_strong(&slot->state, &expected, PRISMATRON_SLOT_WRITING))
            return slot;
    }
    while (take_oldest) {
        struct prismatron_slot *oldest = NULL;
        uint64_t oldest_sequence = 0;
        for (uint32_t i = 0; i < ring->slots; i++) {
            struct prismatron_slot *slot = prismatron_slot_at(ring, i);
            if (atomic_load_explicit(&slot->state, memory_order_acquire) != PRISMATRON_SLOT_READY)
                continue;
            uint64_t seen = atomic_load_explicit(&slot->sequence, memory_order_relaxed);
            if (!oldest || (int64_t)(seen - oldest_sequence) < 0) {
                oldest = slot;
                oldest_sequence = seen;
            }
        }
        uint32_t expected = PRISMATRON_SLOT_READY;
        if (!oldest) break;
        if (atomic_compare_exchange_strong(&oldest->state, &expected, PRISMATRON_SLOT_WRITING))
            return oldest;
    }
    return NULL;
}

/* Writes a claimed slot's words; call it before the pixels are written. sequence is one more than
 * that of the commit before. */
static inline void prismatron_describe(const struct prismatron_header *ring,
                                       struct prismatron_slot *slot, uint64_t sequence,
                                       uint64_t number, uint64_t pts_ns, uint32_t flags) {
    atomic_store_explicit(&slot->sequence, sequence, memory_order_relaxed);
    atomic_store_explicit(&slot->number, number, memory_order_relaxed);
    atomic_store_explicit(&slot->pts_ns, pts_ns, memory_order_relaxed);
    atomic_store_explicit(&slot->flags, flags, memory_order_relaxed);
    atomic_store_explicit(&slot->pixel_bytes, (uint64_t)ring->stride * ring->height,
                          memory_order_relaxed);
    atomic_thread_fence(memory_order_release);
}

/* Hands a filled slot over. Then futex(FUTEX_WAKE) on header->committed. */
static inline void prismatron_commit(struct prismatron_header *ring,
                                     struct prismatron_slot *slot) {
    atomic_store_explicit(&slot->state, PRISMATRON_SLOT_READY, memory_order_release);
    atomic_fetch_add_explicit(&ring->committed, 1, memory_order_release);
}

#endif
