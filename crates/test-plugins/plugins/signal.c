/* Test plugins that work on samples only. MIT, see the LICENSE of the project. */
#include <lv2/core/lv2.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFIX "urn:archibald:test:"
enum { PORTS = 8, DELAY = 65536 };

typedef struct {
    float *port[PORTS];
    double rate;
    uint64_t frames;
    float ramp;
    float *line;
    atomic_int inside;
    int clashes;
} Plugin;

static LV2_Handle create(const LV2_Descriptor *d, double rate, const char *bundle, const LV2_Feature *const *features)
{
    (void)bundle;
    (void)features;
    if (!strcmp(d->URI, PREFIX "refuses")) {
        return NULL;
    }
    Plugin *p = calloc(1, sizeof *p);
    if (p) {
        p->rate = rate;
        p->line = calloc(DELAY, sizeof *p->line);
    }
    return p;
}

static void destroy(LV2_Handle h)
{
    free(((Plugin *)h)->line);
    free(h);
}

static void connect(LV2_Handle h, uint32_t port, void *data)
{
    if (port < PORTS) {
        ((Plugin *)h)->port[port] = data;
    }
}

static void activate(LV2_Handle h)
{
    Plugin *p = h;
    p->frames = 0;
    p->ramp = 0;
    memset(p->line, 0, DELAY * sizeof *p->line);
}

/* 0 in, 1 out */
static void unity(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    memmove(p->port[1], p->port[0], n * sizeof(float));
}

/* 0 in, 1 out, 2 gain (factor) */
static void gain(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    for (uint32_t i = 0; i < n; i++) {
        p->port[1][i] = p->port[0][i] * *p->port[2];
    }
}

/* 0 in, 1 out, 2 frames until NaN, 3 kind: 0 NaN, 1 Inf, 2 = +30 dBFS */
static void nan_after(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    for (uint32_t i = 0; i < n; i++, p->frames++) {
        float bad = *p->port[3] < 0.5f ? NAN : *p->port[3] < 1.5f ? INFINITY : 31.6f;
        p->port[1][i] = (double)p->frames >= (double)*p->port[2] ? bad : p->port[0][i];
    }
}

/* 0 in, 1 out, 2 microseconds to waste in each block */
static void overrun(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    struct timespec from, now;
    clock_gettime(CLOCK_MONOTONIC, &from);
    do {
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while ((now.tv_sec - from.tv_sec) * 1e6 + (now.tv_nsec - from.tv_nsec) / 1e3 < *p->port[2]);
    unity(h, n);
}

/* 0 in, 1 out, 2 delay in frames, 3 reported latency */
static void latency(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    float wanted = *p->port[2];
    uint64_t delay = wanted > 0 ? (uint64_t)fminf(wanted, DELAY - 1) : 0;
    for (uint32_t i = 0; i < n; i++, p->frames++) {
        p->line[p->frames % DELAY] = p->port[0][i];
        p->port[1][i] = delay <= p->frames ? p->line[(p->frames - delay) % DELAY] : 0;
    }
    *p->port[3] = (float)delay;
}

/* 0 in, 1 out, 2 enabled: halves the level while enabled */
static void enabled(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    for (uint32_t i = 0; i < n; i++) {
        p->port[1][i] = p->port[0][i] * (*p->port[2] > 0 ? 0.5f : 1.0f);
    }
}

/* 0 in, 1 out: writes its output before it reads its input; right only with separate buffers */
static void in_place_broken(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    for (uint32_t i = 0; i < n; i++) {
        p->port[1][i] = 0;
    }
    for (uint32_t i = 0; i < n; i++) {
        p->port[1][i] += p->port[0][i];
    }
}

/* 0 CV in, 1 CV out, 2 factor */
static void cv_scale(LV2_Handle h, uint32_t n)
{
    gain(h, n);
}

/* 0 control out: the block's index; 1 control out: seconds since activation */
static void ramp(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    p->frames += n;
    *p->port[0] = p->ramp++;
    *p->port[1] = (float)((double)p->frames / p->rate);
}

/* 0 in, 1 out, 2 crash: a null pointer is written when it is over 0 */
static void crash(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    if (*p->port[2] > 0) {
        volatile uintptr_t nowhere = 8;
        *(volatile int *)nowhere = 1;
    }
    unity(h, n);
}

/* 0 in, 1 out, 2 control out: how often two threads were inside at once */
static void threads(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    if (atomic_fetch_add(&p->inside, 1)) {
        p->clashes++;
    }
    for (volatile int i = 0; i < 2000; i++) {
    }
    unity(h, n);
    *p->port[2] = (float)p->clashes;
    atomic_fetch_sub(&p->inside, 1);
}

/* 0 in, 1 out, 2 control out: length of the last block */
static void block_length(LV2_Handle h, uint32_t n)
{
    unity(h, n);
    *((Plugin *)h)->port[2] = (float)n;
}

/* 0 left in, 1 right in, 2 left out, 3 right out, 4 trigger, 5 integer, 6 list, 7 optional audio in */
static void stereo(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    for (uint32_t i = 0; i < n; i++) {
        float l = p->port[0][i], r = p->port[1][i];
        p->port[2][i] = l + *p->port[4];
        p->port[3][i] = r + *p->port[5];
    }
}

#define PLUGIN(name, run) { PREFIX name, create, connect, activate, run, NULL, destroy, NULL }

static const LV2_Descriptor plugins[] = {
    PLUGIN("unity", unity),       PLUGIN("gain", gain),
    PLUGIN("nan", nan_after),     PLUGIN("overrun", overrun),
    PLUGIN("latency", latency),   PLUGIN("enabled", enabled),
    PLUGIN("in-place-broken", in_place_broken),
    PLUGIN("cv-scale", cv_scale), PLUGIN("ramp", ramp),
    PLUGIN("crash", crash),       PLUGIN("threads", threads),
    PLUGIN("fixed", block_length), PLUGIN("power-of-2", block_length),
    PLUGIN("unsupported", unity), PLUGIN("old-event-port", unity),
    PLUGIN("refuses", unity),     PLUGIN("stereo", stereo),
};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
}
