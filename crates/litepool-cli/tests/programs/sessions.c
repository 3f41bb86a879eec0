// A server of sessions that forgets some of them. What is never freed is marked: leak BLOCKS.

#include <stdlib.h>
#include <string.h>

static void *xmalloc(size_t size) {
    void *block = malloc(size);
    if (block == NULL) abort();
    memset(block, 0, size);
    return block;
}

struct session {
    struct session *next;
    char *user;
    unsigned char *buffer;
    size_t length;
};

static struct session *sessions;
static char *motd;

__attribute__((noinline)) static void load_motd(void) {
    motd = strdup("welcome to the server"); // leak 1000
}

__attribute__((noinline)) static void receive(struct session *session, size_t bytes) {
    session->length += bytes;
    session->buffer = realloc(session->buffer, session->length);
    memset(session->buffer, 1, session->length);
}

__attribute__((noinline)) static struct session *open_session(unsigned number) {
    struct session *session = xmalloc(sizeof *session);
    session->user = xmalloc(24); // leak 10000
    memcpy(session->user, "user", 4);
    session->user[4] = (char)number;
    session->next = sessions;
    return sessions = session;
}

__attribute__((noinline)) static void close_session(struct session *session, int is_lost) {
    sessions = session->next;
    // Whoever is lost is not logged off.
    if (!is_lost) free(session->user);
    free(session->buffer);
    free(session);
}

int main(void) {
    for (unsigned round = 0; round < 100000; round++) {
        if (round % 100 == 0) load_motd();
        struct session *session = open_session(round);
        for (unsigned part = 0; part < 8; part++) receive(session, 64 + (round * 7 + part) % 200);
        close_session(session, round % 10 == 0);
    }
    return motd == NULL;
}
