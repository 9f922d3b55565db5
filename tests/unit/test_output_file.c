// Files written aside: what stands there afterwards, whatever stood there before.
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/fits_aside.h"
#include "base/output_file.h"
#include "scratch.h"

static void write_text(const char *path, const char *text)
{
    Error error;
    if (output_file_write(path, text, strlen(text), &error) != STATUS_OK)
        fail_msg("%s", error.text);
}

static void assert_text(const char *path, const char *text)
{
    size_t size;
    char *bytes = scratch_read(path, &size);
    assert_non_null(bytes);
    assert_string_equal(bytes, text);
    free(bytes);
}

// Files of the scratch directory whose names begin with `start`.
static size_t count_files(const char *start)
{
    size_t n = 0;
    DIR *directory = opendir(scratch_directory());
    const struct dirent *entry;
    while ((entry = readdir(directory)) != NULL)
        n += strncmp(entry->d_name, start, strlen(start)) == 0;
    closedir(directory);
    return n;
}

static void nothing_is_left_beside_a_written_file(void **state)
{
    (void)state;
    char *path = scratch_path("plain.txt");
    write_text(path, "new");
    assert_text(path, "new");
    assert_int_equal(count_files(".skyclass-"), 0);
    free(path);
}

static void a_discarded_file_leaves_the_old_one(void **state)
{
    (void)state;
    Error error;
    OutputFile *file;
    char *path = scratch_write("kept.txt", "old", 3);
    assert_int_equal(output_file_open(path, &file, &error), STATUS_OK);
    fputs("new", output_file_stream(file));
    output_file_discard(file);
    assert_text(path, "old");
    assert_int_equal(count_files(".skyclass-"), 0);
    free(path);
}

static void the_users_own_part_file_is_not_touched(void **state)
{
    (void)state;
    Error error;
    FitsAside aside;
    char *path = scratch_path("set.fits"), *part = scratch_write("set.fits.part", "mine", 4);
    fits_aside_open(&aside, path);
    assert_int_equal(fits_aside_close(&aside, &error), STATUS_OK);
    assert_text(part, "mine");
    unlink(path);
    free(path);
    free(part);
}

static void links_are_followed_to_their_target(void **state)
{
    (void)state;
    struct stat about;
    char *target = scratch_write("target.txt", "old", 3), *link = scratch_path("link.txt");
    char *second = scratch_path("second.txt"), *coming = scratch_path("coming.txt");
    assert_int_equal(symlink("target.txt", link), 0);
    write_text(link, "new");
    assert_text(target, "new");
    assert_int_equal(lstat(link, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    // Also where nothing is at the end yet.
    assert_int_equal(symlink("coming.txt", second), 0);
    write_text(second, "first");
    assert_text(coming, "first");
    assert_int_equal(lstat(second, &about), 0);
    assert_true(S_ISLNK(about.st_mode));
    free(target);
    free(link);
    free(second);
    free(coming);
}

static void links_in_a_circle_are_refused(void **state)
{
    (void)state;
    Error error;
    char *path = scratch_path("circle.txt");
    assert_int_equal(symlink("circle.txt", path), 0);
    assert_int_equal(output_file_write(path, "x", 1, &error), STATUS_OUTPUT);
    assert_non_null(strstr(error.text, "links"));
    unlink(path);
    free(path);
}

static void permissions_and_owner_of_a_replaced_file_are_kept(void **state)
{
    (void)state;
    struct stat about;
    char *path = scratch_write("mode.txt", "old", 3);
    assert_int_equal(chmod(path, 0640), 0);
    if (geteuid() == 0)
        assert_int_equal(chown(path, 1234, 1235), 0);
    write_text(path, "new");
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 07777, 0640);
    if (geteuid() == 0) {
        assert_int_equal(about.st_uid, 1234);
        assert_int_equal(about.st_gid, 1235);
    }
    free(path);
}

// Reads a FIFO to its end in another thread, into a text of the caller's.
typedef struct Reader {
    const char *path;
    char text[16384];
    size_t n;
} Reader;

static void *read_fifo(void *context)
{
    Reader *reader = context;
    FILE *stream = fopen(reader->path, "rb");
    reader->n = fread(reader->text, 1, sizeof reader->text - 1, stream);
    fclose(stream);
    return NULL;
}

static void a_fifo_is_written_to_and_stays(void **state)
{
    (void)state;
    struct stat about;
    pthread_t thread;
    Error error;
    char *path = scratch_path("fifo");
    Reader reader = {.path = path};
    assert_int_equal(mkfifo(path, 0600), 0);
    pthread_create(&thread, NULL, read_fifo, &reader);
    write_text(path, "through");
    pthread_join(thread, NULL);
    assert_string_equal(reader.text, "through");
    // A FITS file too, which cfitsio cannot write to a pipe.
    FitsAside aside;
    pthread_create(&thread, NULL, read_fifo, &reader);
    fits_aside_open(&aside, path);
    assert_int_equal(fits_aside_close(&aside, &error), STATUS_OK);
    pthread_join(thread, NULL);
    assert_int_equal(reader.n, 2880);
    assert_memory_equal(reader.text, "SIMPLE  =", 9);
    assert_int_equal(lstat(path, &about), 0);
    assert_true(S_ISFIFO(about.st_mode));
    free(path);
}

static void a_device_is_written_to_and_stays(void **state)
{
    (void)state;
    struct stat about;
    Error error;
    FitsAside aside;
    write_text("/dev/null", "gone");
    fits_aside_open(&aside, "/dev/null");
    assert_int_equal(fits_aside_close(&aside, &error), STATUS_OK);
    assert_int_equal(lstat("/dev/null", &about), 0);
    assert_true(S_ISCHR(about.st_mode));
}

static void a_descriptor_keeps_its_place(void **state)
{
    (void)state;
    char name[32], *path = scratch_path("shell.txt");
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    assert_true(descriptor >= 0);
    assert_int_equal(write(descriptor, "before ", 7), 7);
    snprintf(name, sizeof name, "/dev/fd/%d", descriptor);
    write_text(name, "ours ");
    assert_int_equal(write(descriptor, "after", 5), 5);
    close(descriptor);
    assert_text(path, "before ours after");
    free(path);
}

static void of_two_writers_the_last_wins(void **state)
{
    (void)state;
    Error error;
    OutputFile *first, *second;
    char *path = scratch_path("race.txt");
    assert_int_equal(output_file_open(path, &first, &error), STATUS_OK);
    assert_int_equal(output_file_open(path, &second, &error), STATUS_OK);
    fputs("second", output_file_stream(second));
    assert_int_equal(output_file_commit(second, &error), STATUS_OK);
    fputs("first", output_file_stream(first));
    assert_int_equal(output_file_commit(first, &error), STATUS_OK);
    assert_text(path, "first");
    free(path);
}

static void what_a_killed_writer_left_goes_with_the_next(void **state)
{
    (void)state;
    Error error;
    char *path = scratch_path("killed.txt"), *other = scratch_path("other.txt");
    pid_t child = fork();
    if (child == 0) {
        OutputFile *file;
        if (output_file_open(path, &file, &error) == STATUS_OK &&
            output_file_open(other, &file, &error) == STATUS_OK)
            kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status;
    waitpid(child, &status, 0);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(count_files(".skyclass-"), 2);
    write_text(path, "whole");
    assert_int_equal(count_files(".skyclass-"), 1); // the other output's
    write_text(other, "whole");
    assert_int_equal(count_files(".skyclass-"), 0);
    free(path);
    free(other);
}

static void a_living_writers_file_is_left_alone(void **state)
{
    (void)state;
    Error error;
    OutputFile *living;
    char *path = scratch_path("living.txt");
    assert_int_equal(output_file_open(path, &living, &error), STATUS_OK);
    write_text(path, "other");
    assert_int_equal(count_files(".skyclass-"), 1);
    fputs("living", output_file_stream(living));
    assert_int_equal(output_file_commit(living, &error), STATUS_OK);
    assert_text(path, "living");
    free(path);
}

static void a_full_device_is_said(void **state)
{
    (void)state;
    Error error;
    assert_int_equal(output_file_write("/dev/full", "x", 1, &error), STATUS_OUTPUT);
    assert_non_null(strstr(error.text, "No space"));
}

// Many writers of one name at once: each succeeds, one of them is there at the end, whole.
static void *write_often(void *context)
{
    char text[9001];
    memset(text, *(char *)context, sizeof text - 1);
    text[sizeof text - 1] = '\0';
    char *path = scratch_path("crowd.txt");
    Error error;
    intptr_t failures = 0;
    for (int i = 0; i < 40; i++)
        failures += output_file_write(path, text, sizeof text - 1, &error) != STATUS_OK;
    free(path);
    return (void *)failures;
}

static void a_crowd_of_writers_all_succeed(void **state)
{
    (void)state;
    char names[] = "abcd";
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        pthread_create(&threads[i], NULL, write_often, &names[i]);
    for (int i = 0; i < 4; i++) {
        void *failures;
        pthread_join(threads[i], &failures);
        assert_null(failures);
    }
    size_t size;
    char *path = scratch_path("crowd.txt"), *bytes = scratch_read(path, &size);
    assert_int_equal(size, 9000);
    assert_int_equal(strspn(bytes, (char[]){bytes[0], '\0'}), 9000);
    assert_int_equal(count_files(".skyclass-"), 0);
    free(bytes);
    free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_left_beside_a_written_file),
        cmocka_unit_test(a_discarded_file_leaves_the_old_one),
        cmocka_unit_test(the_users_own_part_file_is_not_touched),
        cmocka_unit_test(links_are_followed_to_their_target),
        cmocka_unit_test(links_in_a_circle_are_refused),
        cmocka_unit_test(permissions_and_owner_of_a_replaced_file_are_kept),
        cmocka_unit_test(a_fifo_is_written_to_and_stays),
        cmocka_unit_test(a_device_is_written_to_and_stays),
        cmocka_unit_test(a_descriptor_keeps_its_place),
        cmocka_unit_test(of_two_writers_the_last_wins),
        cmocka_unit_test(what_a_killed_writer_left_goes_with_the_next),
        cmocka_unit_test(a_living_writers_file_is_left_alone),
        cmocka_unit_test(a_full_device_is_said),
        cmocka_unit_test(a_crowd_of_writers_all_succeed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
