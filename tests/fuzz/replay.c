/* SPDX-License-Identifier: MIT */
/* Runs a fuzzer without libFuzzer, for any compiler and a bounded time:
 *
 *   fuzz_x [-n COUNT] [-s SEED] [-v] [FILE ...]
 *
 * runs the seeds of the fuzzer and the files, every prefix of the seeds, and then COUNT
 * inputs (20000) mutated from them.  The same SEED (1) gives the same inputs; -v names
 * each before it runs, so that one that crashes is known by its number, and by its
 * bytes. */
#include "fuzz.h"

enum { MAX_LEN = 8192, MAX_STOCK = 1024, MAX_PREFIXED = 4096 };

struct input {
    uint8_t *data;
    size_t len;
};

static struct input stock[MAX_STOCK];
static size_t stocked;
static unsigned long runs;
static int verbose;
static uint64_t state;

static uint64_t random64(void) { /* splitmix64 */
    uint64_t z = (state += UINT64_C(0x9E3779B97F4A7C15));
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

static size_t below(size_t n) {
    return n > 0 ? (size_t)(random64() % n) : 0;
}

static void run(const uint8_t *data, size_t len) {
    if (verbose) {
        printf("input %lu:", runs);
        for (size_t i = 0; i < len; i++)
            printf(" %02x", data[i]);
        printf("\n");
        fflush(stdout);
    }
    uint8_t *exact = (uint8_t *)fuzz_copy(data, len);
    LLVMFuzzerTestOneInput(exact, len);
    free(exact);
    runs++;
}

static void add(const void *data, size_t len) {
    if (stocked == MAX_STOCK)
        return;
    if (len > MAX_LEN)
        len = MAX_LEN;
    stock[stocked].data = (uint8_t *)fuzz_copy(data, len);
    stock[stocked++].len = len;
}

static int add_file(const char *name) {
    static uint8_t data[MAX_LEN];
    FILE *f = fopen(name, "rb");
    if (f == NULL) {
        perror(name);
        return -1;
    }
    size_t len = fread(data, 1, sizeof data, f);
    int failed = ferror(f);
    fclose(f);
    if (failed) {
        perror(name);
        return -1;
    }
    add(data, len);
    return 0;
}

/* Opens a gap of n bytes at at; what does not fit falls off the end. */
static void gap(struct input *in, size_t at, size_t n) {
    if (n > MAX_LEN - at)
        n = MAX_LEN - at;
    size_t tail = in->len - at;
    if (tail > MAX_LEN - at - n)
        tail = MAX_LEN - at - n;
    memmove(in->data + at + n, in->data + at, tail);
    in->len = at + n + tail;
}

static void insert(struct input *in, size_t at, const void *data, size_t n) {
    if (n > MAX_LEN - at)
        n = MAX_LEN - at;
    gap(in, at, n);
    if (n > 0)
        memcpy(in->data + at, data, n);
}

static void insert_word(struct input *in, size_t at) {
    static const char *const words[] = {"\r\n",
                                        "\r",
                                        "\n",
                                        "\r\n\r\n",
                                        ":",
                                        " ",
                                        "\t",
                                        "%",
                                        "%2e",
                                        "%25",
                                        "/",
                                        "..",
                                        "?",
                                        "#",
                                        "@",
                                        "[",
                                        "]",
                                        "0",
                                        "ffffffff",
                                        ";",
                                        ",",
                                        "chunked",
                                        "Content-Length: 5\r\n",
                                        "http://",
                                        "\x1f\x8b",
                                        "\x78\x9c",
                                        "\xff",
                                        "xn--",
                                        "+",
                                        "con",
                                        "~1"};
    const char *word = words[below(sizeof words / sizeof *words)];
    insert(in, at, word, strlen(word));
}

static void mutate(struct input *in) {
    size_t at = below(in->len + 1), n = below(in->len - at + 1);
    switch (below(8)) {
    case 0:
        if (at < in->len)
            in->data[at] ^= (uint8_t)(1u << below(8));
        break;
    case 1:
        if (at < in->len)
            in->data[at] = (uint8_t)random64();
        break;
    case 2: {
        uint8_t byte = (uint8_t)random64();
        insert(in, at, &byte, 1);
        break;
    }
    case 3: /* remove, a little more often than much */
        if (below(4))
            n = n > 8 ? below(8) : n;
        memmove(in->data + at, in->data + at + n, in->len - at - n);
        in->len -= n;
        break;
    case 4: { /* a part of itself, again */
        uint8_t *copy = (uint8_t *)fuzz_copy(in->data + at, n);
        insert(in, below(in->len + 1), copy, n);
        free(copy);
        break;
    }
    case 5: { /* a part of another */
        const struct input *other = &stock[below(stocked)];
        size_t from = below(other->len + 1);
        insert(in, at, other->data + from, below(other->len - from + 1));
        break;
    }
    default:
        insert_word(in, at);
        break;
    }
}

static void run_mutated(unsigned long count) {
    static uint8_t data[MAX_LEN];
    for (unsigned long i = 0; i < count; i++) {
        const struct input *from = &stock[below(stocked)];
        struct input in = {data, from->len};
        if (from->len > 0)
            memcpy(data, from->data, from->len);
        for (size_t k = 1 + below(1 + below(12)); k > 0; k--)
            mutate(&in);
        run(in.data, in.len);
    }
}

static int number(const char *text, unsigned long *value) {
    char *end;
    *value = strtoul(text, &end, 10);
    return *text != '\0' && *end == '\0';
}

int main(int argc, char **argv) {
    unsigned long count = 20000, seed = 1;
    int status = 0;
    for (const fuzz_seed *s = fuzz_seeds; s->data != NULL; s++)
        add(s->data, s->len);
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-v") == 0) {
            verbose = 1;
        } else if (argv[i][0] == '-') {
            unsigned long *value = strcmp(argv[i], "-n") == 0   ? &count
                                   : strcmp(argv[i], "-s") == 0 ? &seed
                                                                : NULL;
            if (value == NULL || i + 1 == argc || !number(argv[++i], value)) {
                fprintf(stderr, "usage: %s [-n COUNT] [-s SEED] [-v] [FILE ...]\n",
                        argv[0]);
                return 2;
            }
        } else if (add_file(argv[i]) < 0) {
            status = 1;
        }
    }
    state = seed;
    if (stocked == 0)
        add("", 0);
    for (size_t i = 0; i < stocked; i++)
        for (size_t n = stock[i].len < MAX_PREFIXED ? 0 : stock[i].len; n <= stock[i].len;
             n++)
            run(stock[i].data, n);
    run_mutated(count);
    printf("%lu inputs, seed %lu: ok\n", runs, seed);
    for (size_t i = 0; i < stocked; i++)
        free(stock[i].data);
    return status;
}
