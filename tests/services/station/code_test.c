#include "services/station/code.h"
#include "tests/check.h"

static void assert_code(const char *dir, const char *given, const char *wanted)
{
    char code[OST_STATION_CODE];
    ost_station_code(dir, given, code);
    assert_string_equal(code, wanted);
}

static void a_given_code_is_the_code(void **state)
{
    (void)state;
    assert_code("/tmp/case_0", "C-ABCDE", "C-ABCDE");
    assert_code("/tmp/case_0", "ABCDEFGHIJKLM", "ABCDEFGHIJKLM");
}

static void else_the_folder_names_the_case(void **state)
{
    (void)state;
    assert_code("/tmp/p/case_0", NULL, "CASE-0");
    assert_code("case_0//", NULL, "CASE-0");
    assert_code("/a/patient.with.a.long.name_07", NULL, "NG-NAME-07");
    assert_code("./", NULL, "-");
    assert_code("/", NULL, "-");
    assert_code("", NULL, "-");
    assert_code("..", NULL, "-");
}

RUN(T(a_given_code_is_the_code), T(else_the_folder_names_the_case))
