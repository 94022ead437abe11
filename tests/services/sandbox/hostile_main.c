/*
 * A reader taken over by its file, started in place of the real one: what the parent
 * has to live with. The file's first letter says what it does.
 */
#include <string.h>
#include <unistd.h>

static void flood(void)
{
    static char page[65536];
    memset(page, 'x', sizeof page);
    while (write(STDOUT_FILENO, page, sizeof page) > 0)
        ;
}

int main(void)
{
    char what = 0;
    (void)lseek(STDIN_FILENO, 0, SEEK_SET);
    if (read(STDIN_FILENO, &what, 1) != 1)
        return 1;
    if (what == 'f')
        flood();
    if (what == 'c')
        (void)close(STDOUT_FILENO); /* says nothing more, and stays */
    for (;;)
        (void)pause();
}
