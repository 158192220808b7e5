/* Test plugins with state: a number, a text, and a file that the plugin makes. MIT, see the LICENSE of the project. */
#include <lv2/atom/atom.h>
#include <lv2/core/lv2.h>
#include <lv2/state/state.h>
#include <lv2/urid/urid.h>
#include <lv2/worker/worker.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PREFIX "urn:archibald:test:"

/* 0 in: number to keep when `write` rises; 1 in: write; 2 out: the number kept; 3 out: the number in the file; 4 out:
   calls that came in when they must not */
typedef struct {
    float *port[5];
    LV2_URID number, file, int_, path;
    LV2_State_Make_Path *make;
    LV2_State_Free_Path *free_;
    float kept, in_file;
    float was;
    char name[4096];
    atomic_int inside;
    atomic_int saving;
    atomic_int clashes;
} Plugin;

static float read_file(const char *name)
{
    float number = -1;
    FILE *file = fopen(name, "r");
    if (file) {
        if (fscanf(file, "%f", &number) != 1) {
            number = -2;
        }
        fclose(file);
    }
    return number;
}

static void write_file(Plugin *p, float number)
{
    /* One new file for each number, where the host says. */
    char name[64];
    snprintf(name, sizeof name, "sub/number-%d.txt", (int)number);
    char *path = p->make ? p->make->path(p->make->handle, name) : NULL;
    if (path) {
        FILE *file = fopen(path, "w");
        if (file) {
            fprintf(file, "%d\n", (int)number);
            fclose(file);
            snprintf(p->name, sizeof p->name, "%s", path);
        }
        free(path);
    }
    p->in_file = read_file(p->name);
}

static LV2_Handle create(const LV2_Descriptor *d, double rate, const char *bundle, const LV2_Feature *const *features)
{
    (void)d;
    (void)rate;
    (void)bundle;
    LV2_URID_Map *map = NULL;
    Plugin *p = calloc(1, sizeof *p);
    for (; *features; features++) {
        if (!strcmp((*features)->URI, LV2_URID__map)) {
            map = (*features)->data;
        } else if (!strcmp((*features)->URI, LV2_STATE__makePath)) {
            p->make = (*features)->data;
        } else if (!strcmp((*features)->URI, LV2_STATE__freePath)) {
            p->free_ = (*features)->data;
        }
    }
    if (!map) {
        free(p);
        return NULL;
    }
    p->number = map->map(map->handle, PREFIX "state#number");
    p->file = map->map(map->handle, PREFIX "state#file");
    p->int_ = map->map(map->handle, LV2_ATOM__Int);
    p->path = map->map(map->handle, LV2_ATOM__Path);
    return p;
}

static void connect(LV2_Handle h, uint32_t port, void *data)
{
    if (port < 5) {
        ((Plugin *)h)->port[port] = data;
    }
}

static void enter(Plugin *p)
{
    if (atomic_fetch_add(&p->inside, 1)) {
        atomic_fetch_add(&p->clashes, 1);
    }
}

static void run(LV2_Handle h, uint32_t n)
{
    (void)n;
    Plugin *p = h;
    enter(p);
    for (volatile int i = 0; i < 500; i++) {
    }
    if (*p->port[1] > 0 && p->was <= 0) {
        p->kept = *p->port[0];
        write_file(p, p->kept); /* not real-time safe; a test */
    }
    p->was = *p->port[1];
    *p->port[2] = p->kept;
    *p->port[3] = p->in_file;
    *p->port[4] = (float)atomic_load(&p->clashes);
    atomic_fetch_sub(&p->inside, 1);
}

static LV2_State_Status save(LV2_Handle h, LV2_State_Store_Function store, LV2_State_Handle to, uint32_t flags,
                             const LV2_Feature *const *features)
{
    (void)flags;
    Plugin *p = h;
    atomic_fetch_add(&p->saving, 1); /* beside `run`, but not beside `restore` */
    int32_t number = (int32_t)p->kept;
    store(to, p->number, &number, sizeof number, p->int_, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    for (; p->name[0] && *features; features++) {
        if (!strcmp((*features)->URI, LV2_STATE__mapPath)) {
            LV2_State_Map_Path *map = (*features)->data;
            char *path = map->abstract_path(map->handle, p->name);
            store(to, p->file, path, strlen(path) + 1, p->path, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
            if (p->free_) {
                p->free_->free_path(p->free_->handle, path);
            } else {
                free(path);
            }
        }
    }
    atomic_fetch_sub(&p->saving, 1);
    return LV2_STATE_SUCCESS;
}

static LV2_State_Status restore(LV2_Handle h, LV2_State_Retrieve_Function retrieve, LV2_State_Handle from,
                                uint32_t flags, const LV2_Feature *const *features)
{
    Plugin *p = h;
    size_t size;
    uint32_t type;
    enter(p);
    if (atomic_load(&p->saving)) {
        atomic_fetch_add(&p->clashes, 1);
    }
    for (volatile int i = 0; i < 10000; i++) {
    }
    const int32_t *number = retrieve(from, p->number, &size, &type, &flags);
    if (number && type == p->int_) {
        p->kept = (float)*number;
    }
    if (p->kept == 1000) {
        nanosleep(&(struct timespec){ 0, 200000000 }, NULL); /* the slow one */
    }
    p->name[0] = 0;
    p->in_file = -1;
    const char *path = retrieve(from, p->file, &size, &type, &flags);
    for (; path && *features; features++) {
        if (!strcmp((*features)->URI, LV2_STATE__mapPath)) {
            LV2_State_Map_Path *map = (*features)->data;
            char *full = map->absolute_path(map->handle, path);
            snprintf(p->name, sizeof p->name, "%s", full);
            p->in_file = read_file(p->name);
            free(full);
        }
    }
    atomic_fetch_sub(&p->inside, 1);
    return LV2_STATE_SUCCESS;
}

static const void *extension(const char *uri)
{
    static const LV2_State_Interface interface = { save, restore };
    return strcmp(uri, LV2_STATE__interface) ? NULL : &interface;
}

#define PLUGIN(name) { PREFIX name, create, connect, NULL, run, NULL, free, extension }

static const LV2_Descriptor plugins[] = { PLUGIN("state"), PLUGIN("state-thread-safe"), PLUGIN("state-default") };

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
}
