/* Test plugins that work on events: MIDI, patch messages, time. MIT, see the LICENSE of the project. */
#include <lv2/atom/atom.h>
#include <lv2/atom/forge.h>
#include <lv2/atom/util.h>
#include <lv2/core/lv2.h>
#include <lv2/log/log.h>
#include <lv2/midi/midi.h>
#include <lv2/options/options.h>
#include <lv2/buf-size/buf-size.h>
#include <lv2/patch/patch.h>
#include <lv2/time/time.h>
#include <lv2/urid/urid.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "urn:archibald:test:"
enum { PORTS = 4 };

typedef struct {
    void *port[PORTS];
    LV2_URID midi, object, get, set, property, value, subject, position, bpm, float_, nominal;
    LV2_URID note, error;
    LV2_Log_Log *log;
    LV2_Atom_Forge forge;
    float held, block;
    float beats;
    LV2_URID key;
    uint8_t kept[256];
} Plugin;

static LV2_Handle create(const LV2_Descriptor *d, double rate, const char *bundle, const LV2_Feature *const *features)
{
    (void)d;
    (void)rate;
    (void)bundle;
    LV2_URID_Map *map = NULL;
    const LV2_Options_Option *options = NULL;
    Plugin *p = calloc(1, sizeof *p);
    for (; *features; features++) {
        if (!strcmp((*features)->URI, LV2_URID__map)) {
            map = (*features)->data;
        } else if (!strcmp((*features)->URI, LV2_LOG__log)) {
            p->log = (*features)->data;
        } else if (!strcmp((*features)->URI, LV2_OPTIONS__options)) {
            options = (*features)->data;
        }
    }
    if (!map) {
        free(p);
        return NULL;
    }
#define MAP(uri) map->map(map->handle, uri)
    p->midi = MAP(LV2_MIDI__MidiEvent);
    p->object = MAP(LV2_ATOM__Object);
    p->get = MAP(LV2_PATCH__Get);
    p->set = MAP(LV2_PATCH__Set);
    p->property = MAP(LV2_PATCH__property);
    p->value = MAP(LV2_PATCH__value);
    p->position = MAP(LV2_TIME__Position);
    p->bpm = MAP(LV2_TIME__beatsPerMinute);
    p->float_ = MAP(LV2_ATOM__Float);
    p->nominal = MAP(LV2_BUF_SIZE__nominalBlockLength);
    p->note = MAP(LV2_LOG__Note);
    p->error = MAP(LV2_LOG__Error);
    lv2_atom_forge_init(&p->forge, map);
    for (; options && options->key; options++) {
        if (options->key == p->nominal) {
            p->block = (float)*(const int *)options->value;
        }
    }
    if (p->log) {
        p->log->printf(p->log->handle, p->note, "made with blocks of %d\n", (int)p->block);
    }
    return p;
}

static void connect(LV2_Handle h, uint32_t port, void *data)
{
    if (port < PORTS) {
        ((Plugin *)h)->port[port] = data;
    }
}

/* 0 events in, 1 events out: sends back all that comes in */
static void echo(LV2_Handle h, uint32_t n)
{
    (void)n;
    Plugin *p = h;
    const LV2_Atom_Sequence *in = p->port[0];
    LV2_Atom_Sequence *out = p->port[1];
    uint32_t room = out->atom.size;
    lv2_atom_sequence_clear(out);
    out->atom.type = in->atom.type;
    LV2_ATOM_SEQUENCE_FOREACH(in, event)
    {
        lv2_atom_sequence_append_event(out, room, event);
    }
}

/* 0 MIDI in, 1 audio out: velocity / 127 from note on to note off */
static void gate(LV2_Handle h, uint32_t n)
{
    Plugin *p = h;
    const LV2_Atom_Sequence *in = p->port[0];
    float *out = p->port[1];
    uint32_t at = 0;
    LV2_ATOM_SEQUENCE_FOREACH(in, event)
    {
        if (event->body.type != p->midi || event->body.size < 3) {
            continue;
        }
        for (; at < n && at < event->time.frames; at++) {
            out[at] = p->held;
        }
        const uint8_t *m = (const uint8_t *)(event + 1);
        switch (m[0] & 0xf0) {
        case 0x90: p->held = m[2] / 127.0f; break;
        case 0x80: p->held = 0; break;
        case 0xb0: p->held = m[1] == 120 || m[1] == 123 ? 0 : p->held; break;
        }
    }
    for (; at < n; at++) {
        out[at] = p->held;
    }
}

/* 0 events in, 1 events out, 2 control out bpm: keeps the last value that was set, answers gets with it */
static void parameter(LV2_Handle h, uint32_t n)
{
    (void)n;
    Plugin *p = h;
    const LV2_Atom_Sequence *in = p->port[0];
    LV2_Atom_Sequence *out = p->port[1];
    LV2_Atom_Forge_Frame sequence, object;
    lv2_atom_forge_set_buffer(&p->forge, (uint8_t *)out, out->atom.size + 8);
    lv2_atom_forge_sequence_head(&p->forge, &sequence, 0);
    LV2_ATOM_SEQUENCE_FOREACH(in, event)
    {
        if (event->body.type != p->object) {
            continue;
        }
        const LV2_Atom_Object *o = (const LV2_Atom_Object *)&event->body;
        if (o->body.otype == p->position) {
            const LV2_Atom_Float *bpm = NULL;
            lv2_atom_object_get(o, p->bpm, &bpm, 0);
            p->beats = bpm ? bpm->body : 0;
        } else if (o->body.otype == p->set) {
            const LV2_Atom *value = NULL;
            const LV2_Atom_URID *key = NULL;
            lv2_atom_object_get(o, p->value, &value, p->property, &key, 0);
            if (value && key && value->size <= sizeof p->kept - 8) {
                memcpy(p->kept, value, 8 + value->size);
                p->key = key->body;
            }
            if (p->log) {
                p->log->printf(p->log->handle, p->error, "set in run, %u bytes", value ? value->size : 0);
            }
        } else if (o->body.otype == p->get && p->key) {
            const LV2_Atom *value = (const LV2_Atom *)p->kept;
            lv2_atom_forge_frame_time(&p->forge, event->time.frames);
            lv2_atom_forge_object(&p->forge, &object, 0, p->set);
            lv2_atom_forge_key(&p->forge, p->property);
            lv2_atom_forge_urid(&p->forge, p->key);
            lv2_atom_forge_key(&p->forge, p->value);
            lv2_atom_forge_atom(&p->forge, value->size, value->type);
            lv2_atom_forge_write(&p->forge, value + 1, value->size);
            lv2_atom_forge_pop(&p->forge, &object);
        }
    }
    lv2_atom_forge_pop(&p->forge, &sequence);
    *(float *)p->port[2] = p->beats;
}

/* 0 control out: the nominal block length that it was told last */
static void options(LV2_Handle h, uint32_t n)
{
    (void)n;
    *(float *)((Plugin *)h)->port[0] = ((Plugin *)h)->block;
}

static uint32_t options_get(LV2_Handle h, LV2_Options_Option *option)
{
    (void)h;
    (void)option;
    return LV2_OPTIONS_ERR_UNKNOWN;
}

static uint32_t options_set(LV2_Handle h, const LV2_Options_Option *option)
{
    Plugin *p = h;
    for (; option->key; option++) {
        if (option->key == p->nominal) {
            p->block = (float)*(const int *)option->value;
        }
    }
    return LV2_OPTIONS_SUCCESS;
}

static const void *extension(const char *uri)
{
    static const LV2_Options_Interface interface = { options_get, options_set };
    return strcmp(uri, LV2_OPTIONS__interface) ? NULL : &interface;
}

/* 0 events out: writes a sequence whose events lie about their size */
static void liar(LV2_Handle h, uint32_t n)
{
    (void)n;
    Plugin *p = h;
    LV2_Atom_Sequence *out = p->port[0];
    uint32_t room = out->atom.size;
    lv2_atom_sequence_clear(out);
    out->atom.type = p->forge.Sequence;
    LV2_Atom_Event *event = lv2_atom_sequence_begin(&out->body);
    event->time.frames = 3;
    event->body.size = 4;
    event->body.type = p->midi;
    memset(event + 1, 0, 8);
    event = lv2_atom_sequence_next(event);
    event->time.frames = 4;
    event->body.size = 0x7fffffff;
    event->body.type = p->midi;
    out->atom.size = room;
}

#define PLUGIN(name, run, extension) { PREFIX name, create, connect, NULL, run, NULL, free, extension }

static const LV2_Descriptor plugins[] = {
    PLUGIN("echo", echo, NULL),           PLUGIN("gate", gate, NULL),
    PLUGIN("parameter", parameter, NULL), PLUGIN("options", options, extension),
    PLUGIN("liar", liar, NULL),
};

LV2_SYMBOL_EXPORT const LV2_Descriptor *lv2_descriptor(uint32_t index)
{
    return index < sizeof plugins / sizeof *plugins ? &plugins[index] : NULL;
}
