package jobs_test

import (
	"reflect"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
	"speckle-runner/internal/jobs/jq"
	"speckle-runner/internal/jobs/placeholder"
)

// TestRemembers finds every place of a job that may name the last good run, by
// its type, and shows that a job which does so is known to.
func TestRemembers(t *testing.T) {
	plain := "jobs:\n  j:\n    server: https://s.example.com\n    schedule: manual\n    token_env: T\n" +
		"    query: '{ serverInfo { version } }'\n    outputs:\n      - file: a.json\n      - webhook: https://h.example.com/x\n        body: .\n"
	job := loadOne(t, plain)
	if job.Remembers() {
		t.Error("a job that names nothing remembers")
	}
	job.ForEach = &jobs.ForEach{}
	program, problem := jq.Compile("$last_success")
	if problem != nil {
		t.Fatal(problem)
	}
	template, problems := placeholder.Parse("{last_success}")
	if problems != nil {
		t.Fatal(problems)
	}
	found := 0
	var walk func(path string, v reflect.Value)
	walk = func(path string, v reflect.Value) {
		if strings.HasPrefix(path, ".Notify") { // told of a run, not part of it
			return
		}
		switch v.Interface().(type) {
		case *jq.Program, placeholder.Template:
			old := reflect.ValueOf(v.Interface())
			if v.Kind() == reflect.Pointer {
				v.Set(reflect.ValueOf(program))
			} else {
				v.Set(reflect.ValueOf(template))
			}
			if found++; !job.Remembers() {
				t.Errorf("%s is not looked at", path)
			}
			v.Set(old)
			return
		}
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() && strings.HasPrefix(v.Type().Elem().PkgPath(), "speckle-runner/internal/jobs") {
				walk(path, v.Elem())
			}
		case reflect.Struct:
			if v.Type().PkgPath() != "speckle-runner/internal/jobs" {
				return
			}
			for i := range v.NumField() {
				if f := v.Type().Field(i); f.IsExported() && v.Field(i).CanSet() {
					walk(path+"."+f.Name, v.Field(i))
				}
			}
		case reflect.Slice:
			for i := range v.Len() {
				walk(path, v.Index(i))
			}
		}
	}
	walk("", reflect.ValueOf(job).Elem())
	if found < 8 {
		t.Errorf("found %d places", found)
	}
	for _, more := range []string{
		"    variables: { a: [{ b: '{last_success}' }] }\n",
		"    shrink_limit: 50%\n",
	} {
		text := strings.Replace(plain, "    outputs:", more+"    outputs:", 1)
		text = strings.Replace(text, "'{ serverInfo", "'query Q($a: JSONObject) { serverInfo", 1)
		text = strings.Replace(text, "{ version }", "{ version(a: $a) }", 1)
		if !loadOne(t, text).Remembers() {
			t.Errorf("%s is not looked at", more)
		}
	}
	if text := strings.Replace(plain, "a.json\n", "a.json\n        only_if_changed: true\n", 1); !loadOne(t, text).Remembers() {
		t.Error("only_if_changed is not looked at")
	}
}

func loadOne(t *testing.T, text string) *jobs.Job {
	t.Helper()
	file, problems := jobs.Load("jobs.yaml", []byte(text), func(string) ([]byte, error) { return nil, nil })
	if bad := problems.Errors(); len(bad) > 0 {
		t.Fatal(bad)
	}
	return file.Jobs[0]
}

// TestWhoseLastSuccessIsWhatReceiversHave: of a job that names it, has a
// receiver, and no file that rows would get into twice.
func TestWhoseLastSuccessIsWhatReceiversHave(t *testing.T) {
	const hook, file, grows = "{ webhook: 'https://h.example.com/x' }", "{ file: a.csv }", "{ file: b.csv, append: true }"
	for _, c := range []struct {
		until   bool
		outputs string
		want    bool
	}{
		{true, hook, true}, {true, hook + ", " + file, true}, {false, hook, false},
		{true, file, false}, {true, grows, false}, {true, hook + ", " + grows, false},
	} {
		text := "jobs:\n  j:\n    server: https://s.example.com\n    schedule: manual\n    token_env: T\n" +
			"    query: '{ serverInfo { version } }'\n    outputs: [" + c.outputs + "]\n"
		if c.until {
			text += "    select: '{since: $last_success}'\n"
		}
		if got := loadOne(t, text).GoesByReceivers(); got != c.want {
			t.Errorf("%s, named: %v: %v", c.outputs, c.until, got)
		}
	}
}
