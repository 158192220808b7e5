/* A test plugin that uses and abuses its worker. MIT, see the LICENSE of the project. */
#include <lv2/core/lv2.h>
#include <lv2/worker/worker.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PORTS = 6, IDLE, ECHO, FLOOD, OVERSIZE, EMPTY, SLOW, NEST };

/* 0 mode; 1 out: requests accepted; 2 out: requests refused; 3 out: responses that came; 4 out: bytes of the last
   response; 5 out: calls of end_run */
typedef struct {
    float *port[PORTS];
    LV2_Worker_Schedule *schedule;
    float accepted, refused, responses, bytes, ends;
} Plugin;

static LV2_Handle create(const LV2_Descriptor *d, double rate, const char *bundle, const LV2_Feature *const *features)
{
    (void)d;
    (void)rate;
    (void)bundle;
    Plugin *p = calloc(1, sizeof *p);
    for (; *features; features++) {
        if (!strcmp((*features)->URI, LV2_WORKER__schedule)) {
            p->schedule = (*features)->data;
        }
    }
    if (!p->schedule) {
        free(p);
        return NULL;
    }
    return p;
}

static void connect(LV2_Handle h, uint32_t port, void *data)
{
    if (port < PORTS) {
        ((Plugin *)h)->port[port] = data;
    }
}

static void ask(Plugin *p, uint32_t size, const void *data)
{
    if (p->schedule->schedule_work(p->schedule->handle, size, data) == LV2_WORKER_SUCCESS) {
        p->accepted++;
    } else {
        p->refused++;
    }
}

static void run(LV2_Handle h, uint32_t n)
{
    (void)n;
    Plugin *p = h;
    static const char large[1 << 20];
    /* The first byte tells the worker what to do. */
    char message[16] = { 0 };
    int mode = IDLE + (int)*p->port[0];
    message[0] = (char)mode;
    switch (mode) {
    case ECHO:
    case SLOW:
    case NEST: ask(p, sizeof message, message); break;
    case FLOOD:
        for (int i = 0; i < 100000; i++) {
            ask(p, sizeof message, message);
        }
        break;
    case OVERSIZE: ask(p, sizeof large, large); break;
    case EMPTY:
        ask(p, 0, NULL);
        ask(p, 4, NULL);
        break;
    }
    *p->port[1] = p->accepted;
    *p->port[2] = p->refused;
    *p->port[3] = p->responses;
    *p->port[4] = p->bytes;
    *p->port[5] = p->ends;
}

static LV2_Worker_Status work(LV2_Handle h, LV2_Worker_Respond_Function respond, LV2_Worker_Respond_Handle to,
                              uint32_t size, const void *data)
{
    Plugin *p = h;
    char mode = size ? *(const char *)data : EMPTY;
    if (mode == SLOW) {
        nanosleep(&(struct timespec){ 0, 20000000 }, NULL);
    }
    if (mode == NEST) {
        p->schedule->schedule_work(p->schedule->handle, size, data);
    }
    return respond(to, size, data);
}

static LV2_Worker_Status work_response(LV2_Handle h, uint32_t size, const void *body)
{
    (void)body;
    Plugin *p = h;
    p->responses++;
    p->bytes = (float)size;
    *p->port[3] = p->responses;
    *p->port[4] = p->bytes;
    return LV2_WORKER_SUCCESS;
}

static LV2_Worker_Status end_run(LV2_Handle h)
{
    Plugin *p = h;
    *p->port[5] = ++p->ends;
    return LV2_WORKER_SUCCESS;
}

static const void *extension(const char *uri)
{
    static const LV2_Worker_Interface interface = { work, work_response, end_run };
    return strcmp(uri, LV2_WORKER__interface) ? NULL : &interface;
}

static const LV2_Descriptor plugin = { "urn:archibald:test:worker", create, connect, NULL, run, NULL, free, extension };

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    return index ? NULL : &plugin;
}
