/* LV2's log feature is variadic, which stable Rust cannot define. This formats into a bounded buffer on the
   stack and hands the text to Rust. No libc headers, so that it also compiles for a foreign target. */
#include <stdarg.h>
#include <stddef.h>

extern int vsnprintf(char *text, size_t size, const char *format, va_list args);
extern void archibald_lv2_log(void *handle, unsigned int type, const char *text, size_t length);

enum { LONGEST = 1024 };

int archibald_lv2_vprintf(void *handle, unsigned int type, const char *format, va_list args)
{
    char text[LONGEST];
    int wanted = vsnprintf(text, sizeof text, format, args);
    if (wanted > 0) {
        archibald_lv2_log(handle, type, text, wanted < LONGEST ? (size_t)wanted : LONGEST - 1);
    }
    return wanted;
}

int archibald_lv2_printf(void *handle, unsigned int type, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int wanted = archibald_lv2_vprintf(handle, type, format, args);
    va_end(args);
    return wanted;
}
