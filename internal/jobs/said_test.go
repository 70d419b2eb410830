package jobs_test

import (
	"fmt"
	"strings"
	"testing"

	"speckle-runner/internal/jobs"
)

// TestNoHalfOfATokenIsTold: a token that got into the wrong value is masked
// wherever the value is cut.
func TestNoHalfOfATokenIsTold(t *testing.T) {
	const token = "0123456789abcdef0123456789abcdef01234567ab"
	for _, replaced := range []struct{ what, by string }{
		{"a.json", "{%s}.json"}, {"a.json", "{last_success:%s}.json"}, {"a.json", "%s/CON.json"}, {"a.json", "s3://%s/a.json"},
		{"a.json", "s3://bucket/a.json?%s=1"},
		{"a.json", "%s://bucket/a.json"}, {"a.json", `%s\\a.json`}, {"@daily", "%s"}, {"@daily", "@every %s"}, {"@daily", "0 0 * * %s"},
		{"file: a.json", "file: a.json, keep: %s"}, {"file: a.json", "webhook: https://h.test/x, headers: { '%s:': x }"},
		{"token_env: SPECKLE_TOKEN", "token_env: SPECKLE_TOKEN\n    timezone: %s"},
		{"token_env: SPECKLE_TOKEN", "token_env: SPECKLE_TOKEN\n    retries: %s"},
		{"token_env: SPECKLE_TOKEN", "token_env: SPECKLE_TOKEN\n    select: '%s'"},
		{"token_env: SPECKLE_TOKEN", "token_env: SPECKLE_TOKEN\n    \"%s\": 1"},
		{"{ version }", "{ version(x: \\\"%s\\\") }"}, {"nightly:", "\"%s\":"},
	} {
		for before := range 62 {
			value := strings.Repeat("x", before) + "-" + token
			text := strings.Replace(small, replaced.what, fmt.Sprintf(replaced.by, value), 1)
			_, problems := jobs.Load("jobs.yaml", []byte(text), nil)
			if said := problems.Error(); strings.Contains(said, token[10:24]) || strings.Contains(said, token[20:34]) {
				t.Fatalf("%s: %s", text, said)
			}
		}
	}
}
